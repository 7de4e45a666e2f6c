// Addresses of From and Sender: read in one way or not at all (RFC 5322 s3.4).
#include "server/delivery/author.h"

#include <catch2/catch.hpp>

namespace {

// All addresses separated by blanks; "-" where the field is malformed.
std::string authors(std::string_view body) {
  const auto list = restante::delivery::parse_authors(body);
  if (!list) return "-";
  std::string text;
  for (const auto& author : *list) text += (text.empty() ? "" : " ") + to_string(author);
  return text;
}

}  // namespace

TEST_CASE("mailbox lists are read") {
  CHECK(authors(" ann@example.org\r\n") == "ann@example.org");
  CHECK(authors("<ann@example.org>") == "ann@example.org");
  CHECK(authors("Ann B. Cee <ann@example.org>") == "ann@example.org");
  CHECK(authors("\"Ann, (x) <b@c.d>\" <ann@example.org>") == "ann@example.org");
  CHECK(authors("=?utf-8?q?J=C3=B6?= <ann@example.org>") == "ann@example.org");
  CHECK(authors("J\xc3\xb6 <ann@example.org>") == "ann@example.org");
  CHECK(authors("Ann\r\n <ann@example.org>,\r\n\tbob@example.org (Bob (the \\) b))\r\n") ==
        "ann@example.org bob@example.org");
  CHECK(authors("(x) Ann (y) < (z) ann@example.org (a) > (b)") == "ann@example.org");
  CHECK(authors("\"a b\"@example.org") == "\"a b\"@example.org");
  CHECK(authors("\"a b\"@example.org <ann@example.org>") == "-");
}

TEST_CASE("what could be read in two ways is not read") {
  for (const char* body : {"",
                           " \r\n",
                           ",",
                           "ann@example.org,",
                           ",ann@example.org",
                           "ann",
                           "ann@example.org bob@b.org",
                           "ann@example.org <bob@b.org>",
                           "<ann@example.org> bob@b.org",
                           "<ann@example.org><bob@b.org>",
                           "<<ann@example.org>>",
                           "<ann@example.org",
                           "ann@example.org>",
                           "friends: ann@example.org;",
                           "undisclosed:;",
                           "<@a.org:ann@example.org>",
                           "ann @ example.org",
                           "ann@exam ple.org",
                           "a@b@example.org",
                           "Ann [x] <ann@example.org>",
                           "\"Ann <ann@example.org>",
                           "(Ann <ann@example.org>",
                           "ann@example.org; bob@b.org",
                           "Ann \\<x <ann@example.org>",
                           "ann@(x)example.org",
                           "<>",
                           "Ann <>",
                           "ann@example.org\x01",
                           "\x01 <ann@example.org>"}) {
    CAPTURE(body);
    CHECK(authors(body) == "-");
  }
}

TEST_CASE("depth and number are bounded") {
  CHECK(authors(std::string(100'000, '(')) == "-");
  CHECK(authors(std::string(50'000, '(') + std::string(50'000, ')') + " ann@example.org") ==
        "ann@example.org");
  std::string many = "a@b.org";
  for (int i = 0; i < 100; ++i) many += ",a@b.org";
  CHECK(authors(many) == "-");
}
