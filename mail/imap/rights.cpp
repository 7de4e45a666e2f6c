#include "mail/imap/rights.h"

namespace restante::imap {

namespace {

constexpr std::uint16_t kCreate = 64 | 128;   // k x
constexpr std::uint16_t kDelete = 256 | 512;  // t e

}  // namespace

std::optional<std::uint16_t> parse_rights(std::string_view letters) {
  unsigned rights = 0;
  for (const char letter : letters) {
    const auto bit = kRightLetters.find(letter);
    if (letter == 'c')
      rights |= kCreate;
    else if (letter == 'd')
      rights |= kDelete;
    else if (bit != std::string_view::npos)
      rights |= 1U << bit;
    else
      return std::nullopt;
  }
  return static_cast<std::uint16_t>(rights);
}

std::string rights_text(std::uint16_t rights) {
  std::string text;
  for (std::size_t bit = 0; bit < kRightLetters.size(); ++bit) {
    if (kRightLetters[bit] == 'a') {
      if ((rights & kCreate) != 0) text += 'c';
      if ((rights & kDelete) != 0) text += 'd';
    }
    if (((rights >> bit) & 1U) != 0) text += kRightLetters[bit];
  }
  return text;
}

}  // namespace restante::imap
