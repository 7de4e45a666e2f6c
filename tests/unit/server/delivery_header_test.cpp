// What is looked at and changed in the header of a message (RFC 5321 s4.4, RFC 6409 s8).
#include "server/delivery/header.h"

#include <catch2/catch.hpp>

namespace delivery = restante::delivery;
using restante::smtp::Mode;
using restante::smtp::Refusal;

namespace {

std::optional<Refusal> checked(std::string_view message, Mode mode) {
  return delivery::check_header(delivery::scan_header(message), mode);
}

std::string rewritten(std::string message, bool submission) {
  const auto facts = delivery::scan_header(message);
  message.insert(0, "T: t\r\n");
  const delivery::MissingFields missing{"Date: now\r\n", "Message-ID: <new>\r\n"};
  delivery::rewrite_header(message, 6, facts, submission ? &missing : nullptr);
  return message;
}

}  // namespace

TEST_CASE("fields are found in any case, folded, and with blanks before the colon") {
  const std::string_view message =
      "From: a@b.org\r\nFROM : c@d.org\r\nsender:\r\n x@y.org\r\nMessage-id: <i@d>\r\n"
      "Received: by x\r\nreceived: by y\r\nBcc: z\r\n q\r\n\r\nDate: in the body\r\n";
  const auto facts = delivery::scan_header(message);
  CHECK(facts.well_formed);
  REQUIRE(facts.from.size() == 2);
  CHECK(facts.from[1] == " c@d.org\r\n");
  REQUIRE(facts.sender.size() == 1);
  CHECK(facts.sender[0] == "\r\n x@y.org\r\n");
  CHECK(facts.received == 2);
  CHECK(facts.has_message_id);
  CHECK(facts.message_id == "<i@d>");
  CHECK_FALSE(facts.has_date);
  REQUIRE(facts.bcc.size() == 1);
  CHECK(message.substr(facts.bcc[0].begin, facts.bcc[0].end - facts.bcc[0].begin) ==
        "Bcc: z\r\n q\r\n");
  CHECK(message.substr(facts.end).starts_with("\r\nDate"));
}

TEST_CASE("messages without a header, without a body and with other lines are scanned") {
  CHECK(delivery::scan_header("").end == 0);
  CHECK(delivery::scan_header("\r\nbody\r\n").end == 0);
  CHECK(delivery::scan_header("A: b\r\n").end == 6);
  CHECK_FALSE(delivery::scan_header(" folded\r\nA: b\r\n").well_formed);
  CHECK_FALSE(delivery::scan_header("From x@y Fri\r\nFrom: a@b\r\n").well_formed);
  CHECK_FALSE(delivery::scan_header(": no name\r\n").well_formed);
  CHECK_FALSE(delivery::scan_header("na me: x\r\n").well_formed);
  CHECK(delivery::scan_header("junk\r\nFrom: a@b\r\n").from.size() == 1);
}

TEST_CASE("the rules of each mode") {
  CHECK_FALSE(checked("From: a@b\r\n\r\n", Mode::Submission));
  CHECK(checked("To: a@b\r\n\r\n", Mode::Submission) == Refusal::FromMissing);
  CHECK(checked("From: a@b\r\nFrom: a@b\r\n\r\n", Mode::Submission) == Refusal::FromSeveral);
  CHECK(checked("From: a@b\r\nSender: c\r\nSender: d\r\n\r\n", Mode::Submission) ==
        Refusal::FromSeveral);
  CHECK(checked("junk\r\nFrom: a@b\r\n\r\n", Mode::Submission) == Refusal::BadHeader);
  CHECK_FALSE(checked("junk\r\n\r\n", Mode::Transfer));
  CHECK(checked("From: a@b\r\nFrom: a@b\r\n\r\n", Mode::Transfer) == Refusal::FromSeveral);
  std::string loop = "From: a@b\r\n";
  for (int i = 0; i < 100; ++i) loop += "Received: by x\r\n";
  CHECK_FALSE(checked(loop, Mode::Transfer));
  CHECK(checked(loop + "Received: by x\r\n", Mode::Transfer) == Refusal::Loop);
}

TEST_CASE("missing fields come first, Bcc and Return-Path go, the rest stays as it was") {
  CHECK(rewritten("From: a\r\n\r\nbody", true) ==
        "T: t\r\nDate: now\r\nMessage-ID: <new>\r\nFrom: a\r\n\r\nbody");
  CHECK(rewritten("Return-Path: <x>\r\nFrom: a\r\nBcc: b\r\n c\r\nDate: d\r\nBCC:\r\n\r\nbody",
                  true) == "T: t\r\nMessage-ID: <new>\r\nFrom: a\r\nDate: d\r\n\r\nbody");
  CHECK(rewritten("Bcc: b\r\nReturn-Path: <x>\r\nFrom: a\r\n\r\nbody", false) ==
        "T: t\r\nBcc: b\r\nFrom: a\r\n\r\nbody");
  CHECK(rewritten("Date: d\r\nMessage-ID: <m>\r\n\r\nbody", true) ==
        "T: t\r\nDate: d\r\nMessage-ID: <m>\r\n\r\nbody");
  CHECK(rewritten("\r\nbody", false) == "T: t\r\n\r\nbody");
}

TEST_CASE("a stranger's From is searched for our domains") {
  const std::vector<std::string> ours{"example.org", "xn--bcher-kva.example"};
  const auto claims = [&](const std::string& from) {
    return delivery::claims_local_author(delivery::scan_header("From: " + from + "\r\n\r\n"), ours);
  };
  CHECK(claims("ann@example.org"));
  CHECK(claims("Ann <ann@EXAMPLE.ORG>"));
  CHECK(
      claims("x@b\xc3\xbc"
             "cher.example"));
  CHECK(claims("x@other.org, ann@example.org"));
  CHECK(claims("a@b@example.org"));
  CHECK(claims("group: ann@example.org;"));
  CHECK_FALSE(claims("x@other.org"));
  CHECK_FALSE(claims("x@sub.example.org"));
  CHECK_FALSE(claims("\"ann@example.org\" <x@other.org>"));
}

TEST_CASE("a long header costs linear time") {
  std::string message;
  for (int i = 0; i < 100'000; ++i) message += "Bcc: x\r\n";
  const auto facts = delivery::scan_header(message);
  CHECK(facts.bcc.size() == 100'000);
  delivery::rewrite_header(message, 0, facts, nullptr);
  const delivery::MissingFields missing{"Date: d\r\n", "Message-ID: m\r\n"};
  delivery::rewrite_header(message, 0, facts, &missing);
  CHECK(message == "Date: d\r\nMessage-ID: m\r\n");
}
