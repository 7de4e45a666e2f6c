// POP3 sessions on a real store, without sockets.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "mail/smtp/base64.h"
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

class Pop3Client {
 public:
  explicit Pop3Client(ImapHouse& house, Pop3Door door = Pop3Door::Pop3s)
      : house_(house), wire(house.context) {
    wire.tls = door == Pop3Door::Pop3s;
    wire.tls_available = true;
    house_.connect_pop3(wire, door);
  }
  ~Pop3Client() {
    hang_up();
    house_.forget(wire);
  }
  Pop3Client(const Pop3Client&) = delete;
  Pop3Client& operator=(const Pop3Client&) = delete;

  void hang_up() {
    wire.fail(net::IoError::Closed);
    house_.run_until([&] { return wire.closed; });
    while (house_.context.poll() != 0) {
    }
  }

  std::string line() { return next_line(house_, wire, at_); }
  std::string ask(const std::string& command) {
    wire.send(command + "\r\n");
    return line();
  }
  // The first line and all up to the single dot, with CRLF, stuffed as it came.
  std::string ask_all(const std::string& command) {
    wire.send(command + "\r\n");
    return all();
  }
  std::string all() {
    std::string text = line();
    if (!text.starts_with("+OK")) return text;
    text += "\r\n";
    for (std::string next = line(); next != "."; next = line()) {
      if (next.starts_with('<')) return text + next;
      text += next + "\r\n";
    }
    return text;
  }
  std::string log_in(const std::string& user = "ann@example.org") {
    line();
    CHECK(ask("USER " + user).starts_with("+OK"));
    return ask("PASS secret");
  }

 private:
  ImapHouse& house_;

 public:
  ImapWire wire;

 private:
  std::size_t at_ = 0;
};

std::string base64(std::string_view octets) {
  std::string text;
  smtp::append_base64(text, octets);
  return text;
}

std::size_t messages_of(ImapHouse& house, const storage::Account& account) {
  std::size_t count = 0;
  house.store->read_here([&](storage::Reader& reader) {
    count = reader.find_mailbox(account.id, "INBOX").value().messages;
  });
  return count;
}

const std::string kSmall = "From: a@b.example\r\nSubject: s\r\n\r\nfirst\r\n.second\r\n";

}  // namespace

TEST_CASE("CAPA tells what is possible before TLS, under TLS and after login", "[pop3]") {
  ImapHouse house;
  Pop3Client clear(house, Pop3Door::Pop3);
  CHECK(clear.line() == "+OK mail.example.org is ready");
  const std::string before = clear.ask_all("CAPA");
  CHECK(contains(before, "\r\nSTLS\r\n"));
  CHECK_FALSE(contains(before, "\r\nUSER\r\n"));
  CHECK_FALSE(contains(before, "SASL"));
  CHECK(contains(before, "\r\nUTF8 USER\r\n"));
  CHECK(clear.ask("USER ann@example.org").starts_with("-ERR Passwords"));
  CHECK(clear.ask("PASS secret").starts_with("-ERR Passwords"));
  CHECK(clear.ask("AUTH PLAIN " + base64("\0ann@example.org\0secret")).starts_with("-ERR"));
  CHECK(clear.ask("STLS").starts_with("+OK"));
  const std::string under = clear.ask_all("CAPA");
  CHECK_FALSE(contains(under, "STLS"));
  CHECK(contains(under, "\r\nUSER\r\nSASL X-FINAL PLAIN\r\n"));
  CHECK(clear.ask("STLS").starts_with("-ERR"));
  CHECK(clear.ask("USER ann@example.org").starts_with("+OK"));
  CHECK(clear.ask("PASS secret") == "+OK 0 messages (0 octets)");
  CHECK(clear.ask_all("CAPA") == under);
  CHECK(clear.ask("STLS") == "-ERR Not after login");
}

