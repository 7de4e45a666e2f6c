// What a terminal must never be sent, as one predicate for all tests of output.
#pragma once

#include <cstdint>
#include <string_view>

#include "mail/message/charset.h"

// Valid UTF-8 without C0 (but LF and TAB), DEL, C1 and characters that reorder text; escape
// sequences of our own colours must be absent too (tests run without colour).
inline bool is_safe_for_terminal(std::string_view text) {
  if (!restante::message::is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    std::uint32_t c = lead < 0x80 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    }
    i += length;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    const bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                      c == 0x200f || c == 0x061c;
    if (control || bidi) return false;
  }
  return true;
}
