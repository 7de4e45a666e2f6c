// The state machine: scripts of lines and events, with the replies they must give (RFC 5321, 6409,
// 2920, 3207, 4954, 1870, 6531).
#include <catch2/catch.hpp>

#include "mail/smtp/server.h"

#include "mail/smtp/base64.h"

namespace smtp = restante::smtp;
using restante::ErrorKind;
using Kind = smtp::Action::Kind;

namespace {

smtp::Options submission() {
  smtp::Options options;
  options.hostname = "mail.example.org";
  options.size_limit_octets = 10000;
  options.recipient_limit = 3;
  options.tls_available = true;
  options.mechanisms = {"SCRAM-SHA-256", "PLAIN", "LOGIN"};
  options.tls_active = true;
  return options;
}

smtp::Options logged_in() {
  smtp::Options options = submission();
  options.logged_in = true;
  return options;
}

smtp::Options transfer() {
  smtp::Options options = submission();
  options.mode = smtp::Mode::Transfer;
  options.mechanisms.clear();
  return options;
}

// Plays a session: answers the machine's questions by what the address or the login data says.
class Play {
 public:
  explicit Play(smtp::Options options) : server_(std::move(options)) {
    next(server_.on(smtp::Connected{}));
    output();
  }

  // "C: line" sends it, "S: text" expects a reply line that begins with text, "S" expects silence.
  void script(std::initializer_list<std::string_view> lines) {
    for (const auto line : lines) {
      INFO("line: " << line);
      if (line.starts_with("C: ")) {
        REQUIRE(output_.empty());
        send(line.substr(3));
      } else if (line == "S") {
        REQUIRE(output_ == "");
      } else {
        const std::string expected(line.substr(3));
        const std::size_t end = output_.find("\r\n");
        REQUIRE(end != std::string::npos);
        const std::string reply = output_.substr(0, end);
        output_.erase(0, end + 2);
        INFO("reply: " << reply);
        REQUIRE(reply.substr(0, expected.size()) == expected);
      }
    }
    REQUIRE(output_ == "");
  }

  void send(std::string_view line) { next(server_.on(smtp::Line{line})); }
  template <class Event>
  void tell(Event event) {
    next(server_.on(event));
  }

  smtp::Action action() const { return action_; }
  smtp::Server& server() { return server_; }
  std::string output() { return std::exchange(output_, {}); }

  smtp::DataDecoder::Problem problem = smtp::DataDecoder::Problem::None;
  std::optional<ErrorKind> failure;
  std::optional<smtp::Refusal> refusal;

 private:
  void next(smtp::Action action) {
    while (true) {
      output_ += std::exchange(server_.output(), {});
      action_ = action;
      switch (action.kind) {
        case Kind::CheckSender:
          action = server_.on(smtp::SenderChecked{sender_verdict()});
          break;
        case Kind::LookUpRecipient:
          action = server_.on(smtp::RecipientChecked{recipient_verdict()});
          break;
        case Kind::ReadData:
          action = server_.on(smtp::DataEnded{problem});
          break;
        case Kind::Deliver:
          action = failure   ? server_.on(smtp::DeliveryFailed{*failure})
                   : refusal ? server_.on(smtp::MessageRefused{*refusal})
                             : server_.on(smtp::MessageKept{"id1"});
          break;
        case Kind::StartAuthentication:
        case Kind::ContinueAuthentication:
          action = step(action.kind == Kind::StartAuthentication);
          break;
        case Kind::StartTls:
          action = server_.on(smtp::TlsStarted{{"SCRAM-SHA-256-PLUS", "PLAIN"}});
          break;
        case Kind::ReadLine:
        case Kind::Close:
          return;
      }
    }
  }

  smtp::SenderVerdict sender_verdict() {
    const auto& sender = server_.sender();
    if (!sender) return smtp::SenderVerdict::Ok;
    if (sender->local_part == "later") return smtp::SenderVerdict::TryLater;
    if (sender->local_part == "other") return smtp::SenderVerdict::NotYours;
    if (sender->local_part == "ours") return smtp::SenderVerdict::OwnDomain;
    return smtp::SenderVerdict::Ok;
  }

