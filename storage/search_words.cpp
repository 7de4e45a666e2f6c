// Splitting folded text into words. See search_words.h.
#include "storage/search_words.h"

#include <algorithm>
#include <array>

#include "mail/message/fuzzy.h"
#include "mail/message/searched_text.h"
#include "mail/message/words.h"

namespace restante::storage {

namespace {

using message::character_at;
using message::Run;
using message::run_at;
using message::Script;

// Longer runs of letters are kept as overlapping windows, so that the vocabulary stays bounded.
constexpr std::size_t kWindow = 40;         // characters
constexpr std::size_t kStep = kWindow / 2;  // any kStep characters stand in one window
constexpr std::size_t kMostPieces = 8;
constexpr std::size_t kShortestGram = 3;    // characters
constexpr std::size_t kShortestPrefix = 2;  // characters; shorter ones match too much

constexpr std::array kFields = {WordField::Subject, WordField::From,   WordField::To,
                                WordField::Cc,      WordField::Header, WordField::Body};

unsigned bit_of(WordField field) {
  const auto place = std::ranges::find(kFields, field) - kFields.begin();
  return 1U << static_cast<unsigned>(place);
}

// Where each character of text begins, and its end.
std::vector<std::size_t> boundaries_of(std::string_view text) {
  std::vector<std::size_t> boundaries;
  for (std::size_t at = 0; at < text.size(); at += character_at(text, at).length)
    boundaries.push_back(at);
  boundaries.push_back(text.size());
  return boundaries;
}

std::string_view part_of(std::string_view text, const std::vector<std::size_t>& boundaries,
                         std::size_t first, std::size_t count) {
  return text.substr(boundaries[first], boundaries[first + count] - boundaries[first]);
}

// The words that a run of letters is kept as.
template <class Visit>
void each_letter_word(std::string_view run, Visit&& visit) {
  if (run.size() <= kWindow) return visit(run);
  const std::vector<std::size_t> boundaries = boundaries_of(run);
  const std::size_t size = boundaries.size() - 1;
  std::size_t first = 0;
  for (; first + kWindow < size; first += kStep) visit(part_of(run, boundaries, first, kWindow));
  const std::size_t last = size > kWindow ? size - kWindow : 0;
  visit(part_of(run, boundaries, last, size - last));
}

// Each pair of neighbours, and the last one alone: so whatever stands in the run begins a word.
template <class Visit>
void each_ideograph_word(std::string_view run, Visit&& visit) {
  for (std::size_t at = 0; at < run.size();) {
    const std::size_t length = character_at(run, at).length;
    const std::size_t next = at + length;
    visit(run.substr(at, next < run.size() ? length + character_at(run, next).length : length));
    at = next;
  }
}

NeedlePiece letter_piece(std::string_view run, bool open_left, bool open_right) {
  using Kind = NeedlePiece::Kind;
  const std::vector<std::size_t> boundaries = boundaries_of(run);
  const std::size_t size = boundaries.size() - 1;
  const bool whole = !open_left && !open_right;
  if (size > (whole ? kWindow : kStep))  // it may stand in windows
    return {Kind::Infix, std::string(part_of(run, boundaries, 0, kStep))};
  const Kind kind = whole       ? Kind::Exact
                    : open_left ? (open_right ? Kind::Infix : Kind::Suffix)
                                : Kind::Prefix;
  return {kind, std::string(run)};
}

bool is_useful(const NeedlePiece& piece) {
  switch (piece.kind) {
    case NeedlePiece::Kind::Exact:
      return true;
    case NeedlePiece::Kind::Prefix:
      return piece.text.size() >= kShortestPrefix;
    default:
      return !grams_of(piece.text).empty();
  }
}

void add_ideograph_pieces(std::string_view run, bool open_right, std::vector<NeedlePiece>& pieces) {
  using Kind = NeedlePiece::Kind;
  std::size_t count = 0;
  each_ideograph_word(run, [&](std::string_view word) {
    ++count;
    const bool last = word.data() + word.size() == run.data() + run.size() &&
                      character_at(word, 0).length == word.size();
    if (!last || !open_right)
      pieces.push_back({Kind::Exact, std::string(word)});
    else if (count == 1)
      pieces.push_back({Kind::Prefix, std::string(word)});
  });
}

}  // namespace

void MessageWords::note(std::string_view word, unsigned field) {
  const auto place = words_.find(word);
  if (place != words_.end())
    place->second = static_cast<std::uint8_t>(place->second | field);
  else
    words_.emplace(word, static_cast<std::uint8_t>(field));
}

void MessageWords::add(WordField field, std::string_view folded) {
  const unsigned bit = bit_of(field);
  const auto visit = [&](std::string_view word) { note(word, bit); };
  for (std::size_t at = 0; at < folded.size() && complete();) {
    const Run run = run_at(folded, at);
    const std::string_view text = folded.substr(run.begin, run.end - run.begin);
    if (run.script == Script::Letter) each_letter_word(text, visit);
    if (run.script == Script::Ideograph) each_ideograph_word(text, visit);
    at = run.end;
  }
}

std::string MessageWords::terms() const {
  std::string terms;
  for (const auto& [word, fields] : words_) {
    for (const WordField field : kFields) {
      if ((fields & bit_of(field)) == 0) continue;
      terms += static_cast<char>(field);
      terms += word;
      terms += ' ';
    }
  }
  return terms;
}

MessageWords words_of(std::string_view octets, const message::Index& index) {
  MessageWords words;
  words.add(WordField::Subject, message::searched_subject(index));
  if (!index.messages.empty()) {
    const message::Envelope& envelope = index.messages[0].envelope;
    words.add(WordField::From, message::searched_addresses(envelope.from));
    words.add(WordField::To, message::searched_addresses(envelope.to));
    words.add(WordField::Cc, message::searched_addresses(envelope.cc));
    words.add(WordField::Header, message::searched_addresses(envelope.bcc));
  }
  words.add(WordField::Header, message::searched_header(octets, index));
  words.add(WordField::Body, message::searched_body(octets, index));
  return words;
}

std::vector<NeedlePiece> pieces_of(std::string_view needle) {
  std::vector<NeedlePiece> pieces;
  for (std::size_t at = 0; at < needle.size();) {
    const Run run = run_at(needle, at);
    const std::string_view text = needle.substr(run.begin, run.end - run.begin);
    const bool open_right = run.end == needle.size();
    if (run.script == Script::Letter)
      pieces.push_back(letter_piece(text, run.begin == 0, open_right));
    if (run.script == Script::Ideograph) add_ideograph_pieces(text, open_right, pieces);
    at = run.end;
  }
  std::erase_if(pieces, [](const NeedlePiece& piece) { return !is_useful(piece); });
  std::ranges::stable_sort(pieces, [](const NeedlePiece& left, const NeedlePiece& right) {
    return left.text.size() > right.text.size();
  });
  const auto repeated = std::ranges::unique(pieces);
  pieces.erase(repeated.begin(), repeated.end());
  if (pieces.size() > kMostPieces) pieces.resize(kMostPieces);
  return pieces;
}

bool fits(const NeedlePiece& piece, std::string_view word) {
  switch (piece.kind) {
    case NeedlePiece::Kind::Exact:
      return word == piece.text;
    case NeedlePiece::Kind::Prefix:
      return word.starts_with(piece.text);
    case NeedlePiece::Kind::Suffix:
      return word.ends_with(piece.text);
    case NeedlePiece::Kind::Infix:
      return word.find(piece.text) != std::string_view::npos;
  }
  return false;
}

std::vector<std::string> similar_parts_of(std::string_view wanted) {
  const std::vector<std::size_t> boundaries = boundaries_of(wanted);
  const std::size_t size = boundaries.size() - 1;
  const std::size_t count = message::permitted_typos(size) + 1;
  if (count == 1) {  // it may stand in windows
    return {std::string(part_of(wanted, boundaries, 0, std::min(size, kStep)))};
  }
  std::vector<std::string> parts;
  for (std::size_t part = 0; part < count; ++part) {
    const std::size_t first = size * part / count;
    parts.emplace_back(part_of(wanted, boundaries, first, size * (part + 1) / count - first));
  }
  return parts;
}

std::string grams_of(std::string_view word) {
  const std::string letters = message::base_letters(word);
  const std::vector<std::size_t> boundaries = boundaries_of(letters);
  std::string grams;
  for (std::size_t first = 0; first + kShortestGram < boundaries.size(); ++first) {
    grams += part_of(letters, boundaries, first, kShortestGram);
    grams += ' ';
  }
  return grams;
}

}  // namespace restante::storage
