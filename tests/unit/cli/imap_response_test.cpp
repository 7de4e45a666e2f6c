// The reader of IMAP responses: the forms of RFC 9051, pieces of any size, limits and garbage.
#include "cli/imap_response.h"

#include <catch2/catch.hpp>
#include <random>

using namespace restante::cli;
using Kind = ImapToken::Kind;

namespace {

ImapResponse one(std::string_view octets) {
  ImapResponseReader reader;
  reader.feed(octets);
  auto response = reader.next();
  REQUIRE(response);
  REQUIRE(*response);
  return std::move(**response);
}

}  // namespace

TEST_CASE("A tagged status has a code and words") {
  const auto response = one("r1 OK [APPENDUID 7 12] Done (really] {5}\r\n");
  CHECK(response.kind == ImapResponse::Kind::Tagged);
  CHECK(response.tag == "r1");
  CHECK(response.status == "OK");
  CHECK(response.code == "APPENDUID 7 12");
  CHECK(response.text == "Done (really] {5}");
}

TEST_CASE("A greeting keeps its capabilities and words") {
  const auto response = one("* preauth [CAPABILITY IMAP4rev1 OBJECTID] h welcomes a@b\r\n");
  CHECK(response.status == "PREAUTH");
  CHECK(response.code == "CAPABILITY IMAP4rev1 OBJECTID");
  CHECK(response.text == "h welcomes a@b");
}

TEST_CASE("FETCH becomes flat tokens with strings, literals and sections") {
  const auto response = one(
      "* 3 FETCH (UID 9 BODY[HEADER.FIELDS (TO)]<0> {4}\r\na\r\n) FLAGS (\\Seen) X \"q\\\"\\\\\""
      " EMAILID (M412) THREADID NIL)\r\n");
  const auto& t = response.tokens;
  REQUIRE(t.size() == 20);
  CHECK(t[0].text == "3");
  CHECK(t[1].is("fetch"));
  CHECK(t[2].kind == Kind::Open);
  CHECK(t[5].text == "BODY[HEADER.FIELDS (TO)]<0>");
  CHECK(t[6].kind == Kind::String);
  CHECK(t[6].text == "a\r\n)");
  CHECK(t[9].text == "\\Seen");
  CHECK(t[12].text == "q\"\\");
  CHECK(t[15].text == "M412");
  CHECK(t[18].is_nil());
  CHECK(t[19].kind == Kind::Close);
}

TEST_CASE("A response arrives in pieces of one octet") {
  const std::string octets = "* 1 FETCH (BODY[] {6}\r\nab\r\ncd)\r\n+ go\r\nr2 NO no\r\n";
  ImapResponseReader reader;
  std::vector<ImapResponse> all;
  for (const char octet : octets) {
    reader.feed(std::string_view(&octet, 1));
    auto response = reader.next();
    REQUIRE(response);
    if (*response) all.push_back(std::move(**response));
  }
  REQUIRE(all.size() == 3);
  CHECK(all[0].tokens[4].text == "ab\r\ncd");
  CHECK(all[1].kind == ImapResponse::Kind::Continuation);
  CHECK(all[1].text == "go");
  CHECK(all[2].status == "NO");
}

TEST_CASE("Values are skipped with all that is in them") {
  const auto response = one("* 1 FETCH (A (1 (2 3) 4) B 5)\r\n");
  CHECK(response.tokens[skip_value(response.tokens, 4)].is("B"));
}

TEST_CASE("Broken responses are errors") {
  for (const char* wrong : {"* 1 FETCH (\r\n", "* 1 FETCH )\r\n", "* X \"open\r\n", "r1 HELLO\r\n",
                            "\r\n", "* X BODY[\r\n", "* X {3\r\n", "garbage\r\n", "* X a\rb\r\n"}) {
    INFO(wrong);
    ImapResponseReader reader;
    reader.feed(wrong);
    CHECK(!reader.next());
  }
}

TEST_CASE("Limits hold for lines, literals, depth and words") {
  ImapResponseLimits limits;
  limits.line_octets = 100;
  limits.literal_octets = 50;
  limits.depth = 4;
  limits.tokens = 10;
  const auto refused = [&](const std::string& octets) {
    ImapResponseReader reader(limits);
    reader.feed(octets);
    return !reader.next();
  };
  CHECK(refused("* " + std::string(200, 'x')));
  CHECK(refused("* X {51}\r\n"));
  CHECK(refused("* X {30}\r\n" + std::string(30, 'y') + " {30}\r\n"));
  CHECK(refused("* X {99999999999999999999999}\r\n"));
  CHECK(refused("* X (((((a)))))\r\n"));
  CHECK(refused("* a b c d e f g h i j k l\r\n"));
  CHECK(!refused("* X {50}\r\n" + std::string(50, 'z') + "\r\n"));
}

TEST_CASE("Garbage ends in responses or an error, never in anything else") {
  std::mt19937 random(9051);
  const std::string alphabet = "*+ r1OKNO()[]{}0123456789\"\\\r\n~<>FETCH";
  for (int round = 0; round < 3000; ++round) {
    ImapResponseReader reader;
    for (int piece = 0; piece < 6; ++piece) {
      std::string octets;
      for (int i = 0; i < 20; ++i) octets += alphabet[random() % alphabet.size()];
      reader.feed(octets + (random() % 2 == 0 ? "\r\n" : ""));
      bool going_on = true;
      while (going_on) {
        const auto response = reader.next();
        if (!response) piece = 6;
        going_on = response && *response;
      }
    }
  }
  SUCCEED();
}
