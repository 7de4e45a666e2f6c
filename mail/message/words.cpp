// Scripts and runs. See words.h.
#include "mail/message/words.h"

#include <algorithm>
#include <array>

#include "mail/message/charset.h"
#include "mail/message/searched_text.h"

namespace restante::message {
namespace {

struct CharacterRange {
  char32_t first;
  char32_t last;
  Script script;
};

// Beyond ASCII; what is not named is a letter.
constexpr std::array kScripts = {
    CharacterRange{0x80, 0xbf, Script::Separator},
    CharacterRange{0xd7, 0xd7, Script::Separator},
    CharacterRange{0xf7, 0xf7, Script::Separator},
    CharacterRange{0x0e00, 0x0eff, Script::Ideograph},  // Thai, Lao
    CharacterRange{0x1000, 0x109f, Script::Ideograph},  // Myanmar
    CharacterRange{0x1780, 0x17ff, Script::Ideograph},  // Khmer
    CharacterRange{0x2000, 0x206f, Script::Separator},  // general punctuation
    CharacterRange{0x20a0, 0x20cf, Script::Separator},  // currency
    CharacterRange{0x2190, 0x2bff, Script::Separator},  // arrows, symbols
    CharacterRange{0x2e00, 0x2e7f, Script::Separator},
    CharacterRange{0x2e80, 0x2fff, Script::Ideograph},
    CharacterRange{0x3000, 0x303f, Script::Separator},
    CharacterRange{0x3040, 0xa4cf, Script::Ideograph},  // kana, CJK, Yi
    CharacterRange{0xac00, 0xd7a3, Script::Ideograph},  // Hangul
    CharacterRange{0xf900, 0xfaff, Script::Ideograph},  // CJK
    CharacterRange{0xfff0, 0xffff, Script::Separator},
    CharacterRange{0x1f000, 0x1faff, Script::Ideograph},  // emoji
    CharacterRange{0x20000, 0x3ffff, Script::Ideograph},  // CJK
};

}  // namespace

Script script_of(char32_t c) {
  if (c < 0x80) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    return letter ? Script::Letter : Script::Separator;
  }
  const auto after = std::ranges::upper_bound(kScripts, c, {}, &CharacterRange::first);
  if (after == kScripts.begin()) return Script::Letter;
  const CharacterRange& range = *(after - 1);
  return c <= range.last ? range.script : Script::Letter;
}

Utf8Character character_at(std::string_view text, std::size_t at) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = octet(at);
  const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) return {first, 1};
  char32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = (code << 6U) | (octet(at + i) & 0x3fU);
  return {code, length};
}

Run run_at(std::string_view text, std::size_t begin) {
  Run run{Script::Separator, begin, begin};
  while (run.end < text.size()) {
    const Utf8Character next = character_at(text, run.end);
    const Script script = script_of(next.code);
    if (run.end == begin)
      run.script = script;
    else if (script != run.script)
      break;
    run.end += next.length;
  }
  return run;
}

std::string base_letters(std::string_view folded) {
  std::string letters;
  for (std::size_t at = 0; at < folded.size();) {
    const Utf8Character next = character_at(folded, at);
    const char32_t base = base_letter(next.code);
    const bool letter = base == 0 || script_of(base) != Script::Separator;
    if (base != 0) append_utf8(letters, letter ? base : next.code);
    at += next.length;
  }
  return letters;
}

}  // namespace restante::message
