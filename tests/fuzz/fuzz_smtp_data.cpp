// Fuzz target: the DATA decoder against a plain second reading of RFC 5321 s4.5.2, however the
// octets are cut. The first octet says where to cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/smtp/data_decoder.h"

namespace {

using restante::smtp::DataDecoder;

constexpr std::uint64_t kLimit = 1000;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Expected {
  bool done = false;
  bool clean = true;
  std::size_t taken = 0;
  std::string message;
};

Expected read_plainly(std::string_view input) {
  Expected expected;
  const std::string framed = "\r\n" + std::string(input);
  const std::size_t end = framed.find("\r\n.\r\n");
  expected.done = end != std::string::npos;
  expected.taken = expected.done ? end + 3 : input.size();
  const std::string_view text = input.substr(0, expected.done ? end : input.size());
  bool line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') expected.clean = false;
    if (c == '\n' && (i == 0 || text[i - 1] != '\r')) expected.clean = false;
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) expected.clean = false;
    if (!(line_start && c == '.')) expected.message += c;
    line_start = c == '\n' && i > 0 && text[i - 1] == '\r';
  }
  return expected;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 64 + 1U;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);

  std::string buffer;
  DataDecoder decoder(buffer, kLimit);
  std::size_t taken = 0;
  while (taken < input.size() && !decoder.done()) {
    const std::string_view piece = input.substr(taken, step);
    const std::size_t count = decoder.feed(piece);
    require(count == piece.size() || decoder.done());
    taken += count;
    require(buffer.size() <= kLimit);
  }

  const Expected expected = read_plainly(input);
  require(decoder.done() == expected.done);
  require(taken == expected.taken);
  if (!expected.done) return 0;
  const bool small = expected.message.size() <= kLimit;
  if (expected.clean && small) {
    require(decoder.problem() == DataDecoder::Problem::None);
    require(buffer == expected.message);
  } else {
    require(decoder.problem() != DataDecoder::Problem::None);
    require(buffer.empty());
  }
  return 0;
}
