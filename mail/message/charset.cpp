// Charset conversion: UTF-8, ASCII and windows-1252 by hand (nearly all mail), the rest through
// ICU.
#include "mail/message/charset.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace restante::message {
namespace {

constexpr std::size_t kLongestName = 60;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// windows-1252, 0x80 to 0x9f; 0 has no character.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

// Names that mail uses for what is in practice a superset of it, and names ICU does not know.
struct Alias {
  std::string_view name, icu;
};
constexpr std::array kAliases = {Alias{"gb2312", "gb18030"},
                                 Alias{"gb_2312-80", "gb18030"},
                                 Alias{"gbk", "gb18030"},
                                 Alias{"x-gbk", "gb18030"},
                                 Alias{"euc-kr", "windows-949"},
                                 Alias{"ks_c_5601-1987", "windows-949"},
                                 Alias{"cp949", "windows-949"},
                                 Alias{"iso-8859-8-i", "iso-8859-8"},
                                 Alias{"iso-8859-8-e", "iso-8859-8"},
                                 Alias{"tis-620", "windows-874"},
                                 Alias{"x-sjis", "shift_jis"},
                                 Alias{"x-mac-roman", "macintosh"},
                                 Alias{"unicode-1-1-utf-7", "utf-7"}};

enum class Family { Utf8, Guess, Windows1252, Icu };

struct Charset {
  Family family = Family::Guess;
  std::string icu;  // ICU's name where family is Icu
};

// Number of ASCII octets at the start.
std::size_t ascii_run(std::string_view octets) {
  std::size_t i = 0;
  for (; i + 8 <= octets.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, octets.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (i < octets.size() && static_cast<unsigned char>(octets[i]) < 0x80) ++i;
  return i;
}

struct Sequence {
  std::size_t length;  // octets to take (of an invalid one: its maximal valid prefix, at least 1)
  bool valid;
};

// The UTF-8 sequence at the start of octets, which is not empty (Unicode, table 3-7).
Sequence utf8_sequence(std::string_view octets) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(octets[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return {1, true};
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= octets.size() || at(i) < low || at(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

std::string from_utf8(std::string_view octets, std::size_t limit) {
  std::string out;
  out.reserve(std::min(octets.size(), limit));
  while (!octets.empty()) {
    const std::size_t plain = std::min(ascii_run(octets), limit - out.size());
    out.append(octets.substr(0, plain));
    octets.remove_prefix(plain);
    if (octets.empty()) break;
    const Sequence sequence = utf8_sequence(octets);
    const std::string_view piece =
        sequence.valid ? octets.substr(0, sequence.length) : kReplacement;
    if (out.size() + piece.size() > limit) break;
    out.append(piece);
    octets.remove_prefix(sequence.length);
  }
  return out;
}

std::string from_windows_1252(std::string_view octets, std::size_t limit) {
  std::string out;
  out.reserve(std::min(octets.size() + octets.size() / 8, limit));
  std::string character;
  for (const char octet : octets) {
    const auto c = static_cast<unsigned char>(octet);
    if (c < 0x80) {
      if (out.size() >= limit) break;
      out.push_back(octet);
      continue;
    }
    char32_t code = c;
    if (c < 0xa0) code = kWindows1252[c - 0x80U] == 0 ? 0xfffd : kWindows1252[c - 0x80U];
    character.clear();
    append_utf8(character, code);
    if (out.size() + character.size() > limit) break;
    out.append(character);
  }
  return out;
}

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

std::string from_icu(std::string_view octets, const std::string& name, std::size_t limit) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(name.c_str(), &error));
  if (U_FAILURE(error) != 0) return from_windows_1252(octets, limit);
  std::string out;
  std::array<UChar, 1024> buffer;
  const char* source = octets.data();
  const char* const source_end = octets.data() + octets.size();
  char16_t lead = 0;  // of a surrogate pair cut by the buffer
  std::string character;
  for (;;) {
    UChar* target = buffer.data();
    error = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &target, buffer.data() + buffer.size(), &source, source_end,
                   nullptr, 1, &error);
    for (const UChar* unit = buffer.data(); unit < target; ++unit) {
      char32_t code = *unit;
      if (*unit >= 0xd800 && *unit <= 0xdbff) {
        lead = *unit;
        continue;
      }
      if (*unit >= 0xdc00 && *unit <= 0xdfff) {
        code = lead == 0 ? 0xfffdU : 0x10000U + ((lead - 0xd800U) << 10) + (*unit - 0xdc00U);
      }
      lead = 0;
      character.clear();
      append_utf8(character, code);
      if (out.size() + character.size() > limit) return out;
      out.append(character);
    }
    if (error != U_BUFFER_OVERFLOW_ERROR) return out;
  }
}

bool is_windows_1252(std::string_view name) {
  constexpr std::array kNames = {
      "iso-8859-1", "windows-1252", "latin1", "cp1252", "iso8859-1",
      "iso_8859-1", "l1",           "cp819",  "x-ansi", "iso-8859-1-windows-3.1-latin-1"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Charset find_charset(std::string_view written) {
  while (!written.empty() &&
         (written.front() == ' ' || written.front() == '"' || written.front() == '\'')) {
    written.remove_prefix(1);
  }
  while (!written.empty() &&
         (written.back() == ' ' || written.back() == '"' || written.back() == '\'')) {
    written.remove_suffix(1);
  }
  if (written.empty() || written.size() > kLongestName) return {};
  std::string name;
  for (char c : written) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                         c == '.' || c == ':' || c == '(' || c == ')';
    if (!allowed) return {};
    name.push_back(c);
  }
  if (name == "utf-8" || name == "utf8") return {Family::Utf8, {}};
  if (name == "us-ascii" || name == "ascii" || name == "ansi_x3.4-1968") return {};
  if (is_windows_1252(name)) return {Family::Windows1252, {}};
  for (const Alias& alias : kAliases) {
    if (alias.name == name) name = alias.icu;
  }
  UErrorCode error = U_ZERO_ERROR;
  if (ucnv_countAliases(name.c_str(), &error) == 0 || U_FAILURE(error) != 0) return {};
  return {Family::Icu, std::move(name)};
}

std::string guess(std::string_view octets, std::size_t limit) {
  return is_utf8(octets) ? from_utf8(octets, limit) : from_windows_1252(octets, limit);
}

}  // namespace

void append_utf8(std::string& out, char32_t character) {
  const bool valid = character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
  const char32_t c = valid ? character : 0xfffd;
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

bool is_known_charset(std::string_view charset) {
  if (find_charset(charset).family != Family::Guess) return true;
  std::string lower(charset.substr(0, kLongestName));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower == "us-ascii" || lower == "ascii";
}

std::string to_utf8(std::string_view octets, std::string_view charset, std::size_t limit) {
  const Charset found = find_charset(charset);
  switch (found.family) {
    case Family::Utf8:
      return from_utf8(octets, limit);
    case Family::Windows1252:
      return from_windows_1252(octets, limit);
    case Family::Icu:
      return from_icu(octets, found.icu, limit);
    case Family::Guess:
      break;
  }
  return guess(octets, limit);
}

std::string guess_utf8(std::string_view octets) {
  return guess(octets, kNoLimit);
}

bool is_ascii(std::string_view octets) {
  return ascii_run(octets) == octets.size();
}

bool is_utf8(std::string_view octets) {
  for (;;) {
    octets.remove_prefix(ascii_run(octets));
    if (octets.empty()) return true;
    const Sequence sequence = utf8_sequence(octets);
    if (!sequence.valid) return false;
    octets.remove_prefix(sequence.length);
  }
}

std::size_t utf8_boundary(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  std::size_t back = 0;
  while (at > 0 && back < 3 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) {
    --at;
    ++back;
  }
  return at;
}

}  // namespace restante::message
