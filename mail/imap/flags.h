// Flags and keywords as IMAP writes them (RFC 9051 s2.3.2). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace restante::imap {

// The bits are those of the store's flags.
enum class SystemFlag : std::uint8_t {
  Seen = 1,
  Answered = 2,
  Flagged = 4,
  Deleted = 8,
  Draft = 16
};

struct FlagList {
  std::uint8_t system = 0;            // bits of SystemFlag
  std::vector<std::string> keywords;  // as written, each once (compared without case)
  bool has(SystemFlag flag) const { return (system & static_cast<std::uint8_t>(flag)) != 0; }
  void set(SystemFlag flag) {
    system = static_cast<std::uint8_t>(system | static_cast<std::uint8_t>(flag));
  }
  bool operator==(const FlagList&) const = default;
};

inline constexpr std::size_t kMaxKeywordOctets = 100;
inline constexpr std::size_t kMaxKeywords = 100;  // in one command

// The system flag of that name (any case), or nullopt.
std::optional<SystemFlag> system_flag(std::string_view name);
std::string_view flag_name(SystemFlag flag);  // "\Seen"

// Whether the text can be a keyword: an atom of at most kMaxKeywordOctets.
bool is_keyword(std::string_view text);

// `(\Seen $Forwarded)`, with \Recent first where asked; keywords that are no atoms are left out.
void append_flag_list(std::string& out, std::uint8_t system,
                      const std::vector<std::string>& keywords, bool recent = false);

}  // namespace restante::imap