  smtp::RecipientVerdict recipient_verdict() {
    const auto& name = server_.candidate().local_part;
    if (name == "unknown") return smtp::RecipientVerdict::Unknown;
    if (name == "foreign") return smtp::RecipientVerdict::Foreign;
    if (name == "full") return smtp::RecipientVerdict::OverQuota;
    if (name == "later") return smtp::RecipientVerdict::TryLater;
    return smtp::RecipientVerdict::Ok;
  }

  smtp::Action step(bool first) {
    const auto input = std::exchange(server_.auth_input(), std::nullopt);
    if (first && !input) return server_.on(smtp::AuthChallenge{"say"});
    if (input == "good") return server_.on(smtp::AuthSucceeded{""});
    if (input == "scram") return server_.on(smtp::AuthSucceeded{"v=sig"});
    if (input == "busy") return server_.on(smtp::AuthFailed{smtp::AuthFailure::Unavailable});
    if (input == "slow") return server_.on(smtp::AuthFailed{smtp::AuthFailure::Throttled});
    return server_.on(smtp::AuthFailed{smtp::AuthFailure::Credentials});
  }

  smtp::Server server_;
  smtp::Action action_;
  std::string output_;
};

std::string base64(std::string_view octets) {
  std::string text;
  smtp::append_base64(text, octets);
  return text;
}

}  // namespace

TEST_CASE("the greeting names the server") {
  smtp::Server server(submission());
  const auto action = server.on(smtp::Connected{});
  CHECK(action.flush);
  CHECK(server.output() == "220 mail.example.org ESMTP submission ready\r\n");
}

TEST_CASE("a message is taken, and another one after it") {
  Play play(logged_in());
  play.script({"C: EHLO client.example", "S: 250-mail.example.org", "S: 250-PIPELINING",
               "S: 250-SIZE 10000", "S: 250-8BITMIME", "S: 250-ENHANCEDSTATUSCODES",
               "S: 250-SMTPUTF8", "S: 250 HELP"});
  for (int i = 0; i < 2; ++i) {
    play.script({"C: MAIL FROM:<ann@example.org>", "S: 250 2.1.0", "C: RCPT TO:<bob@example.org>",
                 "S: 250 2.1.5", "C: DATA", "S: 354 ", "S: 250 2.0.0 Kept, id id1"});
  }
  play.script({"C: QUIT", "S: 221 2.0.0"});
  CHECK(play.action().kind == Kind::Close);
}

TEST_CASE("commands out of order are refused with 503") {
  Play play(logged_in());
  play.script({"C: MAIL FROM:<ann@example.org>",
               "S: 503 5.5.1 Say EHLO",
               "C: RCPT TO:<b@b.org>",
               "S: 503 5.5.1 MAIL",
               "C: DATA",
               "S: 503 5.5.1",
               "C: HELO c",
               "S: 250 mail.example.org",
               "C: RCPT TO:<b@b.org>",
               "S: 503 5.5.1",
               "C: DATA",
               "S: 503 5.5.1 MAIL",
               "C: MAIL FROM:<>",
               "S: 250 2.1.0",
               "C: MAIL FROM:<>",
               "S: 503 5.5.1 Sender",
               "C: DATA",
               "S: 503 5.5.1 RCPT",
               "C: AUTH PLAIN",
               "S: 503 5.5.1",
               "C: STARTTLS",
               "S: 503 5.5.1"});
}

TEST_CASE("RSET, EHLO and HELO end a transaction") {
  for (const std::string_view command : {"C: RSET", "C: HELO again"}) {
    Play play(logged_in());
    play.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<ann@a.org>", "S: 250 2.1.0",
                 "C: RCPT TO:<b@b.org>", "S: 250 2.1.5", command, "S: 250 ", "C: DATA",
                 "S: 503 5.5.1 MAIL", "C: MAIL FROM:<ann@a.org>", "S: 250 2.1.0", "C: DATA",
                 "S: 503 5.5.1 RCPT"});
    CHECK(play.server().recipients().empty());
  }
}

