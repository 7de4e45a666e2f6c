// The command language: grammar, parameters, limits (RFC 5321 s4.1, RFC 1870, 6152, 6531).
#include <catch2/catch.hpp>

#include "mail/smtp/command.h"

namespace smtp = restante::smtp;
using smtp::Verb;

namespace {

// The code and status a line is refused with, or "" where it is a command.
std::string refusal(std::string_view line) {
  const auto command = smtp::parse_command(line);
  if (command) return "";
  return std::to_string(command.error().code) + ' ' + std::string(command.error().status);
}

}  // namespace

TEST_CASE("verbs are known in any case") {
  CHECK(smtp::parse_command("NOOP")->verb == Verb::Noop);
  CHECK(smtp::parse_command("quit")->verb == Verb::Quit);
  CHECK(smtp::parse_command("StartTls")->verb == Verb::StartTls);
  CHECK(smtp::parse_command("GET / HTTP/1.1")->verb == Verb::Http);
  CHECK(refusal("") == "500 5.5.2");
  CHECK(refusal("XYZZY") == "500 5.5.2");
  CHECK(refusal("QUITX") == "500 5.5.2");
  CHECK(refusal(" QUIT") == "500 5.5.2");
  CHECK(refusal("\tQUIT") == "500 5.5.2");
}

TEST_CASE("trailing white space is tolerated, arguments where none belong are not") {
  CHECK(smtp::parse_command("QUIT  \t")->verb == Verb::Quit);
  CHECK(refusal("QUIT now") == "501 5.5.4");
  CHECK(refusal("DATA now") == "501 5.5.4");
  CHECK(refusal("RSET x") == "501 5.5.4");
  CHECK(refusal("STARTTLS x") == "501 5.5.4");
  CHECK(smtp::parse_command("NOOP anything goes")->verb == Verb::Noop);
}

TEST_CASE("EHLO takes a name or an address literal") {
  CHECK(smtp::parse_command("EHLO mail.example.org")->argument == "mail.example.org");
  CHECK(smtp::parse_command("EHLO [192.0.2.1]")->argument == "[192.0.2.1]");
  CHECK(smtp::parse_command("EHLO my_host")->argument == "my_host");
  CHECK(refusal("EHLO") == "501 5.5.4");
  CHECK(refusal("HELO two words") == "501 5.5.4");
  CHECK(refusal("EHLO [nonsense]") == "501 5.5.4");
  CHECK(refusal("EHLO <b>") == "501 5.5.4");
}

TEST_CASE("MAIL takes a path or the null path") {
  const auto mail = smtp::parse_command("mail from:<Ann@Example.org>");
  REQUIRE(mail);
  CHECK(mail->path->local_part == "Ann");
  CHECK(mail->path->domain == "Example.org");
  CHECK_FALSE(mail->parameters.any);
  CHECK_FALSE(smtp::parse_command("MAIL FROM:<>")->path);
  for (const char* line :
       {"MAIL", "MAIL FROM", "MAIL FROM:", "MAIL FROM:ann@example.org", "MAIL FROM: <ann@b.org>",
        "MAIL FROM :<ann@b.org>", "MAIL TO:<ann@b.org>", "MAIL FROM:<ann>", "MAIL FROM:<ann@b.org",
        "MAIL FROM:<ann@b.org>x", "MAIL FROM:<ann@b.org>SIZE=1", "MAIL FROM:<<ann@b.org>>",
        "MAIL FROM:<postmaster>", "MAIL FROM:< >", "MAIL FROM:<ann@b.org >", "MAIL FROM:<>x"}) {
    CAPTURE(line);
    CHECK(refusal(line) == "501 5.1.7");
  }
}

TEST_CASE("a source route is dropped") {
  CHECK(smtp::parse_command("RCPT TO:<@a.example,@b.example:ann@c.example>")->path->domain ==
        "c.example");
  CHECK(refusal("RCPT TO:<@a.example:>") == "501 5.1.3");
  CHECK(refusal("RCPT TO:<@a.example,:ann@c.example>") == "501 5.1.3");
  CHECK(refusal("RCPT TO:<@a.example,b.example:ann@c.example>") == "501 5.1.3");
  CHECK(refusal("RCPT TO:<@:ann@c.example>") == "501 5.1.3");
}

