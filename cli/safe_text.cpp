// Decodes UTF-8 one character at a time and decides for each whether a terminal may see it.
#include "cli/safe_text.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <cstdint>
#include <iterator>

namespace restante::cli {
namespace {

struct Character {
  char32_t value = 0;
  std::size_t length = 1;
  bool valid = false;
};

// The character at position (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
Character decode(std::string_view text, std::size_t position) {
  const auto lead = static_cast<unsigned char>(text[position]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - position < length) return {lead, 1, false};
  char32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[position + i]);
    if ((next & 0xc0U) != 0x80U) return {lead, 1, false};
    value = (value << 6) | (next & 0x3fU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return {lead, 1, false};
  }
  return {value, length, true};
}

// Controls that reorder text (CVE-2021-42574) and the line separators.
bool reorders(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
         c == 0x200f || c == 0x061c || c == 0x2028 || c == 0x2029 || (c >= 0x206a && c <= 0x206f) ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

// Characters that take no space: in a name or subject they serve to deceive.
bool hides(char32_t c) {
  return (c >= 0x200b && c <= 0x200d) || (c >= 0x2060 && c <= 0x2065) || c == 0xfeff ||
         c == 0x00ad || c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x180e || c == 0x3164 ||
         c == 0xffa0;
}

enum class Form { Text, Line, Field };

void append_picture(std::string& out, char32_t control) {
  out += '\xe2';  // U+2400 + control
  out += '\x90';
  out += static_cast<char>(0x80 + control);
}

void append_octets(std::string& out, std::string_view octets) {
  for (const char octet : octets) {
    fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(octet));
  }
}

void append_control(std::string& out, char32_t c, Form form) {
  if (form == Form::Text && (c == '\n' || c == '\t')) {
    out += static_cast<char>(c);
  } else if (form == Form::Field && (c == '\n' || c == '\t')) {
    out += c == '\n' ? "\\n" : "\\t";
  } else if (form == Form::Field) {
    fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned>(c));
  } else {
    append_picture(out, c);
  }
}

std::string filter(std::string_view text, Form form) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    const Character character = decode(text, i);
    const std::string_view octets = text.substr(i, character.length);
    const char32_t c = character.value;
    i += character.length;
    if (!character.valid) {
      append_octets(out, octets);
    } else if (form == Form::Text && c == '\r' && i < text.size() && text[i] == '\n') {
      continue;  // the LF follows
    } else if (c < 0x20) {
      append_control(out, c, form);
    } else if (c >= 0x7f && c < 0xa0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned>(c));
    } else if (form == Form::Field && c == '\\') {
      out += "\\\\";
    } else if (reorders(c) || (form != Form::Text && hides(c))) {
      fmt::format_to(std::back_inserter(out), "<U+{:04X}>", static_cast<std::uint32_t>(c));
    } else {
      out += octets;
    }
  }
  return out;
}

std::size_t width_of(char32_t c) {
  if (c >= 0x20 && c < 0x7f) return 1;
  const auto point = static_cast<UChar32>(c);
  const int type = u_charType(point);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int east_asian = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
  return east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

std::string safe_text(std::string_view foreign) {
  return filter(foreign, Form::Text);
}

std::string safe_line(std::string_view foreign) {
  return filter(foreign, Form::Line);
}

std::string safe_field(std::string_view foreign) {
  return filter(foreign, Form::Field);
}

std::string valid_utf8(std::string_view foreign, bool& lossy) {
  std::string out;
  out.reserve(foreign.size());
  for (std::size_t i = 0; i < foreign.size();) {
    const Character character = decode(foreign, i);
    if (character.valid) {
      out += foreign.substr(i, character.length);
    } else {
      out += "\xef\xbf\xbd";
      lossy = true;
    }
    i += character.length;
  }
  return out;
}

std::size_t display_width(std::string_view safe) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < safe.size();) {
    const Character character = decode(safe, i);
    width += width_of(character.value);
    i += character.length;
  }
  return width;
}

std::string fit_width(std::string_view safe, std::size_t width) {
  if (display_width(safe) <= width) return std::string(safe);
  if (width == 0) return {};
  std::size_t used = 0;
  std::size_t end = 0;
  while (end < safe.size()) {
    const Character character = decode(safe, end);
    const std::size_t next = width_of(character.value);
    if (used + next > width - 1) break;
    used += next;
    end += character.length;
  }
  return std::string(safe.substr(0, end)) + "\xe2\x80\xa6";
}

}  // namespace restante::cli
