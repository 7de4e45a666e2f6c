// Checking mailbox names octet by octet.
#include "storage/mailbox_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace restante::storage {

namespace {

bool is_inbox(std::string_view level) {
  constexpr std::string_view kInbox = "inbox";
  return std::ranges::equal(level, kInbox, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

// Decodes one character of valid UTF-8 (RFC 3629 s4) and moves on; nullopt where it is not valid.
std::optional<std::uint32_t> next_character(std::string_view& rest) {
  const auto octet = [&](std::size_t position) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(rest[position]));
  };
  const std::uint32_t lead = octet(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || rest.size() < length) return std::nullopt;
  std::uint32_t value = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0U) != 0x80U) return std::nullopt;
    value = (value << 6U) | (octet(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return std::nullopt;
  rest.remove_prefix(length);
  return value;
}

// RFC 9051 s5.1: no controls (RFC 5198: neither C0, C1 nor the line separators), no wildcards.
bool allowed(std::uint32_t character) {
  if (character < 0x20 || (character >= 0x7f && character < 0xa0)) return false;
  return character != 0x2028 && character != 0x2029 && character != '*' && character != '%';
}

Result<void> check_level(std::string_view level) {
  if (level.empty()) return fail(ErrorKind::Invalid, "mailbox name has an empty level");
  if (level == "." || level == "..")
    return fail(ErrorKind::Invalid, "mailbox name has a level \".\" or \"..\"");
  return {};
}

}  // namespace

std::string canonical_mailbox_name(std::string_view name) {
  std::string result(name);
  const std::string_view first = name.substr(0, name.find('/'));
  if (is_inbox(first)) result.replace(0, first.size(), "INBOX");
  return result;
}

Result<std::string> valid_mailbox_name(std::string_view name) {
  if (name.empty()) return fail(ErrorKind::Invalid, "mailbox name is empty");
  if (name.size() > kMailboxNameOctets)
    return fail(ErrorKind::Invalid,
                fmt::format("mailbox name is longer than {} octets", kMailboxNameOctets));
  for (std::string_view rest = name; !rest.empty();) {
    const auto character = next_character(rest);
    if (!character) return fail(ErrorKind::Invalid, "mailbox name is not valid UTF-8");
    if (!allowed(*character))
      return fail(ErrorKind::Invalid, "mailbox name has a control character, \"*\" or \"%\"");
  }
  std::size_t levels = 0;
  for (std::size_t begin = 0; begin <= name.size(); ++levels) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    Result<void> level = check_level(name.substr(begin, end - begin));
    if (!level) return std::unexpected(level.error());
    begin = end + 1;
  }
  if (levels > kMailboxNameLevels)
    return fail(ErrorKind::Invalid,
                fmt::format("mailbox name has more than {} levels", kMailboxNameLevels));
  return canonical_mailbox_name(name);
}

std::vector<std::string> superior_names(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1))
    names.emplace_back(name.substr(0, slash));
  return names;
}

}  // namespace restante::storage