TEST_CASE("RSET before EHLO does not replace it") {
  Play play(logged_in());
  play.script({"C: RSET", "S: 250 2.0.0", "C: MAIL FROM:<a@b.org>", "S: 503 5.5.1"});
}

TEST_CASE("recipients are refused one by one, and DATA needs one that is valid") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<ann@a.org>", "S: 250 2.1.0",
               "C: RCPT TO:<unknown@b.org>", "S: 550 5.1.1", "C: RCPT TO:<foreign@c.org>",
               "S: 550 5.7.1", "C: RCPT TO:<full@b.org>", "S: 452 4.2.2",
               "C: RCPT TO:<later@b.org>", "S: 451 4.3.0", "C: DATA", "S: 554 5.5.1",
               "C: RCPT TO:<bob@b.org>", "S: 250 2.1.5", "C: DATA", "S: 354", "S: 250 2.0.0"});
}

TEST_CASE("recipients above the limit are put off and do not count as errors") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<ann@a.org>", "S: 250 2.1.0"});
  for (int i = 0; i < 3; ++i) play.script({"C: RCPT TO:<bob@b.org>", "S: 250 2.1.5"});
  for (int i = 0; i < 50; ++i) play.script({"C: RCPT TO:<bob@b.org>", "S: 452 4.5.3"});
  play.script({"C: DATA", "S: 354", "S: 250 2.0.0"});
}

TEST_CASE("senders are refused by verdict") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<other@a.org>", "S: 550 5.7.1",
               "C: MAIL FROM:<later@a.org>", "S: 451 4.3.0", "C: RCPT TO:<b@b.org>", "S: 503 5.5.1",
               "C: MAIL FROM:<ann@a.org>", "S: 250 2.1.0"});
  Play stranger(transfer());
  stranger.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<ours@a.org>", "S: 550 5.7.1"});
}

TEST_CASE("MAIL parameters need EHLO, their values and permission") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 ", "C: MAIL FROM:<a@b.org> SIZE=1", "S: 555 5.5.4"});
  play.send("EHLO c");
  play.output();
  play.script({"C: MAIL FROM:<a@b.org> SIZE=10001",
               "S: 552 5.3.4",
               "C: MAIL FROM:<a@b.org> SIZE=99999999999999999999",
               "S: 552 5.3.4",
               "C: MAIL FROM:<a@b.org> SIZE=10000 BODY=8BITMIME",
               "S: 250 2.1.0",
               "C: RSET",
               "S: 250",
               "C: MAIL FROM:<j\xc3\xb6@b.org>",
               "S: 553 5.6.7",
               "C: MAIL FROM:<j\xc3\xb6@b.org> SMTPUTF8",
               "S: 250",
               "C: RCPT TO:<j\xc3\xb6@b.org>",
               "S: 250",
               "C: RSET",
               "S: 250",
               "C: MAIL FROM:<a@b.org>",
               "S: 250",
               "C: RCPT TO:<j\xc3\xb6@b.org>",
               "S: 553 5.6.7",
               "C: DATA",
               "S: 554 5.5.1"});
}

TEST_CASE("what is wrong with the octets of a message is said after its end") {
  using Problem = smtp::DataDecoder::Problem;
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 "});
  for (const auto& [problem, code] :
       std::vector<std::pair<Problem, std::string_view>>{{Problem::TooBig, "S: 552 5.3.4"},
                                                         {Problem::BareLineEnd, "S: 554 5.6.0"},
                                                         {Problem::Nul, "S: 554 5.6.0"}}) {
    play.problem = problem;
    play.script({"C: MAIL FROM:<a@b.org>", "S: 250", "C: RCPT TO:<b@b.org>", "S: 250", "C: DATA",
                 "S: 354", code, "C: DATA", "S: 503 5.5.1 MAIL"});
  }
}

