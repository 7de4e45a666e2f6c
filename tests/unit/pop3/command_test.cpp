// POP3 command lines and replies.
#include "mail/pop3/command.h"

#include <catch2/catch.hpp>
#include <string>

#include "mail/pop3/reply.h"

namespace restante::pop3 {
namespace {

Command parsed(std::string_view line) {
  const auto command = parse_command(line);
  CAPTURE(line, command ? "" : std::string(command.error().text));
  REQUIRE(command);
  return *command;
}

TEST_CASE("keywords are read in any case") {
  CHECK(parsed("CAPA").verb == Verb::Capa);
  CHECK(parsed("capa").verb == Verb::Capa);
  CHECK(parsed("QuIt").verb == Verb::Quit);
  CHECK(parsed("utf8").verb == Verb::Utf8);
  CHECK(parsed("STAT ").verb == Verb::Stat);
}

TEST_CASE("arguments are read as each command has them") {
  CHECK(parsed("RETR 17").message == 17);
  CHECK(parsed("LIST").message == 0);
  CHECK(parsed("LIST 0004294967294").message == 4294967294U);
  CHECK(parsed("UIDL 3 ").message == 3);
  const Command top = parsed("TOP 2 0");
  CHECK(top.message == 2);
  CHECK(top.lines == 0);
  CHECK(parsed("LANG").text.empty());
  CHECK(parsed("LANG en").text == "en");
}

TEST_CASE("a password is the rest of the line, spaces included") {
  CHECK(parsed("PASS  two  spaces ").text == " two  spaces ");
  CHECK(parsed("USER j\xc3\xb6rg@example.org").text == "j\xc3\xb6rg@example.org");
}

TEST_CASE("AUTH has a mechanism and perhaps an initial response") {
  const Command bare = parsed("AUTH plain");
  CHECK(bare.text == "PLAIN");
  CHECK_FALSE(bare.initial_response);
  CHECK(parsed("AUTH PLAIN AGEAYg==").initial_response == "AGEAYg==");
  CHECK(parsed("AUTH SCRAM-SHA-256-PLUS =").initial_response == "");
}

TEST_CASE("numbers beyond 32 bits name no message but are understood") {
  CHECK(parsed("RETR 4294967296").message == 4294967295U);
  CHECK(parsed("TOP 1 99999999999999999999").lines == 4294967295U);
}

TEST_CASE("what is no command is refused") {
  for (const std::string& line : {std::string(),
                                  std::string(" "),
                                  std::string("FOO"),
                                  std::string("CAPA now"),
                                  std::string("RETR"),
                                  std::string("RETR 0"),
                                  std::string("RETR -1"),
                                  std::string("RETR 1x"),
                                  std::string("RETR 1 2"),
                                  std::string("RETR +1"),
                                  std::string("TOP 1"),
                                  std::string("TOP 1 x"),
                                  std::string("TOP 1 2 3"),
                                  std::string("USER"),
                                  std::string("PASS "),
                                  std::string("AUTH"),
                                  std::string("AUTH PLAIN a b"),
                                  std::string("NOOP\n"),
                                  std::string("NOOP\rQUIT"),
                                  std::string("USER a\0b", 8),
                                  std::string("USER \xff"),
                                  std::string("USER \xc3"),
                                  std::string("AUTH ") + std::string(21, 'A'),
                                  std::string("STATX"),
                                  std::string(" STAT")}) {
    const auto command = parse_command(line);
    CAPTURE(line);
    REQUIRE_FALSE(command);
    CHECK_FALSE(command.error().fatal);
  }
}

TEST_CASE("a browser is turned away") {
  const auto command = parse_command("GET / HTTP/1.1");
  REQUIRE_FALSE(command);
  CHECK(command.error().fatal);
}

TEST_CASE("replies have codes and fit their lines") {
  std::string out;
  append_ok(out, "hello");
  append_error(out, Code::None, "no");
  append_error(out, Code::InUse, "busy");
  append_error(out, Code::SysTemp, "later");
  append_error(out, Code::SysPerm, "never");
  append_error(out, Code::Auth, "wrong");
  append_error(out, Code::Utf8, "say UTF8");
  append_challenge(out, "AA==");
  append_entry(out, 1, std::uint64_t{120});
  append_entry(out, 2, "M2");
  append_end(out);
  CHECK(out ==
        "+OK hello\r\n-ERR no\r\n-ERR [IN-USE] busy\r\n-ERR [SYS/TEMP] later\r\n"
        "-ERR [SYS/PERM] never\r\n-ERR [AUTH] wrong\r\n-ERR [UTF8] say UTF8\r\n+ AA==\r\n"
        "1 120\r\n2 M2\r\n.\r\n");
}

TEST_CASE("CAPA names what is possible now") {
  std::string out;
  Capabilities capabilities;
  capabilities.implementation = "restante";
  append_capabilities(out, capabilities);
  CHECK(out ==
        "+OK Capabilities follow\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
        "EXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\nIMPLEMENTATION restante\r\n.\r\n");
  out.clear();
  capabilities.stls = capabilities.user = true;
  capabilities.mechanisms = {"SCRAM-SHA-256", "PLAIN"};
  append_capabilities(out, capabilities);
  CHECK(out.starts_with(
      "+OK Capabilities follow\r\nSTLS\r\nUSER\r\nSASL SCRAM-SHA-256 PLAIN\r\nTOP\r\n"));
}

TEST_CASE("language ranges are matched without case") {
  CHECK(matches_language("*"));
  CHECK(matches_language("en"));
  CHECK(matches_language("EN"));
  CHECK_FALSE(matches_language("en-GB"));
  CHECK_FALSE(matches_language("de"));
  CHECK_FALSE(matches_language(""));
}

}  // namespace
}  // namespace restante::pop3
