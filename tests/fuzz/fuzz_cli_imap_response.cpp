// What an IMAP server says to the command line: cut into responses in pieces, read as summaries and
// shown; nothing of it may reach a terminal unfiltered.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>
#include "cli/imap_response.h"
#include "cli/message_summary.h"
#include "tests/unit/cli/terminal_safety.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace restante::cli;
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  ImapResponseLimits limits;
  limits.line_octets = 65536;
  limits.literal_octets = 65536;
  ImapResponseReader reader(limits);
  const std::size_t piece = size == 0 ? 1 : 1 + data[0] % 64;
  while (!octets.empty()) {
    const std::size_t length = std::min(piece, octets.size());
    reader.feed(octets.substr(0, length));
    octets.remove_prefix(length);
    while (true) {
      const auto response = reader.next();
      if (!response) return 0;
      if (!*response) break;
      const auto summary = parse_summary(**response);
      if (!summary) continue;
      const Table table = summary_table({*summary}, std::chrono::sys_seconds{}, false);
      if (!is_safe_for_terminal(table.aligned(80, false)) ||
          !is_safe_for_terminal(table.separated()) ||
          !is_safe_for_terminal(json_line(summary_json(*summary)))) {
        std::abort();
      }
    }
  }
  return 0;
}