TEST_CASE("a failed delivery ends the transaction with the reply of its kind") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 "});
  for (const auto& [kind, code] :
       std::vector<std::pair<ErrorKind, std::string_view>>{{ErrorKind::Busy, "S: 452 4.3.1"},
                                                           {ErrorKind::Io, "S: 452 4.3.1"},
                                                           {ErrorKind::OverQuota, "S: 452 4.2.2"},
                                                           {ErrorKind::NotFound, "S: 451 4.2.1"},
                                                           {ErrorKind::Corrupt, "S: 451 4.3.0"},
                                                           {ErrorKind::Exists, "S: 451 4.3.0"},
                                                           {ErrorKind::Invalid, "S: 554 5.6.0"},
                                                           {ErrorKind::Denied, "S: 550 5.7.1"}}) {
    play.failure = kind;
    play.script({"C: MAIL FROM:<a@b.org>", "S: 250", "C: RCPT TO:<b@b.org>", "S: 250", "C: DATA",
                 "S: 354", code, "C: RCPT TO:<b@b.org>", "S: 503 5.5.1 MAIL"});
  }
}

TEST_CASE("refused content has a reply that says why") {
  Play play(logged_in());
  play.script({"C: HELO c", "S: 250 "});
  for (const auto& [refusal, code] : std::vector<std::pair<smtp::Refusal, std::string_view>>{
           {smtp::Refusal::FromMissing, "S: 550 5.6.0 Message has no From"},
           {smtp::Refusal::FromSeveral, "S: 550 5.6.0 Message has more"},
           {smtp::Refusal::FromUnreadable, "S: 550 5.6.0 From"},
           {smtp::Refusal::FromNotYours, "S: 550 5.7.1"},
           {smtp::Refusal::OwnDomain, "S: 550 5.7.1"},
           {smtp::Refusal::BadHeader, "S: 550 5.6.0 Message header"},
           {smtp::Refusal::Loop, "S: 554 5.4.6"},
           {smtp::Refusal::TryLater, "S: 451 4.3.0"}}) {
    play.refusal = refusal;
    play.script({"C: MAIL FROM:<a@b.org>", "S: 250", "C: RCPT TO:<b@b.org>", "S: 250", "C: DATA",
                 "S: 354", code});
  }
}

TEST_CASE("submission needs a login before MAIL") {
  Play play(submission());
  play.send("EHLO c");
  CHECK(play.output().find("250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n") != std::string::npos);
  play.script({"C: MAIL FROM:<a@b.org>", "S: 530 5.7.0 Log in", "C: RCPT TO:<a@b.org>", "S: 503",
               "C: DATA", "S: 503"});
  smtp::Options clear = submission();
  clear.tls_active = false;
  clear.mechanisms.clear();
  Play before_tls(clear);
  before_tls.script(
      {"C: HELO c", "S: 250", "C: MAIL FROM:<a@b.org>", "S: 530 5.7.0 Issue STARTTLS"});
}

TEST_CASE("AUTH with an initial response, with a challenge, and with data that goes with success") {
  {
    Play play(submission());
    play.send("EHLO c");
    play.output();
    play.script({"C: AUTH plain ", "S: 334 c2F5", "C: Z29vZA==", "S: 235 2.7.0",
                 "C: AUTH PLAIN Z29vZA==", "S: 503 5.5.1", "C: MAIL FROM:<a@b.org>", "S: 250"});
    play.send("EHLO c");
    CHECK(play.output().find("AUTH") == std::string::npos);
  }
  {
    Play play(submission());
    play.send("EHLO c");
    play.output();
    const std::string line = "C: AUTH SCRAM-SHA-256 " + base64("scram");
    play.script({line, "S: 334 dj1zaWc=", "C: ", "S: 235 2.7.0"});
    CHECK(play.server().logged_in());
  }
  {
    Play play(submission());
    play.send("EHLO c");
    play.output();
    const std::string line = "C: AUTH SCRAM-SHA-256 " + base64("scram");
    play.script(
        {line, "S: 334 dj1zaWc=", "C: *", "S: 501 5.0.0", "C: MAIL FROM:<a@b.org>", "S: 530"});
    play.script({line, "S: 334 dj1zaWc=", "C: Z29vZA==", "S: 501 5.5.2", "C: MAIL FROM:<a@b.org>",
                 "S: 530"});
  }
}

