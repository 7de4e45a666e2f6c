// Modified UTF-7 (RFC 3501 s5.1.3), INBOX, and what names may be. See mailbox_name.h.
#include "mail/imap/mailbox_name.h"

#include <array>
#include <cstdint>
#include <vector>

#include "mail/imap/octets.h"
#include "mail/message/charset.h"

namespace restante::imap {

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto kValues = make_values();

bool is_direct(std::uint32_t code) {
  return code >= 0x20 && code <= 0x7e;
}

// Takes one code point from valid UTF-8.
std::uint32_t take_utf8(std::string_view& text) {
  const auto octet = [&text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  std::uint32_t code = octet(0);
  std::size_t length = 1;
  if (code >= 0xf0) {
    code &= 0x07;
    length = 4;
  } else if (code >= 0xe0) {
    code &= 0x0f;
    length = 3;
  } else if (code >= 0xc0) {
    code &= 0x1f;
    length = 2;
  }
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (octet(i) & 0x3f);
  text.remove_prefix(length);
  return code;
}

// The base64 between `&` and `-` as UTF-16 units appended as UTF-8; false: not canonical.
bool decode_shift(std::string_view base64, std::string& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::uint32_t high = 0;  // a high surrogate that waits for its low one
  for (const char c : base64) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const std::uint32_t unit = (bits >> count) & 0xffff;
    bits &= (1U << count) - 1;
    if (high != 0) {
      if (unit < 0xdc00 || unit > 0xdfff) return false;
      message::append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      high = 0;
    } else if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
    } else if ((unit >= 0xdc00 && unit <= 0xdfff) || is_direct(unit) || unit == 0) {
      return false;
    } else {
      message::append_utf8(out, unit);
    }
  }
  return high == 0 && count < 6 && bits == 0;
}

void encode_shift(std::string& out, const std::vector<std::uint16_t>& units) {
  out += '&';
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint16_t unit : units) {
    bits = (bits << 16) | unit;
    count += 16;
    while (count >= 6) {
      count -= 6;
      out += kBase64[(bits >> count) & 0x3f];
    }
    bits &= (1U << count) - 1;
  }
  if (count > 0) out += kBase64[(bits << (6 - count)) & 0x3f];
  out += '-';
}

}  // namespace

std::optional<std::string> decode_modified_utf7(std::string_view name) {
  std::string out;
  std::size_t after_shift = std::string_view::npos;  // where a base64 run ended
  for (std::size_t i = 0; i < name.size();) {
    const char c = name[i];
    if (!is_direct(static_cast<unsigned char>(c))) return std::nullopt;
    if (c != '&') {
      out += c;
      ++i;
      continue;
    }
    const std::size_t end = name.find('-', i);
    if (end == std::string_view::npos) return std::nullopt;
    if (end == i + 1) {
      out += '&';
    } else {
      // "&AOQ-&APY-": adjacent runs must have been one.
      if (after_shift == i || !decode_shift(name.substr(i + 1, end - i - 1), out))
        return std::nullopt;
      after_shift = end + 1;
    }
    i = end + 1;
  }
  return out;
}

std::string encode_modified_utf7(std::string_view utf8) {
  std::string out;
  std::vector<std::uint16_t> units;
  const auto flush = [&] {
    if (!units.empty()) encode_shift(out, units);
    units.clear();
  };
  const std::string repaired = message::is_utf8(utf8) ? std::string() : message::guess_utf8(utf8);
  std::string_view rest = repaired.empty() ? utf8 : std::string_view(repaired);
  while (!rest.empty()) {
    const std::uint32_t code = take_utf8(rest);
    if (is_direct(code)) {
      flush();
      out += static_cast<char>(code);
      if (code == '&') out += '-';
    } else if (code < 0x10000) {
      units.push_back(static_cast<std::uint16_t>(code));
    } else {
      units.push_back(static_cast<std::uint16_t>(0xd800 + ((code - 0x10000) >> 10)));
      units.push_back(static_cast<std::uint16_t>(0xdc00 + ((code - 0x10000) & 0x3ff)));
    }
  }
  flush();
  return out;
}

std::string canonical_mailbox_name(std::string_view utf8) {
  std::string name(utf8);
  const std::string_view level = utf8.substr(0, utf8.find(kSeparator));
  if (equals(level, "INBOX")) name.replace(0, level.size(), "INBOX");
  return name;
}

std::optional<std::string> decode_mailbox_name(std::string_view written, bool utf8) {
  if (utf8) {
    if (!message::is_utf8(written) || written.find('\0') != std::string_view::npos)
      return std::nullopt;
    return canonical_mailbox_name(written);
  }
  const auto decoded = decode_modified_utf7(written);
  if (!decoded) return std::nullopt;
  return canonical_mailbox_name(*decoded);
}

Result<void> check_new_mailbox_name(std::string_view utf8) {
  if (utf8.empty()) return fail(ErrorKind::Invalid, "empty mailbox name");
  if (utf8.size() > kMaxMailboxNameOctets) return fail(ErrorKind::Invalid, "mailbox name too long");
  if (!message::is_utf8(utf8)) return fail(ErrorKind::Invalid, "mailbox name is not UTF-8");
  std::size_t depth = 0;
  for (std::string_view rest = utf8;;) {
    const std::size_t end = rest.find(kSeparator);
    const std::string_view level = rest.substr(0, end);
    if (level.empty()) return fail(ErrorKind::Invalid, "empty level in mailbox name");
    if (level == "." || level == "..") return fail(ErrorKind::Invalid, "level is a dot name");
    if (++depth > kMaxMailboxDepth) return fail(ErrorKind::Invalid, "mailbox name too deep");
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  for (std::string_view rest = utf8; !rest.empty();) {
    const std::uint32_t code = take_utf8(rest);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029)
      return fail(ErrorKind::Invalid, "control character in mailbox name");
    if (code == '*' || code == '%') return fail(ErrorKind::Invalid, "wildcard in mailbox name");
  }
  return {};
}

}  // namespace restante::imap
