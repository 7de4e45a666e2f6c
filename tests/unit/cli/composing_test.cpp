// What a person gives becomes one message or an error, before anything is sent.
#include "cli/composing.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "cli/sending.h"

using namespace restante::cli;
namespace message = restante::message;

TEST_CASE("Recipients are addresses, with or without names, alone or in lists") {
  const auto mailboxes = parse_recipients({"a@example.org", "Bob Lee <bob@x.org>, c@y.org"});
  REQUIRE(mailboxes);
  REQUIRE(mailboxes->size() == 3);
  CHECK((*mailboxes)[1].name == "Bob Lee");
  CHECK((*mailboxes)[1].address == "bob@x.org");
}

TEST_CASE("What is not an address is a usage error") {
  for (const char* wrong :
       {"", "bob", "a b@c.org", "a@", "@b", "a@b..c", "a@b\r\nBcc: x@y", "a@b c@d", "a@b;c",
        "undisclosed-recipients:;", "a@b\x1b", "\xff@b", "-x"}) {
    INFO(wrong);
    const auto mailboxes = parse_recipients({wrong});
    REQUIRE(!mailboxes);
    CHECK(mailboxes.error().code == ExitCode::Usage);
  }
}

TEST_CASE("Bcc is kept in the copy and absent from what is submitted") {
  message::Draft draft;
  draft.to = {{"", "to@x.org"}};
  draft.cc = {{"", "to@x.org"}};
  draft.bcc = {{"", "secret@x.org"}};
  draft.subject = "s";
  draft.text = "t\n";
  const auto outgoing = finish(draft, "Me", "me@x.org");
  REQUIRE(outgoing);
  CHECK(outgoing->recipients == std::vector<std::string>{"to@x.org", "secret@x.org"});
  CHECK(outgoing->submitted.find("secret") == std::string::npos);
  CHECK(outgoing->copy.find("secret@x.org") != std::string::npos);
  CHECK(outgoing->submitted.find("Message-ID: <" + outgoing->message_id + ">") !=
        std::string::npos);
}

TEST_CASE("A header value with a line end is never composed") {
  message::Draft draft;
  draft.to = {{"", "to@x.org"}};
  draft.subject = "s\r\nBcc: evil@x.org";
  const auto outgoing = finish(draft, "", "me@x.org");
  REQUIRE(!outgoing);
  CHECK(outgoing.error().code == ExitCode::BadData);
}

TEST_CASE("Without a recipient nothing is composed") {
  CHECK(finish(message::Draft{}, "", "me@x.org").error().code == ExitCode::Usage);
}

TEST_CASE("A ready message gets only what it lacks") {
  const auto outgoing =
      finish_raw("To: a@x.org\nBcc: b@x.org\nSubject: s\n\ntext\n.\n", "", "me@x.org");
  REQUIRE(outgoing);
  CHECK(outgoing->recipients == std::vector<std::string>{"a@x.org", "b@x.org"});
  CHECK(outgoing->submitted.find("Bcc") == std::string::npos);
  CHECK(outgoing->copy.find("Bcc: b@x.org\r\n") != std::string::npos);
  CHECK(outgoing->copy.starts_with("Date: "));
  CHECK(outgoing->copy.find("From: me@x.org\r\n") != std::string::npos);
  CHECK(outgoing->submitted.ends_with("\r\n\r\ntext\r\n.\r\n"));
  const auto again = finish_raw(outgoing->copy, "", "me@x.org");
  REQUIRE(again);
  CHECK(again->copy == outgoing->copy);
  CHECK(again->message_id == outgoing->message_id);
}

TEST_CASE("A ready message without recipients, without a header or with NUL is bad data") {
  CHECK(finish_raw("Subject: s\n\nx\n", "", "me@x.org").error().code == ExitCode::BadData);
  CHECK(finish_raw("", "", "me@x.org").error().code == ExitCode::BadData);
  CHECK(finish_raw(std::string("To: a@b.org\n\n\0", 14), "", "me@x.org").error().code ==
        ExitCode::BadData);
}

TEST_CASE("One attachment that cannot be read fails them all") {
  const auto attachments = read_attachments({"/etc/hostname", "/nonexistent/file"});
  REQUIRE(!attachments);
  CHECK(attachments.error().code == ExitCode::NoInput);
  CHECK(read_attachments({"/tmp"}).error().code == ExitCode::NoInput);
}

TEST_CASE("Recipients are named up to three") {
  CHECK(show_recipients({"a"}) == "a");
  CHECK(show_recipients({"a", "b", "c"}) == "a, b, c");
  CHECK(show_recipients({"a", "b", "c", "d"}) == "a, b, c and 1 other");
  CHECK(show_recipients({"a", "b", "c", "d", "e"}) == "a, b, c and 2 others");
}