TEST_CASE("RCPT takes a path, and postmaster alone") {
  CHECK(smtp::parse_command("RCPT TO:<ann@example.org>")->path->local_part == "ann");
  CHECK(smtp::parse_command("RCPT TO:<PostMaster>")->path == smtp::Mailbox{"postmaster", ""});
  CHECK(refusal("RCPT TO:<>") == "501 5.1.3");
  CHECK(refusal("RCPT TO:<ann>") == "501 5.1.3");
  CHECK(refusal("RCPT TO: <ann@example.org>") == "501 5.1.3");
  CHECK(refusal("RCPT TO:<ann@example.org> NOTIFY=NEVER") == "555 5.5.4");
  CHECK(refusal("RCPT TO:<ann@example.org> =") == "501 5.5.4");
  CHECK(smtp::parse_command("RCPT TO:<\"a>b\"@example.org>")->path->local_part == "a>b");
}

TEST_CASE("parameters of MAIL are read and checked") {
  const auto mail = smtp::parse_command("MAIL FROM:<a@b.org> SIZE=1000 BODY=8BITMIME smtputf8");
  REQUIRE(mail);
  CHECK(mail->parameters.size == 1000);
  CHECK(mail->parameters.eight_bit);
  CHECK(mail->parameters.smtputf8);
  CHECK(smtp::parse_command("MAIL FROM:<a@b.org> BODY=7BIT AUTH=<>")->parameters.any);
  CHECK(smtp::parse_command("MAIL FROM:<a@b.org> AUTH=e+3Dmc2@example.com"));
  CHECK(smtp::parse_command("MAIL FROM:<a@b.org> SIZE=99999999999999999999")->parameters.size ==
        UINT64_MAX);
  for (const char* bad :
       {"SIZE", "SIZE=", "SIZE=x", "SIZE=-1", "SIZE=1x", "SIZE=1 SIZE=1", "BODY=BINARYMIME", "BODY",
        "BODY=7BIT BODY=7BIT", "SMTPUTF8=1", "SMTPUTF8 SMTPUTF8", "AUTH=+zz", "AUTH",
        "SIZE=999999999999999999999", "SIZE==1", "-X=1", "=", "X\"=1"}) {
    CAPTURE(bad);
    CHECK(refusal(std::string("MAIL FROM:<a@b.org> ") + bad) == "501 5.5.4");
  }
  CHECK(refusal("MAIL FROM:<a@b.org> RET=FULL") == "555 5.5.4");
  CHECK(refusal("MAIL FROM:<a@b.org> X-WHATEVER") == "555 5.5.4");
}

TEST_CASE("AUTH has a mechanism and perhaps an initial response") {
  const auto plain = smtp::parse_command("AUTH PLAIN AGFubgBzZWNyZXQ=");
  REQUIRE(plain);
  CHECK(plain->argument == "PLAIN");
  CHECK(plain->initial_response == "AGFubgBzZWNyZXQ=");
  CHECK_FALSE(smtp::parse_command("AUTH LOGIN")->initial_response);
  CHECK(refusal("AUTH") == "501 5.5.4");
  CHECK(refusal("AUTH PL/AIN") == "504 5.5.4");
  CHECK(refusal("AUTH " + std::string(21, 'A')) == "504 5.5.4");
  CHECK(smtp::parse_command("AUTH PLAIN " + std::string(11000, 'A')));
}

TEST_CASE("control characters and malformed UTF-8 are refused") {
  using namespace std::string_view_literals;
  CHECK(refusal("NO\0OP"sv) == "500 5.5.2");
  CHECK(refusal("NOOP \x01"sv) == "500 5.5.2");
  CHECK(refusal("NOOP \x7f"sv) == "500 5.5.2");
  CHECK(refusal("NOOP \xff"sv) == "500 5.5.2");
  CHECK(refusal("RCPT TO:<a\0b@example.org>"sv) == "500 5.5.2");
}

TEST_CASE("a command longer than 2048 octets is refused") {
  CHECK(refusal("NOOP " + std::string(2041, 'x')) == "");
  CHECK(refusal("NOOP " + std::string(2042, 'x')) == "500 5.5.6");
  CHECK(refusal("RCPT TO:<" + std::string(300, 'a') + "@example.org>") == "501 5.1.3");
}
