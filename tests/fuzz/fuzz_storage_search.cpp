// Fuzz target: a needle (up to the first empty line) and texts (behind it, split at empty lines).
// What the words of the index answer must hold every text in which a scan finds the needle.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/charset.h"
#include "mail/message/searched_text.h"
#include "storage/search_words.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante;
using namespace restante::storage;
using restante::fuzz::require;

// Whether the grams that lead from a piece to words lead to this word.
bool is_led_to(const NeedlePiece& piece, const std::string& word) {
  const std::string wanted = grams_of(piece.text);
  const std::string there = ' ' + grams_of(word);
  for (std::size_t at = 0; at < wanted.size();) {
    const std::size_t end = wanted.find(' ', at);
    if (there.find(' ' + wanted.substr(at, end - at) + ' ') == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

bool may_hold(const MessageWords& words, const std::vector<NeedlePiece>& pieces) {
  return !words.complete() || std::ranges::all_of(pieces, [&](const NeedlePiece& piece) {
    bool fitting = false;
    words.each_word([&](const std::string& word) {
      fitting = fitting || (fits(piece, word) && is_led_to(piece, word));
    });
    return fitting;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string needle;
  for (bool first = true; first || !input.empty(); first = false) {
    const std::size_t split = input.find("\n\n");
    const std::string text = message::fold(input.substr(0, split));
    input = split == std::string_view::npos ? std::string_view() : input.substr(split + 2);
    require(message::is_utf8(text));
    if (first) {
      needle = text;
      continue;
    }
    MessageWords words;
    words.add(WordField::Body, text);
    if (text.find(needle) != std::string::npos) require(may_hold(words, pieces_of(needle)));
    // Any part of the text is found as well.
    const std::size_t begin = message::utf8_boundary(text, text.size() / 3);
    const std::size_t end = message::utf8_boundary(text, begin + (text.size() - begin) / 2);
    require(may_hold(words, pieces_of(std::string_view(text).substr(begin, end - begin))));
  }
  return 0;
}