TEST_CASE("what follows STLS in clear text is forgotten", "[pop3]") {
  ImapHouse house;
  Pop3Client client(house, Pop3Door::Pop3);
  client.line();
  client.wire.send("STLS\r\nQUIT\r\n");
  CHECK(client.line().starts_with("+OK Begin"));
  CHECK(client.ask("LANG en").starts_with("+OK en "));
}

TEST_CASE("each way of logging in works", "[pop3]") {
  ImapHouse house;
  house.deliver(house.ann, kSmall);
  const std::string plain = base64(std::string("\0ann@example.org\0secret", 23));
  {
    Pop3Client client(house);
    CHECK(client.log_in() == "+OK 1 messages (49 octets)");
  }
  {
    Pop3Client client(house);
    client.line();
    CHECK(client.ask("AUTH PLAIN " + plain).starts_with("+OK 1 messages"));
    CHECK(client.ask("AUTH PLAIN " + plain) == "-ERR Not after login");
  }
  {
    Pop3Client client(house);
    client.line();
    CHECK(client.ask("auth plain") == "+ ");
    CHECK(client.ask(plain).starts_with("+OK 1 messages"));
  }
  {
    Pop3Client client(house);
    client.line();
    CHECK(client.ask("AUTH X-FINAL " + plain) == "+ " + base64("v=1"));
    CHECK(client.ask("").starts_with("+OK 1 messages"));
  }
}

TEST_CASE("a wrong password is told apart from a busy maildrop", "[pop3]") {
  ImapHouse house;
  Pop3Client wrong(house);
  wrong.line();
  CHECK(wrong.ask("PASS secret") == "-ERR USER comes before PASS");
  CHECK(wrong.ask("USER nobody@example.org") == wrong.ask("USER ann@example.org"));
  CHECK(wrong.ask("PASS wrong") == "-ERR [AUTH] Wrong user name or password");
  CHECK(wrong.ask("PASS secret") == "-ERR USER comes before PASS");
  CHECK(wrong.ask("USER ann@example.org").starts_with("+OK"));
  CHECK(wrong.ask_all("CAPA").starts_with("+OK"));
  CHECK(wrong.ask("PASS secret") == "-ERR USER comes before PASS");
  CHECK(wrong.ask("AUTH PLAIN *").starts_with("-ERR"));
  CHECK(wrong.ask("AUTH PLAIN") == "+ ");
  CHECK(wrong.ask("*") == "-ERR Cancelled");
  Pop3Client first(house);
  CHECK(first.log_in().starts_with("+OK"));
  Pop3Client second(house);
  CHECK(second.log_in().starts_with("-ERR [IN-USE]"));
  CHECK(first.ask("QUIT").starts_with("+OK"));
  CHECK(second.ask("USER ann@example.org").starts_with("+OK"));
  CHECK(second.ask("PASS secret").starts_with("+OK"));
  Pop3Client other(house);
  CHECK(other.log_in("bob@example.org").starts_with("+OK"));
}

TEST_CASE("the lock ends with the session however it ends", "[pop3]") {
  ImapHouse house;
  for (int i = 0; i < 3; ++i) {
    Pop3Client client(house);
    CHECK(client.log_in().starts_with("+OK"));
    client.hang_up();
  }
  Pop3Client late(house);
  CHECK(late.log_in().starts_with("+OK"));
  late.wire.fail(net::IoError::Deadline);
  CHECK(late.line() == "<closed>");  // without a word (RFC 1939 s3)
  Pop3Client next(house);
  CHECK(next.log_in().starts_with("+OK"));
  next.wire.fail(net::IoError::Stopped);
  CHECK(next.line() == "-ERR [SYS/TEMP] The server is stopping");
}

