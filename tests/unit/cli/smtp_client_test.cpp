// The pure parts of the SMTP client.
#include "cli/smtp_client.h"

#include <catch2/catch.hpp>

using namespace restante::cli;

TEST_CASE("Reply lines are read strictly") {
  CHECK(parse_smtp_reply_line("250-SIZE 5")->more);
  CHECK(parse_smtp_reply_line("250-SIZE 5")->text == "SIZE 5");
  CHECK(parse_smtp_reply_line("250 ok")->code == 250);
  CHECK(parse_smtp_reply_line("221")->code == 221);
  for (const char* wrong : {"", "25", "2x0 a", "650 a", "150 a", "250x", "hello"}) {
    INFO(wrong);
    CHECK(!parse_smtp_reply_line(wrong));
  }
}

TEST_CASE("DATA doubles leading dots and ends once") {
  CHECK(stuff_dots("a\r\n.b\r\n") == "a\r\n..b\r\n.\r\n");
  CHECK(stuff_dots(".") == "..\r\n.\r\n");
  CHECK(stuff_dots("") == ".\r\n");
  CHECK(stuff_dots("a\n.\nb\r.c") == "a\r\n..\r\nb\r\n..c\r\n.\r\n");
}

TEST_CASE("Refusals have the exit code a script can act on") {
  const auto code = [](int reply, const char* text, bool recipient) {
    return smtp_failure("cannot send to a@b", SmtpReply{reply, text}, recipient).code;
  };
  CHECK(code(550, "5.1.1 no such user", true) == ExitCode::NoRecipient);
  CHECK(code(550, "no such user", true) == ExitCode::NoRecipient);
  CHECK(code(550, "5.7.1 relaying denied", true) == ExitCode::Refused);
  CHECK(code(550, "5.1.1 odd", false) == ExitCode::Refused);
  CHECK(code(452, "4.3.1 later", true) == ExitCode::TryLater);
  CHECK(code(535, "5.7.8 wrong", false) == ExitCode::Login);
  CHECK(code(552, "5.3.4 too big", false) == ExitCode::Refused);
}
