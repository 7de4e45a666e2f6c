// Names of flags. See flags.h.
#include "mail/imap/flags.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mail/imap/octets.h"

namespace restante::imap {

namespace {

constexpr std::array<std::pair<SystemFlag, std::string_view>, 5> kNames{{
    {SystemFlag::Answered, "\\Answered"},
    {SystemFlag::Flagged, "\\Flagged"},
    {SystemFlag::Deleted, "\\Deleted"},
    {SystemFlag::Seen, "\\Seen"},
    {SystemFlag::Draft, "\\Draft"},
}};

}  // namespace

std::optional<SystemFlag> system_flag(std::string_view name) {
  for (const auto& [flag, known] : kNames)
    if (equals(name, known)) return flag;
  return std::nullopt;
}

std::string_view flag_name(SystemFlag flag) {
  for (const auto& [known, name] : kNames)
    if (known == flag) return name;
  return {};
}

bool is_keyword(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKeywordOctets &&
         std::all_of(text.begin(), text.end(), is_atom_char);
}

void append_flag_list(std::string& out, std::uint8_t system,
                      const std::vector<std::string>& keywords, bool recent) {
  out += '(';
  const auto add = [&out](std::string_view name) {
    if (out.back() != '(') out += ' ';
    out += name;
  };
  if (recent) add("\\Recent");
  for (const auto& [flag, name] : kNames)
    if ((system & static_cast<std::uint8_t>(flag)) != 0) add(name);
  for (const std::string& keyword : keywords)
    if (is_keyword(keyword)) add(keyword);
  out += ')';
}

}  // namespace restante::imap
