#include "mail/message/casemap.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace restante::message {

namespace {

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

// Field 5 of UnicodeData.txt says nothing of Hangul syllables: they stay whole.
constexpr bool is_hangul_syllable(UChar32 character) {
  return character >= 0xac00 && character <= 0xd7a3;
}

void append_character(std::string& out, UChar32 character, const icu::Normalizer2* normalizer) {
  const UChar32 title = u_totitle(character);
  icu::UnicodeString decomposed;
  if (normalizer == nullptr || is_hangul_syllable(title) ||
      normalizer->getDecomposition(title, decomposed) == 0) {
    append_utf8(out, static_cast<char32_t>(title));
    return;
  }
  for (int32_t at = 0; at < decomposed.length(); at = decomposed.moveIndex32(at, 1))
    append_utf8(out, static_cast<char32_t>(decomposed.char32At(at)));
}

// Valid UTF-8 only.
std::string mapped(std::string_view utf8, std::size_t limit) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) normalizer = nullptr;
  std::string out;
  out.reserve(std::min(utf8.size(), limit));
  std::size_t at = 0;
  while (at < utf8.size() && out.size() < limit) {
    if (static_cast<unsigned char>(utf8[at]) < 0x80) {
      out.push_back(upper(utf8[at++]));
      continue;
    }
    std::size_t end = at + 1;
    while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xc0) == 0x80) ++end;
    UChar32 character = 0;
    int32_t position = 0;
    U8_NEXT_UNSAFE(utf8.data() + at, position, character);
    append_character(out, character, normalizer);
    at = end;
  }
  if (out.size() > limit) out.resize(utf8_boundary(out, limit));
  return out;
}

}  // namespace

std::string casemap(std::string_view utf8, std::size_t limit) {
  return is_utf8(utf8) ? mapped(utf8, limit) : mapped(guess_utf8(utf8), limit);
}

}  // namespace restante::message