TEST_CASE("AUTH fails by itself only") {
  Play play(submission());
  play.script({"C: AUTH PLAIN Z29vZA==", "S: 503 5.5.1 Say EHLO"});
  play.send("EHLO c");
  play.output();
  play.script({"C: AUTH CRAM-MD5", "S: 504 5.5.4", "C: AUTH PLAIN =", "S: 535 5.7.8",
               "C: AUTH PLAIN not-base64", "S: 501 5.5.2", "C: AUTH LOGIN", "S: 334", "C: *",
               "S: 501 5.0.0", "C: AUTH PLAIN YnVzeQ==", "S: 454 4.7.0", "C: AUTH PLAIN c2xvdw==",
               "S: 454 4.7.0", "C: NOOP", "S: 250", "C: AUTH PLAIN YmFk", "S: 421 4.7.0"});
  CHECK(play.action().kind == Kind::Close);
}

TEST_CASE("an overlong line of an exchange fails that exchange") {
  Play play(submission());
  play.send("EHLO c");
  play.output();
  play.script({"C: AUTH PLAIN", "S: 334"});
  play.tell(smtp::LineTooLong{});
  play.script({"S: 500 5.5.6", "C: NOOP", "S: 250"});
}

TEST_CASE("clear-text mechanisms before TLS are refused by name") {
  smtp::Options options = submission();
  options.tls_active = false;
  options.mechanisms = {"SCRAM-SHA-256"};
  Play play(options);
  play.send("EHLO c");
  const std::string lines = play.output();
  CHECK(lines.find("250-STARTTLS\r\n") != std::string::npos);
  CHECK(lines.find("250-AUTH SCRAM-SHA-256\r\n") != std::string::npos);
  play.script({"C: AUTH PLAIN Z29vZA==", "S: 538 5.7.11", "C: AUTH LOGIN", "S: 538 5.7.11"});
}

TEST_CASE("STARTTLS makes the session new") {
  smtp::Options options = submission();
  options.tls_active = false;
  options.mechanisms.clear();
  Play play(options);
  play.send("EHLO c");
  CHECK(play.output().find("AUTH") == std::string::npos);
  play.script({"C: STARTTLS", "S: 220 2.0.0", "C: AUTH PLAIN Z29vZA==", "S: 503 5.5.1 Say EHLO",
               "C: MAIL FROM:<a@b.org>", "S: 503 5.5.1 Say EHLO", "C: STARTTLS", "S: 503 5.5.1"});
  play.send("EHLO c");
  const std::string lines = play.output();
  CHECK(lines.find("STARTTLS") == std::string::npos);
  CHECK(lines.find("250-AUTH SCRAM-SHA-256-PLUS PLAIN\r\n") != std::string::npos);
  play.script({"C: AUTH PLAIN Z29vZA==", "S: 235"});
}

TEST_CASE("STARTTLS that is not offered is refused") {
  smtp::Options options = submission();
  options.tls_active = options.tls_available = false;
  Play play(options);
  play.send("EHLO c");
  CHECK(play.output().find("STARTTLS") == std::string::npos);
  play.script({"C: STARTTLS", "S: 502 5.5.1"});
}

TEST_CASE("transfer takes no login") {
  Play play(transfer());
  play.send("EHLO c");
  CHECK(play.output().find("AUTH") == std::string::npos);
  play.script({"C: AUTH PLAIN Z29vZA==", "S: 502 5.5.1", "C: MAIL FROM:<a@b.org>", "S: 250",
               "C: RCPT TO:<postmaster>", "S: 250"});
}

TEST_CASE("VRFY tells nothing, EXPN, BDAT and unknown commands are refused, HELP helps") {
  Play play(logged_in());
  play.script({"C: VRFY ann", "S: 252 2.5.0", "C: VRFY", "S: 501 5.5.4", "C: EXPN list",
               "S: 502 5.5.1", "C: BDAT 5 LAST", "S: 502 5.5.1", "C: DEBUG", "S: 500 5.5.2",
               "C: HELP", "S: 214-2.0.0", "S: 214-2.0.0", "S: 214 2.0.0", "C: NOOP x", "S: 250"});
}

