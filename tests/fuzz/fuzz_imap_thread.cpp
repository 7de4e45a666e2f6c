// Fuzz target: messages of any identifiers, references, subjects and dates, threaded by each
// algorithm. Every message must come up exactly once, in lists that close.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/thread.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante;
using fuzz::require;

// One message from some octets: few identifiers and subjects, so that they meet.
std::string digest_of(std::string_view octets) {
  std::string header = "Message-ID: <" + std::to_string(octets[0] & 15) + "@x>\r\n";
  if ((octets[1] & 3) != 0)
    header += "Subject: " + std::string(octets[1] & 4 ? "Re: " : "") +
              std::to_string(octets[1] & 3) + "\r\n";
  if ((octets[1] & 8) != 0) header += "In-Reply-To: <" + std::to_string(octets[2] & 15) + "@x>\r\n";
  if ((octets[1] & 16) != 0) {
    header += "References:";
    for (const char octet : octets.substr(2)) header += " <" + std::to_string(octet & 15) + "@x>";
    header += "\r\n";
  }
  return message::encode_digest(message::index(header + "\r\n"));
}

void require_response(const std::string& out, std::uint32_t count) {
  require(out.starts_with("* THREAD") && out.ends_with("\r\n"));
  std::vector<std::uint32_t> seen;
  int depth = 0;
  std::uint32_t number = 0;
  for (const char c : out) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint32_t>(c - '0');
      continue;
    }
    if (number != 0) seen.push_back(number);
    number = 0;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    require(depth >= 0);
  }
  require(depth == 0);
  std::ranges::sort(seen);
  require(seen.size() == count);
  for (std::uint32_t i = 0; i < count; ++i) require(seen[i] == i + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kOctets = 5;
  const std::string_view input(reinterpret_cast<const char*>(data),
                               std::min<std::size_t>(size, 500));
  for (const auto algorithm : {imap::ThreadAlgorithm::OrderedSubject,
                               imap::ThreadAlgorithm::References, imap::ThreadAlgorithm::Refs}) {
    imap::Threader threader(algorithm);
    std::uint32_t count = 0;
    for (std::size_t at = 0; at + kOctets <= input.size(); at += kOctets) {
      const std::string stored = digest_of(input.substr(at, kOctets));
      const auto arrived = std::chrono::sys_seconds(std::chrono::seconds(input[at + 4]));
      threader.add(++count, arrived, *message::decode_digest(stored));
    }
    std::string out;
    threader.write(out);
    require_response(out, count);
  }
  return 0;
}
