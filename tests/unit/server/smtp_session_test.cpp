// SMTP sessions on a fake connection with a real store: what is kept, what is answered and when.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <random>
#include <vector>

#include "server/auth/credential.h"
#include "server/session/services.h"
#include "tests/unit/server/fake_connection.h"
#include "tests/unit/server/session_fixture.h"

namespace restante::session {
namespace {

using net::FakeWire;
using net::IoError;

class TempFolder {
 public:
  TempFolder() {
    path_ = std::filesystem::temp_directory_path() /
            ("restante-smtp-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A store with ann and bob, and sessions on it.
class House {
 public:
  House() : store_(open()), authenticator_(*store_) {
    settings.hostname = "mail.example.org";
    settings.domains = {"example.org", "xn--bcher-kva.example"};
    settings.limits.message_size_octets = 200'000;
    ann = create("ann@example.org");
    bob = create("bob@example.org");
  }
  ~House() {
    const auto problems = store_->check();
    REQUIRE(problems);
    CHECK(*problems == std::vector<std::string>{});
  }

  storage::Account create(const std::string& address, std::uint64_t quota = 0) {
    return create_account(*store_, address, quota);
  }

  // Runs one session to its end.
  std::string serve(FakeWire& wire, SmtpDoor door,
                    std::optional<storage::Account> account = std::nullopt) {
    asio::io_context& context = *contexts_.emplace_back(std::make_unique<asio::io_context>());
    asio::thread_pool workers(1);
    Services services(*store_, authenticator_, settings, log, workers);
    asio::co_spawn(context,
                   serve_smtp(std::make_unique<net::FakeConnection>(context, wire), door,
                              std::move(account), services),
                   asio::detached);
    context.run();
    workers.join();
    CHECK(wire.closed);
    return wire.output;
  }

  // The octets of all messages in the INBOX of an account.
  std::vector<std::string> inbox(AccountId account) {
    std::vector<std::string> messages;
    store_->read_here([&](storage::Reader& reader) {
      const auto mailbox = reader.find_mailbox(account, "INBOX");
      REQUIRE(mailbox);
      const auto placements = reader.placements(mailbox->id, {{Uid(1), Uid(0xffffffff)}});
      REQUIRE(placements);
      for (const auto& placement : *placements) {
        const auto octets = reader.octets(placement.blob, 0, placement.size_octets);
        REQUIRE(octets);
        messages.push_back(*octets);
      }
    });
    return messages;
  }

  Settings settings;
  MemoryLog log;
  storage::Account ann, bob;

 private:
  std::unique_ptr<storage::Store> open() {
    auto store = storage::Store::open(folder_.path(), storage::StoreOptions{});
    REQUIRE(store);
    return std::move(*store);
  }

  TempFolder folder_;
  // They outlive the store: its writer may still be leaving the post that ended a session.
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::unique_ptr<storage::Store> store_;
  TestAuthenticator authenticator_;
};

// The codes of all replies, one a reply, separated by blanks.
std::string codes(const std::string& output) {
  std::string list;
  std::size_t at = 0;
  while (at < output.size()) {
    const std::size_t end = output.find("\r\n", at);
    REQUIRE(end != std::string::npos);
    if (output[at + 3] == ' ') list += (list.empty() ? "" : " ") + output.substr(at, 3);
    at = end + 2;
  }
  return list;
}

FakeWire lines(std::initializer_list<std::string> pieces) {
  FakeWire wire;
  for (const auto& piece : pieces) wire.input.push_back(piece + "\r\n");
  return wire;
}

const std::string kMessage =
    "From: ann@example.org\r\nTo: bob@example.org\r\nSubject: hi\r\n\r\nhello\r\n";

FakeWire one_message(const std::string& content) {
  return lines({"EHLO client.example", "MAIL FROM:<ann@example.org>", "RCPT TO:<bob@example.org>",
                "DATA", content + ".", "QUIT"});
}

}  // namespace

TEST_CASE("a submitted message is kept with trace fields, Date and Message-ID") {
  House house;
  FakeWire wire = one_message(kMessage);
  wire.tls = true;
  const auto output = house.serve(wire, SmtpDoor::Submissions, house.ann);
  CHECK(codes(output) == "220 250 250 250 354 250 221");
  const auto messages = house.inbox(house.bob.id);
  REQUIRE(messages.size() == 1);
  const std::string& message = messages[0];
  CAPTURE(message);
  CHECK(
      message.starts_with("Return-Path: <ann@example.org>\r\nReceived: from client.example "
                          "([192.0.2.7])\r\n\tby mail.example.org with ESMTPSA id "));
  CHECK(message.find("\r\n\tfor <bob@example.org>;\r\n\t") != std::string::npos);
  CHECK(message.find("\r\nDate: ") != std::string::npos);
  CHECK(message.find("\r\nMessage-ID: <") != std::string::npos);
  CHECK(message.ends_with(kMessage));
  CHECK(house.log.text().find("message kept id=") != std::string::npos);
}

TEST_CASE("pipelined commands are answered in order and together") {
  House house;
  FakeWire wire;
  wire.input.push_back("EHLO c\r\n");
  wire.input.push_back(
      "MAIL FROM:<ann@example.org>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<nobody@example.org>\r\n"
      "RCPT TO:<x@elsewhere.example>\r\nRCPT TO:<ann+tag@example.org>\r\nDATA\r\n");
  wire.input.push_back(kMessage + ".\r\nMAIL FROM:<ann@example.org>\r\nRSET\r\nQUIT\r\n");
  const auto output = house.serve(wire, SmtpDoor::LocalSubmission, house.ann);
  CHECK(codes(output) == "220 250 250 250 550 550 250 354 250 250 250 221");
  REQUIRE(wire.writes.size() == 5);
  CHECK(codes(wire.writes[2]) == "250 250 550 550 250 354");
  CHECK(codes(wire.writes[3]) == "250");
  CHECK(codes(wire.writes[4]) == "250 250 221");
  CHECK(house.inbox(house.bob.id).size() == 1);
  CHECK(house.inbox(house.ann.id).size() == 1);
  CHECK(house.inbox(house.ann.id)[0].find("\tfor <") == std::string::npos);
}

TEST_CASE("two addresses of one account get one copy") {
  House house;
  FakeWire wire = lines({"EHLO c", "MAIL FROM:<ann@example.org>", "RCPT TO:<bob@example.org>",
                         "RCPT TO:<BOB+x@Example.ORG>", "DATA", kMessage + ".", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) ==
        "220 250 250 250 250 354 250 221");
  CHECK(house.inbox(house.bob.id).size() == 1);
}

TEST_CASE("an international domain is found in either spelling") {
  House house;
  const auto jo = house.create("jo@xn--bcher-kva.example");
  FakeWire wire = lines({"EHLO c", "MAIL FROM:<ann@example.org> SMTPUTF8",
                         "RCPT TO:<Jo@B\xc3\xbc"
                         "cher.example>",
                         "RCPT TO:<jo@XN--BCHER-KVA.example>", "DATA", kMessage + ".", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) ==
        "220 250 250 250 250 354 250 221");
  CHECK(house.inbox(jo.id).size() == 1);
}

TEST_CASE("postmaster always exists") {
  House house;
  FakeWire wire = lines({"EHLO c", "MAIL FROM:<>", "RCPT TO:<postmaster>",
                         "RCPT TO:<Postmaster@example.org>", "DATA", "\r\nx\r\n.", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Smtp)) == "220 250 250 250 250 354 250 221");
  CHECK(house.inbox(house.ann.id).size() == 1);
}

TEST_CASE("sender addresses must belong to the account") {
  House house;
  const std::string rest = "To: bob@example.org\r\n\r\nx\r\n";
  for (const auto& [header, code] : std::vector<std::pair<std::string, std::string>>{
           {"From: bob@example.org\r\n", "550"},
           {"From: ann@example.org, bob@example.org\r\n", "550"},
           {"From: ann@example.org\r\nSender: bob@example.org\r\n", "550"},
           {"From: ann@example.org\r\nFrom: ann@example.org\r\n", "550"},
           {"From: ann@elsewhere.example\r\n", "550"},
           {"From: <ann@example.org> bob@example.org\r\n", "550"},
           {"From: friends: ann@example.org;\r\n", "550"},
           {"From:\r\n", "550"},
           {"", "550"},
           {"nonsense\r\nFrom: ann@example.org\r\n", "550"},
           {"From: \"Ann (x)\" <ann+news@EXAMPLE.org> (me)\r\nSender: ann@example.org\r\n",
            "250"}}) {
    CAPTURE(header);
    FakeWire wire = one_message(header + rest);
    CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) ==
          "220 250 250 250 354 " + code + " 221");
  }
  CHECK(house.inbox(house.bob.id).size() == 1);
  FakeWire wire = lines({"EHLO c", "MAIL FROM:<bob@example.org>", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 550 221");
}

TEST_CASE("who gets the mail of postmaster may write as postmaster, of our domains only") {
  House house;
  FakeWire wire = lines({"EHLO c", "MAIL FROM:<postmaster@example.org>", "RSET",
                         "MAIL FROM:<postmaster@elsewhere.example>", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 250 250 550 221");
  FakeWire other = lines({"EHLO c", "MAIL FROM:<postmaster@example.org>", "QUIT"});
  CHECK(codes(house.serve(other, SmtpDoor::Submission, house.bob)) == "220 250 550 221");
}

TEST_CASE("a stranger may not use our domains, in the envelope or in From") {
  House house;
  FakeWire envelope = lines({"EHLO c", "MAIL FROM:<ann@EXAMPLE.org>", "QUIT"});
  CHECK(codes(house.serve(envelope, SmtpDoor::Smtp)) == "220 250 550 221");
  for (const auto& [from, code] : std::vector<std::pair<std::string, std::string>>{
           {"From: ann@example.org\r\n", "550"},
           {"From: x@elsewhere.example, ann@example.org\r\n", "550"},
           {"From: a@b@Example.org <x@elsewhere.example>\r\n", "550"},
           {"From: x@y.example\r\nFrom: z@y.example\r\n", "550"},
           {"From: ann@B\xc3\xbc"
            "cher.example\r\n",
            "550"},
           {"From: \"ann@example.org\" <x@elsewhere.example>\r\n", "250"},
           {"", "250"}}) {
    CAPTURE(from);
    FakeWire wire = lines({"EHLO c", "MAIL FROM:<x@elsewhere.example>", "RCPT TO:<bob@example.org>",
                           "DATA", from + "Subject: x\r\n\r\nx\r\n.", "QUIT"});
    CHECK(codes(house.serve(wire, SmtpDoor::Smtp)) == "220 250 250 250 354 " + code + " 221");
  }
  CHECK(house.inbox(house.bob.id).size() == 2);
}

TEST_CASE("Bcc and an old Return-Path are removed, what is there is not added") {
  House house;
  const std::string kept =
      "From: ann@example.org\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <a@b>\r\n";
  FakeWire wire = one_message("Return-Path: <x@y>\r\n" + kept +
                              "Bcc: secret@example.org,\r\n another@example.org\r\nSubject: s\r\n"
                              "bcc: x\r\n\r\nBcc: body\r\n");
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 250 250 354 250 221");
  const auto messages = house.inbox(house.bob.id);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].ends_with("+0000\r\n" + kept + "Subject: s\r\n\r\nBcc: body\r\n"));
}

TEST_CASE("login by AUTH opens submission") {
  House house;
  house.settings.plaintext = Settings::Plaintext::Loopback;
  FakeWire wire =
      lines({"EHLO c", "MAIL FROM:<ann@example.org>", "AUTH PLAIN AGFubgBiYWQ=", "AUTH PLAIN",
             "AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=", "MAIL FROM:<ann@example.org>",
             "RCPT TO:<bob@example.org>", "DATA", kMessage + ".", "QUIT"});
  wire.peer.loopback = true;
  CHECK(codes(house.serve(wire, SmtpDoor::Submission)) ==
        "220 250 530 535 334 235 250 250 354 250 221");
  CHECK(house.log.text().find("logged in user=ann@example.org") != std::string::npos);
  CHECK(house.log.text().find("login failed") != std::string::npos);
  CHECK(house.log.text().find("secret") == std::string::npos);
  // Not from elsewhere in clear text.
  FakeWire far = lines({"EHLO c", "AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=", "QUIT"});
  CHECK(codes(house.serve(far, SmtpDoor::Submission)) == "220 250 538 221");
}

TEST_CASE("data that goes with success waits for the client") {
  House house;
  FakeWire wire = lines({"EHLO c", "AUTH X-FINAL AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=", "",
                         "MAIL FROM:<ann@example.org>", "QUIT"});
  wire.tls = true;
  CHECK(codes(house.serve(wire, SmtpDoor::Submissions)) == "220 250 334 235 250 221");
}

TEST_CASE("what was sent in clear text before TLS is forgotten") {
  House house;
  FakeWire wire;
  wire.tls_available = true;
  wire.input.push_back("EHLO c\r\n");
  wire.input.push_back(
      "STARTTLS\r\nEHLO injected\r\nAUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=\r\n");
  wire.input.push_back("MAIL FROM:<ann@example.org>\r\nQUIT\r\n");
  CHECK(codes(house.serve(wire, SmtpDoor::Submission)) == "220 250 220 503 221");

  FakeWire broken;
  broken.tls_available = true;
  broken.tls_works = false;
  broken.input.push_back("STARTTLS\r\n");
  broken.input.push_back("EHLO c\r\n");
  CHECK(codes(house.serve(broken, SmtpDoor::Submission)) == "220 220");
}

TEST_CASE("a message that is too large or ambiguous is refused after its end") {
  House house;
  const std::string big(201'000, 'x');
  for (const auto& [content, code] : std::vector<std::pair<std::string, std::string>>{
           {kMessage + big + "\r\n", "552"},
           {kMessage + "a\nb\r\n", "554"},
           {kMessage + "a\n.\nMAIL FROM:<>\r\n", "554"},
           {kMessage + std::string("a\0b\r\n", 5), "554"}}) {
    FakeWire wire = one_message(content);
    CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) ==
          "220 250 250 250 354 " + code + " 221");
  }
  FakeWire size = lines({"EHLO c", "MAIL FROM:<ann@example.org> SIZE=200001", "QUIT"});
  CHECK(codes(house.serve(size, SmtpDoor::Submission, house.ann)) == "220 250 552 221");
  CHECK(house.inbox(house.bob.id).empty());
}

TEST_CASE("data without end closes the connection") {
  House house;
  FakeWire wire = one_message(kMessage + std::string(500'000, 'x'));
  wire.input.pop_back();
  wire.input.push_back("y");
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 250 250 354 552");
}

TEST_CASE("a large message is worked on elsewhere and kept whole") {
  House house;
  std::string body;
  for (int i = 0; i < 1500; ++i) {
    body += ". line " + std::to_string(i) + " of a longer message, with text\r\n";
  }
  FakeWire wire = one_message(kMessage + "." + body);
  CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 250 250 354 250 221");
  CHECK(house.inbox(house.bob.id).at(0).size() > 60'000);
}

TEST_CASE("a full mailbox is refused at RCPT, and at the delivery for all") {
  House house;
  const auto small = house.create("small@example.org", 300);
  FakeWire at_rcpt = lines({"EHLO c", "MAIL FROM:<ann@example.org> SIZE=301",
                            "RCPT TO:<small@example.org>", "DATA", "QUIT"});
  CHECK(codes(house.serve(at_rcpt, SmtpDoor::Submission, house.ann)) == "220 250 250 452 554 221");
  FakeWire at_data = lines({"EHLO c", "MAIL FROM:<ann@example.org>", "RCPT TO:<small@example.org>",
                            "RCPT TO:<bob@example.org>", "DATA",
                            kMessage + std::string(300, 'x') + "\r\n.", "QUIT"});
  CHECK(codes(house.serve(at_data, SmtpDoor::Submission, house.ann)) ==
        "220 250 250 250 250 354 452 221");
  CHECK(house.inbox(house.bob.id).empty());
  CHECK(house.inbox(small.id).empty());
}

TEST_CASE("a session that is cut in the middle keeps nothing of its transaction") {
  House house;
  for (const IoError end : {IoError::Closed, IoError::Tls}) {
    FakeWire wire = one_message(kMessage);
    wire.input.pop_back();
    wire.input.back() = "From: ann@example.org\r\n\r\nhalf";
    wire.end = end;
    CHECK(codes(house.serve(wire, SmtpDoor::Submission, house.ann)) == "220 250 250 250 354");
  }
  CHECK(house.inbox(house.bob.id).empty());
}

TEST_CASE("timeout and stop say why with 421") {
  House house;
  FakeWire slow = lines({"EHLO c"});
  slow.end = IoError::Deadline;
  CHECK(house.serve(slow, SmtpDoor::Submission, house.ann).find("421 4.4.2") != std::string::npos);
  FakeWire stopped = one_message(kMessage);
  stopped.input.pop_back();
  stopped.input.pop_back();
  stopped.end = IoError::Stopped;
  CHECK(house.serve(stopped, SmtpDoor::Submission, house.ann)
            .ends_with("421 4.3.2 Server is stopping; try again soon\r\n"));
}

TEST_CASE("before login one deadline stands for all") {
  House house;
  FakeWire wire = lines({"EHLO c", "NOOP", "QUIT"});
  house.serve(wire, SmtpDoor::Submission);
  CHECK(wire.deadlines.size() == 1);
  CHECK(wire.deadlines.front() == house.settings.limits.login_timeout);
}

TEST_CASE("a bare LF in a command closes the connection") {
  House house;
  FakeWire wire;
  wire.input.push_back("EHLO c\r\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\r\n");
  CHECK(codes(house.serve(wire, SmtpDoor::Smtp)) == "220 250 500");
}

TEST_CASE("an overlong line is one error and its tail no command") {
  House house;
  FakeWire wire = lines({"EHLO c", "NOOP " + std::string(20'000, 'x'), "NOOP", "QUIT"});
  CHECK(codes(house.serve(wire, SmtpDoor::Smtp)) == "220 250 500 250 221");
}

}  // namespace restante::session
