// The end of DATA and what is refused in it (RFC 5321 s4.1.1.4, s4.5.2; smuggling: VU#302671).
#include <catch2/catch.hpp>

#include "mail/smtp/data_decoder.h"

namespace smtp = restante::smtp;
using Problem = smtp::DataDecoder::Problem;

namespace {

struct Outcome {
  std::string message;
  std::string rest;
  Problem problem = Problem::None;
  bool done = false;
};

// Decodes input in pieces of step octets.
Outcome decode(std::string_view input, std::size_t step, std::uint64_t limit = 1 << 20) {
  Outcome outcome;
  smtp::DataDecoder decoder(outcome.message, limit);
  std::size_t at = 0;
  while (at < input.size() && !decoder.done()) {
    const std::string_view piece = input.substr(at, step);
    const std::size_t taken = decoder.feed(piece);
    at += taken;
    if (taken < piece.size()) REQUIRE(decoder.done());
  }
  outcome.rest = input.substr(at);
  outcome.problem = decoder.problem();
  outcome.done = decoder.done();
  return outcome;
}

}  // namespace

TEST_CASE("a message ends at CRLF dot CRLF, however it is cut") {
  const std::string_view input = "Subject: x\r\n\r\n..stuffed\r\n..\r\na.b\r\n...\r\n.\r\nQUIT\r\n";
  for (std::size_t step = 1; step <= input.size(); ++step) {
    const auto outcome = decode(input, step);
    CHECK(outcome.done);
    CHECK(outcome.problem == Problem::None);
    CHECK(outcome.message == "Subject: x\r\n\r\n.stuffed\r\n.\r\na.b\r\n..\r\n");
    CHECK(outcome.rest == "QUIT\r\n");
  }
}

TEST_CASE("a message may be empty and a dot may be lost before text") {
  CHECK(decode(".\r\n", 1).message.empty());
  CHECK(decode(".\r\n", 3).done);
  CHECK(decode(".x\r\n.\r\n", 2).message == "x\r\n");
}

TEST_CASE("no other line end ends a message, and bare CR or LF refuses it") {
  using namespace std::string_view_literals;
  for (const auto input :
       {"a\n.\nMAIL\r\n.\r\nREST"sv, "a\r.\rMAIL\r\n.\r\nREST"sv, "a\n.\r\nMAIL\r\n.\r\nREST"sv,
        "a\r\n.\nMAIL\r\n.\r\nREST"sv, "a\r\n.\rMAIL\r\n.\r\nREST"sv, "a\r.\r\nMAIL\r\n.\r\nREST"sv,
        "\n.\r\n\r\n.\r\nREST"sv, "\r\r\n.\r\nREST"sv, ".\r\r\n\r\n.\r\nREST"sv,
        "a\n\r\n.\r\nREST"sv, "a\r\n.\r\r\n.\r\nREST"sv}) {
    for (std::size_t step = 1; step <= input.size(); ++step) {
      CAPTURE(input, step);
      const auto outcome = decode(input, step);
      CHECK(outcome.done);
      CHECK(outcome.rest == "REST");
      CHECK(outcome.problem == Problem::BareLineEnd);
      CHECK(outcome.message.empty());
    }
  }
}

TEST_CASE("NUL refuses a message") {
  using namespace std::string_view_literals;
  for (const auto input : {"a\0b\r\n.\r\nR"sv, "\0\r\n.\r\nR"sv, ".\0\r\n.\r\nR"sv}) {
    for (std::size_t step = 1; step <= input.size(); ++step) {
      const auto outcome = decode(input, step);
      CHECK(outcome.rest == "R");
      CHECK(outcome.problem == Problem::Nul);
    }
  }
  CHECK(decode("a\r\n.\r\n\0"sv, 100).problem == Problem::None);  // behind the end
}

TEST_CASE("the limit counts octets without stuffed dots, and what is over it costs no memory") {
  CHECK(decode("..123456\r\n.\r\n", 4, 9).problem == Problem::None);
  const auto over = decode("..1234567\r\n.\r\nR", 4, 9);
  CHECK(over.problem == Problem::TooBig);
  CHECK(over.done);
  CHECK(over.rest == "R");
  CHECK(over.message.capacity() < 64);

  std::string buffer;
  smtp::DataDecoder decoder(buffer, 1000);
  const std::string block = std::string(998, 'x') + "\r\n";
  for (int i = 0; i < 1000; ++i) decoder.feed(block);
  CHECK(buffer.capacity() < 64);
  CHECK(decoder.size_octets() == 1'000'000);
}

TEST_CASE("the message goes behind what the buffer holds") {
  std::string buffer = "Received: x\r\n";
  smtp::DataDecoder decoder(buffer, 3);
  decoder.feed("a\r\n.\r\n");
  CHECK(decoder.done());
  CHECK(buffer == "Received: x\r\na\r\n");
}
