// Dot-stuffing and TOP, fed in pieces of every size.
#include "mail/pop3/multiline.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace restante::pop3 {
namespace {

std::string stuffed(std::string_view octets, std::size_t piece) {
  DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    stuffer.add(out, octets.substr(at, piece));
  }
  stuffer.finish(out);
  return out;
}

std::string top(std::string_view octets, std::uint32_t lines, std::size_t piece) {
  TopCut cut(lines);
  std::string out;
  for (std::size_t at = 0; at < octets.size() && !cut.done(); at += piece) {
    out += cut.take(octets.substr(at, piece));
  }
  return out;
}

struct Case {
  std::string message;
  std::string sent;
};

TEST_CASE("messages are stuffed and ended whatever their lines are") {
  const std::vector<Case> cases{
      {"", ".\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"a", "a\r\n.\r\n"},
      {".", "..\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {"..\r\n", "...\r\n.\r\n"},
      {"a\r\n.b\r\n.\r\n", "a\r\n..b\r\n..\r\n.\r\n"},
      {"a.\r\n", "a.\r\n.\r\n"},
      {"\r\n", "\r\n.\r\n"},
      // Line ends that are none of ours stay as they are; a client may take a LF for one.
      {"a\nb\n", "a\nb\n\r\n.\r\n"},
      {"a\n.b\r\n", "a\n..b\r\n.\r\n"},
      {"a\r.b\r\n", "a\r.b\r\n.\r\n"},
      {"a\r", "a\r\r\n.\r\n"},
      {"a\r\r\n", "a\r\r\n.\r\n"},
  };
  for (const Case& each : cases) {
    for (std::size_t piece = 1; piece <= each.message.size() + 1; ++piece) {
      CAPTURE(each.message, piece);
      CHECK(stuffed(each.message, piece) == each.sent);
    }
  }
}

TEST_CASE("TOP gives the header, the empty line and so many lines of the body") {
  const std::string message = "A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree";
  const std::vector<std::pair<std::uint32_t, std::string>> cases{
      {0, "A: 1\r\nB: 2\r\n\r\n"},
      {1, "A: 1\r\nB: 2\r\n\r\none\r\n"},
      {2, "A: 1\r\nB: 2\r\n\r\none\r\n\r\n"},
      {3, message},
      {4294967295U, message},
  };
  for (const auto& [lines, expected] : cases) {
    for (std::size_t piece = 1; piece <= message.size() + 1; ++piece) {
      CAPTURE(lines, piece);
      CHECK(top(message, lines, piece) == expected);
    }
  }
  CHECK(top("A: 1\r\n", 0, 3) == "A: 1\r\n");
  CHECK(top("A: 1\n\none\ntwo\n", 1, 2) == "A: 1\n\none\n");
  CHECK(top("\r\nbody\r\n", 0, 1) == "\r\n");
}

}  // namespace
}  // namespace restante::pop3