TEST_CASE("an HTTP verb, a bare line end and too many errors close the connection") {
  for (const std::string_view line :
       {"GET / HTTP/1.1", "POST /x HTTP/1.1", "CONNECT a:25 HTTP/1.1"}) {
    Play play(submission());
    play.send(line);
    play.script({"S: 421 4.7.0"});
    CHECK(play.action().kind == Kind::Close);
  }
  for (const std::string_view line : {"NOOP\n", "NOOP\rQUIT", "EHLO a\nMAIL FROM:<a@b.org>"}) {
    Play play(submission());
    play.send(line);
    play.script({"S: 500 5.5.2"});
    CHECK(play.action().kind == Kind::Close);
  }
  Play play(submission());
  for (int i = 0; i < 19; ++i) play.script({"C: NONSENSE", "S: 500 5.5.2"});
  play.script({"C: NONSENSE", "S: 421 4.7.0 Too many"});
  CHECK(play.action().kind == Kind::Close);
}

TEST_CASE("an overlong line is one error") {
  Play play(logged_in());
  play.tell(smtp::LineTooLong{});
  play.script({"S: 500 5.5.6", "C: NOOP", "S: 250"});
}

TEST_CASE("timeout, stop and endless data close with 421 or 552") {
  Play timeout(logged_in());
  timeout.tell(smtp::TimedOut{});
  timeout.script({"S: 421 4.4.2"});
  CHECK(timeout.action().kind == Kind::Close);
  Play stop(logged_in());
  stop.tell(smtp::Stopping{});
  stop.script({"S: 421 4.3.2"});
  Play flood(logged_in());
  flood.tell(smtp::DataAbandoned{});
  flood.script({"S: 552 5.3.4"});
  CHECK(flood.action().kind == Kind::Close);
}

TEST_CASE("replies of grouped commands may wait, others may not (RFC 2920 s3.2)") {
  smtp::Server server(logged_in());
  CHECK(server.on(smtp::Line{"EHLO c"}).flush);
  CHECK_FALSE(server.on(smtp::Line{"RSET"}).flush);
  server.on(smtp::Line{"MAIL FROM:<a@b.org>"});
  CHECK_FALSE(server.on(smtp::SenderChecked{smtp::SenderVerdict::Ok}).flush);
  server.on(smtp::Line{"RCPT TO:<a@b.org>"});
  CHECK_FALSE(server.on(smtp::RecipientChecked{smtp::RecipientVerdict::Ok}).flush);
  for (const char* line : {"NOOP", "VRFY a", "EXPN a", "XYZ", "HELP", "DATA"}) {
    CAPTURE(line);
    CHECK(server.on(smtp::Line{line}).flush);
  }
}

TEST_CASE("the protocol in Received tells what was used (RFC 3848, RFC 6531)") {
  smtp::Options options = submission();
  options.tls_active = false;
  options.mechanisms = {"PLAIN"};
  Play play(options);
  play.send("HELO c");
  CHECK(play.server().protocol() == "SMTP");
  play.send("EHLO c");
  CHECK(play.server().protocol() == "ESMTP");
  play.send("AUTH PLAIN Z29vZA==");
  CHECK(play.server().protocol() == "ESMTPA");
  Play tls(logged_in());
  tls.send("EHLO c");
  CHECK(tls.server().protocol() == "ESMTPSA");
  tls.send("MAIL FROM:<a@b.org> SMTPUTF8");
  CHECK(tls.server().protocol() == "UTF8SMTPSA");
}

TEST_CASE("no reply holds octets of the client") {
  Play play(logged_in());
  play.send("EHLO evil.example");
  play.output();
  for (const char* line : {"MAIL FROM:<evil@evil.example>", "RCPT TO:<evil@x.org>", "VRFY evil",
                           "EVIL evil", "HELP evil", "NOOP evil"}) {
    play.send(line);
    CHECK(play.output().find("evil") == std::string::npos);
  }
}
