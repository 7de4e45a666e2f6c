// Forgiving comparison of texts for SEARCH=FUZZY (RFC 6203): words in any order, diacritics
// ignored, small typos tolerated. Pure, bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace restante::message {

// How many letters of a wanted word may be wrong, missing or too many: none below 6 letters or
// above 20, one below 9, else two.
std::size_t permitted_typos(std::size_t letters);

// How well a word of a text is a wanted one, both without diacritics: 100 the same, 90 begins with
// it, 75 holds it, 60 and 45 with one and two typos, 0 is another one. Words of less than three
// letters are not looked for inside others.
unsigned similarity(std::string_view wanted, std::string_view word);

// A needle taken apart.
class FuzzyNeedle {
 public:
  static constexpr std::size_t kMostWords = 16;  // further ones are not looked for
  static constexpr std::size_t kMostOctets = std::size_t{1} << 20U;

  // needle: folded (searched_text.h).
  explicit FuzzyNeedle(std::string_view needle);

  // Without diacritics.
  const std::vector<std::string>& words() const { return words_; }

  // The best similarity of each wanted word in a folded text, added to what texts before it gave.
  class Match {
   public:
    explicit Match(const FuzzyNeedle& needle) : needle_(needle), best_(needle.words_.size(), 0) {}
    // Looks at the first kMostOctets of a text.
    void look_at(std::string_view folded);
    // 1 to 100; 0 where some word is in none of the texts.
    unsigned score() const;

   private:
    const FuzzyNeedle& needle_;
    std::vector<unsigned> best_;
  };

 private:
  std::vector<std::string> words_;
};

}  // namespace restante::message
