// What the search index knows of a text: its words, and what a needle says about the words of a
// text that holds it (docs/schema.md, "The search index"). Pure values. Texts are folded
// (mail/message/searched_text.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mail/message/index.h"

namespace restante::storage {

// Where a word stands in a message; the values are the first octets of the index's terms.
enum class WordField : char {
  Subject = 's',
  From = 'f',
  To = 't',
  Cc = 'c',
  Header = 'h',  // all of the header, and what Bcc shows
  Body = 'b'
};

// The words of one message, each once for each field it stands in.
class MessageWords {
 public:
  // A message with more distinct words is not indexed: it is looked at by every search.
  static constexpr std::size_t kMostWords = 50'000;

  void add(WordField field, std::string_view folded);

  bool complete() const { return words_.size() <= kMostWords; }
  // The terms of the index, separated by blanks.
  std::string terms() const;
  // The words without their fields.
  template <class Visit>
  void each_word(Visit&& visit) const {
    for (const auto& [word, fields] : words_) visit(word);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  void note(std::string_view word, unsigned field);

  std::unordered_map<std::string, std::uint8_t, Hash, std::equal_to<>> words_;
};

// All words of a message. Time linear in its size.
MessageWords words_of(std::string_view octets, const message::Index& index);

// What must be true of a word of the text.
struct NeedlePiece {
  enum class Kind : std::uint8_t { Exact, Prefix, Suffix, Infix };
  Kind kind = Kind::Exact;
  std::string text;
  bool operator==(const NeedlePiece&) const = default;
};

// Every text that holds the folded needle has a word for each of the pieces. Those that narrow
// most, at most eight; empty where the index cannot help.
std::vector<NeedlePiece> pieces_of(std::string_view needle);

// Whether the word is what the piece asks for.
bool fits(const NeedlePiece& piece, std::string_view word);

// Every word that is similar (mail/message/fuzzy.h) to a wanted one holds one of these parts of it:
// the word itself where no typos are permitted, else one part more than typos.
std::vector<std::string> similar_parts_of(std::string_view wanted);

// The runs of three characters of message::base_letters(word), separated by blanks: a word that
// holds a text has all runs of it. Empty for less than three characters.
std::string grams_of(std::string_view word);

}  // namespace restante::storage
