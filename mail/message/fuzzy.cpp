// Words that are nearly the same. See fuzzy.h.
#include "mail/message/fuzzy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "mail/message/words.h"

namespace restante::message {
namespace {

constexpr std::size_t kLongest = 20;           // letters of a word with typos
constexpr std::size_t kShortestWithTypo = 6;   // letters
constexpr std::size_t kShortestWithTypos = 9;  // letters
constexpr std::size_t kShortestInside = 3;     // letters

using Letters = std::array<char32_t, kLongest + 2>;

// The letters of a word; more than fit: 0.
std::size_t letters_of(std::string_view word, Letters& letters) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < word.size();) {
    const Utf8Character next = character_at(word, at);
    if (count == letters.size()) return 0;
    letters[count++] = next.code;
    at += next.length;
  }
  return count;
}

// The number of letters changed, added or removed between two words.
std::size_t distance(const Letters& left, std::size_t left_size, const Letters& right,
                     std::size_t right_size) {
  using Row = std::array<std::size_t, kLongest + 3>;
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= right_size; ++j) last[j] = j;
  for (std::size_t i = 1; i <= left_size; ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right_size; ++j) {
      const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
    }
    last = row;
  }
  return last[right_size];
}

// How many letters stand in one of the words only, at the least; quick.
std::size_t different_letters(const Letters& left, std::size_t left_size, const Letters& right,
                              std::size_t right_size) {
  std::uint64_t left_bits = 0;
  std::uint64_t right_bits = 0;
  for (std::size_t i = 0; i < left_size; ++i) left_bits |= std::uint64_t{1} << (left[i] % 64);
  for (std::size_t i = 0; i < right_size; ++i) right_bits |= std::uint64_t{1} << (right[i] % 64);
  return static_cast<std::size_t>(std::popcount(left_bits ^ right_bits));
}

unsigned typo_similarity(std::string_view wanted, std::string_view word) {
  Letters left{};
  Letters right{};
  const std::size_t left_size = letters_of(wanted, left);
  const std::size_t permitted = permitted_typos(left_size);
  if (permitted == 0) return 0;
  const std::size_t right_size = letters_of(word, right);
  if (right_size == 0 || right_size + permitted < left_size || left_size + permitted < right_size)
    return 0;
  // Each typo takes at most two letters away and brings two.
  if (different_letters(left, left_size, right, right_size) > 2 * permitted) return 0;
  const std::size_t typos = distance(left, left_size, right, right_size);
  if (typos > permitted) return 0;
  return typos == 1 ? 60 : 45;
}

// Visits the words of a folded text: runs of letters or of ideographs, without diacritics.
template <class Visit>
void each_word(std::string_view folded, Visit&& visit) {
  for (std::size_t at = 0; at < folded.size();) {
    const Run run = run_at(folded, at);
    const std::string_view text = folded.substr(run.begin, run.end - run.begin);
    at = run.end;
    if (run.script == Script::Separator) continue;
    const bool ascii =
        std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii)
      visit(text);
    else
      visit(std::string_view(base_letters(text)));
  }
}

}  // namespace

std::size_t permitted_typos(std::size_t letters) {
  if (letters < kShortestWithTypo || letters > kLongest) return 0;
  return letters < kShortestWithTypos ? 1 : 2;
}

unsigned similarity(std::string_view wanted, std::string_view word) {
  if (word == wanted) return 100;
  if (wanted.size() >= kShortestInside) {
    const std::size_t place = word.find(wanted);
    if (place != std::string_view::npos) return place == 0 ? 90 : 75;
  }
  return typo_similarity(wanted, word);
}

FuzzyNeedle::FuzzyNeedle(std::string_view needle) {
  each_word(needle, [this](std::string_view word) {
    if (!word.empty() && words_.size() < kMostWords) words_.emplace_back(word);
  });
}

void FuzzyNeedle::Match::look_at(std::string_view folded) {
  each_word(folded.substr(0, kMostOctets), [this](std::string_view word) {
    for (std::size_t i = 0; i < best_.size(); ++i)
      if (best_[i] < 100) best_[i] = std::max(best_[i], similarity(needle_.words_[i], word));
  });
}

unsigned FuzzyNeedle::Match::score() const {
  if (best_.empty()) return 100;
  unsigned sum = 0;
  for (const unsigned best : best_) {
    if (best == 0) return 0;
    sum += best;
  }
  return std::max(1U, sum / static_cast<unsigned>(best_.size()));
}

}  // namespace restante::message
