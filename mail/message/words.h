// Where words begin and end, for search: pure, on valid UTF-8, character by character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::message {

enum class Script : std::uint8_t {
  Separator,
  Letter,    // words are runs of them
  Ideograph  // scripts without blanks
};

Script script_of(char32_t character);

struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 1;
};

// The character of valid UTF-8 at a position; a stray octet is a character by itself.
Utf8Character character_at(std::string_view text, std::size_t at);

// A run of characters of one script: octets [begin, end) of the text.
struct Run {
  Script script = Script::Separator;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The run that begins at a position of the text.
Run run_at(std::string_view text, std::size_t begin);

// The text without diacritics, character by character (searched_text.h).
std::string base_letters(std::string_view folded);

}  // namespace restante::message