TEST_CASE("too many failures and too many bad commands end the session", "[pop3]") {
  ImapHouse house;
  Pop3Client guesser(house);
  guesser.line();
  for (int i = 0; i < 5; ++i) {
    CHECK(guesser.ask("USER ann@example.org").starts_with("+OK"));
    CHECK(guesser.ask("PASS wrong").starts_with("-ERR [AUTH]"));
  }
  CHECK(guesser.line() == "<closed>");
  Pop3Client talker(house);
  talker.line();
  for (int i = 0; i < 20; ++i) CHECK(talker.ask("STAT") == "-ERR Log in first");
  CHECK(talker.line() == "<closed>");
  Pop3Client browser(house);
  browser.line();
  CHECK(browser.ask("GET / HTTP/1.1").starts_with("-ERR"));
  CHECK(browser.line() == "<closed>");
}

TEST_CASE("lines that are too long are refused and passed over", "[pop3]") {
  ImapHouse house;
  Pop3Client client(house);
  client.line();
  CHECK(client.ask(std::string(13'000, 'A')) == "-ERR This line is too long");
  CHECK(client.ask_all("CAPA").starts_with("+OK"));
  client.wire.send("LANG\n");
  CHECK(client.line().starts_with("-ERR"));
}

TEST_CASE("the maildrop is listed, read and marked", "[pop3]") {
  ImapHouse house;
  house.deliver(house.ann, kSmall);
  house.deliver(house.ann, kImapMessage);
  Pop3Client client(house);
  client.log_in();
  const std::size_t other = kImapMessage.size();
  const std::string both = std::to_string(49 + other);
  CHECK(client.ask("STAT") == "+OK 2 " + both);
  CHECK(client.ask_all("LIST") == "+OK 2 messages\r\n1 49\r\n2 " + std::to_string(other) + "\r\n");
  CHECK(client.ask("LIST 1") == "+OK 1 49");
  CHECK(client.ask("LIST 3") == "-ERR No such message");
  CHECK(client.ask("LIST 0").starts_with("-ERR"));
  CHECK(client.ask("LIST 4294967296").starts_with("-ERR"));
  CHECK(client.ask_all("RETR 1") ==
        "+OK 49 octets follow\r\nFrom: a@b.example\r\nSubject: s\r\n\r\nfirst\r\n..second\r\n");
  CHECK(client.ask_all("TOP 1 0") == "+OK Top follows\r\nFrom: a@b.example\r\nSubject: s\r\n\r\n");
  CHECK(client.ask_all("TOP 1 1") ==
        "+OK Top follows\r\nFrom: a@b.example\r\nSubject: s\r\n\r\nfirst\r\n");
  CHECK(client.ask("NOOP").starts_with("+OK"));
  CHECK(client.ask("DELE 1").starts_with("+OK"));
  CHECK(client.ask("DELE 1") == "-ERR No such message");
  CHECK(client.ask("RETR 1") == "-ERR No such message");
  CHECK(client.ask("UIDL 1") == "-ERR No such message");
  CHECK(client.ask("STAT") == "+OK 1 " + std::to_string(other));
  CHECK(client.ask_all("LIST") == "+OK 1 messages\r\n2 " + std::to_string(other) + "\r\n");
  CHECK(client.ask("RSET").starts_with("+OK 2 messages"));
  CHECK(client.ask("STAT") == "+OK 2 " + both);
}

TEST_CASE("messages are deleted by QUIT and by nothing else", "[pop3]") {
  ImapHouse house;
  for (int i = 0; i < 3; ++i) house.deliver(house.ann, kSmall);
  {
    Pop3Client client(house);
    client.log_in();
    CHECK(client.ask("DELE 2").starts_with("+OK"));
    client.hang_up();
  }
  CHECK(messages_of(house, house.ann) == 3);
  {
    Pop3Client client(house);
    client.log_in();
    CHECK(client.ask("DELE 2").starts_with("+OK"));
    client.wire.fail(net::IoError::Deadline);
    CHECK(client.line() == "<closed>");
  }
  CHECK(messages_of(house, house.ann) == 3);
  {
    Pop3Client client(house);
    client.log_in();
    CHECK(client.ask("DELE 2").starts_with("+OK"));
    CHECK(client.ask("DELE 3").starts_with("+OK"));
    CHECK(client.ask("RSET").starts_with("+OK"));
    CHECK(client.ask("DELE 1").starts_with("+OK"));
    CHECK(client.ask("QUIT") == "+OK Goodbye");
    CHECK(messages_of(house, house.ann) == 2);  // before the answer
    CHECK(client.line() == "<closed>");
  }
}

TEST_CASE("an update that fails is told", "[pop3]") {
  ImapHouse house;
  const storage::Account carl = house.create("carl@example.org");
  house.deliver(carl, kSmall);
  Pop3Client client(house);
  client.log_in("carl@example.org");
  CHECK(client.ask("DELE 1").starts_with("+OK"));
  house.remove(carl);
  CHECK(client.ask("QUIT").starts_with("-ERR [SYS/TEMP]"));
  CHECK(client.line() == "<closed>");
}

TEST_CASE("the maildrop is a snapshot", "[pop3]") {
  ImapHouse house;
  house.deliver(house.ann, kSmall);
  house.deliver(house.ann, kSmall);
  Pop3Client client(house);
  client.log_in();
  house.deliver(house.ann, kSmall);
  CHECK(client.ask("STAT") == "+OK 2 98");
  ImapClient imap(house, house.ann);
  imap.ask("SELECT INBOX");
  imap.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  imap.ask("EXPUNGE");
  CHECK(client.ask("STAT") == "+OK 2 98");
  CHECK(client.ask("RETR 1") == "-ERR Another session has removed this message");
  CHECK(client.ask("DELE 1").starts_with("+OK"));
  CHECK(client.ask("DELE 2").starts_with("+OK"));
  CHECK(client.ask("QUIT") == "+OK Goodbye");
  CHECK(messages_of(house, house.ann) == 1);
  CHECK(contains(imap.ask("NOOP"), "* 1 EXPUNGE"));
}

TEST_CASE("unique ids stay with their messages and are unique", "[pop3]") {
  ImapHouse house;
  for (int i = 0; i < 3; ++i) house.deliver(house.ann, kSmall);
  std::string before;
  {
    Pop3Client client(house);
    client.log_in();
    before = client.ask_all("UIDL");
    CHECK(client.ask("UIDL 2").starts_with("+OK 2 M2."));
  }
  ImapClient imap(house, house.ann);
  imap.ask("SELECT INBOX");
  imap.ask("MOVE 1 Archive");
  imap.ask("SELECT Archive");
  imap.ask("MOVE 1 INBOX");
  imap.ask("SELECT INBOX");
  imap.ask("COPY 1 INBOX");
  Pop3Client client(house);
  client.log_in();
  std::vector<std::string> ids;
  for (int i = 1; i <= 4; ++i) ids.push_back(client.ask("UIDL " + std::to_string(i)).substr(6));
  CHECK(contains(before, "1 " + ids[2] + "\r\n"));  // moved away and back: now the third
  CHECK(contains(before, "2 " + ids[0] + "\r\n"));
  CHECK(contains(before, "3 " + ids[1] + "\r\n"));
  CHECK(ids[3].starts_with(ids[0] + "."));  // the copy
}

TEST_CASE("a header in UTF-8 needs UTF-8 mode", "[pop3]") {
  ImapHouse house;
  house.deliver(house.ann, "Subject: gr\xc3\xbc\xc3\x9f\x65\r\n\r\nbody\r\n");
  house.deliver(house.ann, "Subject: plain\r\n\r\nb\xc3\xb6\x64y\r\n");
  house.deliver(house.ann, "Subject: old \xfc\r\n\r\nbody\r\n");
  house.deliver(house.ann,
                "Subject: m\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
                "Content-Description: \xc3\xa9t\xc3\xa9\r\n\r\nbody\r\n--x--\r\n");
  {
    Pop3Client client(house);
    client.log_in();
    CHECK(client.ask("RETR 1").starts_with("-ERR [UTF8]"));
    CHECK(client.ask("TOP 1 0").starts_with("-ERR [UTF8]"));
    CHECK(client.ask("LIST 1").starts_with("+OK"));
    CHECK(contains(client.ask_all("RETR 2"), "b\xc3\xb6\x64y"));
    CHECK(contains(client.ask_all("RETR 3"), "old \xfc"));
    CHECK(client.ask("RETR 4").starts_with("-ERR [UTF8]"));
    CHECK(client.ask("UTF8") == "-ERR Not after login");
  }
  Pop3Client client(house);
  client.line();
  CHECK(client.ask("UTF8").starts_with("+OK"));
  CHECK(client.ask("USER ann@example.org").starts_with("+OK"));
  CHECK(client.ask("PASS secret").starts_with("+OK"));
  CHECK(contains(client.ask_all("RETR 1"), "gr\xc3\xbc\xc3\x9f\x65"));
  CHECK(contains(client.ask_all("RETR 4"), "\xc3\xa9t\xc3\xa9"));
}

TEST_CASE("LANG knows English", "[pop3]") {
  ImapHouse house;
  Pop3Client client(house);
  client.line();
  CHECK(client.ask_all("LANG") == "+OK Languages follow\r\nen English\r\n");
  CHECK(client.ask("LANG *").starts_with("+OK en "));
  CHECK(client.ask("LANG EN").starts_with("+OK en "));
  CHECK(client.ask("LANG de").starts_with("-ERR"));
}

TEST_CASE("pipelined POP3 commands are answered in order and together", "[pop3]") {
  ImapHouse house;
  house.deliver(house.ann, kSmall);
  Pop3Client client(house);
  client.line();
  const std::size_t before = client.wire.writes;
  client.wire.send(
      "USER ann@example.org\r\nPASS secret\r\nSTAT\r\nLIST\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n");
  CHECK(client.line() == "+OK Send PASS");
  CHECK(client.line() == "+OK 1 messages (49 octets)");
  CHECK(client.line() == "+OK 1 49");
  CHECK(client.all() == "+OK 1 messages\r\n1 49\r\n");
  CHECK(client.all().ends_with("..second\r\n"));
  CHECK(client.line() == "+OK Message 1 is marked as deleted");
  CHECK(client.line() == "+OK Goodbye");
  CHECK(client.wire.writes == before + 1);
  CHECK(messages_of(house, house.ann) == 0);
}

TEST_CASE("a large message is sent in pieces, octet by octet", "[pop3]") {
  ImapHouse house;
  std::string body;
  for (int i = 0; body.size() < 1'500'000; ++i) {
    body += (i % 7 == 0 ? "." : "") + std::string(static_cast<std::size_t>(i % 90), 'x') + "\r\n";
  }
  const std::string message = "Subject: large\r\n\r\n" + body + "no end";
  house.deliver(house.ann, message);
  Pop3Client client(house);
  client.log_in();
  std::string answer = client.ask_all("RETR 1");
  answer.erase(0, answer.find("\r\n") + 2);
  std::string received;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = answer.find("\r\n", at) + 2;
    if (answer[at] == '.') ++at;
    received += answer.substr(at, end - at);
    at = end;
  }
  CHECK(received == message + "\r\n");
  CHECK(client.wire.largest_write < 400'000);
}

TEST_CASE("time runs for the login as a whole, then anew for each command", "[pop3]") {
  using namespace std::chrono_literals;
  ImapHouse house;
  house.settings.limits.idle_timeout = 60s;
  house.settings.limits.login_timeout = 30s;
  Pop3Client client(house);
  client.line();
  client.ask("LANG en");
  CHECK(client.wire.deadlines == std::vector<std::chrono::steady_clock::duration>{30s});
  client.ask("USER ann@example.org");
  client.ask("PASS secret");
  client.ask("NOOP");
  CHECK(client.wire.deadlines.back() == 10min);  // RFC 1939 s3: at least that
}

}  // namespace restante::session
