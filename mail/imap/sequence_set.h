// Sequence sets (RFC 9051 s9 sequence-set) as values: bounded, 32-bit checked, never expanded
// beyond what exists. `$`, the last search result, is put in its place by with_saved(). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"

namespace restante::imap {

inline constexpr std::uint32_t kStar = 0;  // `*`: the largest number in use

// Inclusive; in a parsed set either end may be kStar and first may be above last.
struct SequenceRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const SequenceRange&) const = default;
};

class SequenceSet {
 public:
  SequenceSet() = default;
  explicit SequenceSet(std::vector<SequenceRange> ranges) : ranges_(std::move(ranges)) {}

  // Reads a whole sequence-set of at most limit ranges. Errors: Invalid.
  static Result<SequenceSet> parse(std::string_view text, std::size_t limit = 10'000);

  const std::vector<SequenceRange>& ranges() const { return ranges_; }
  // Whether `$` stands in it (RFC 9051 s6.4.4.1).
  bool has_saved() const { return saved_; }
  // The same set with these ranges where `$` stands.
  SequenceSet with_saved(const std::vector<SequenceRange>& saved) const;
  bool has_star() const;
  // The largest number named, leaving `*` aside.
  std::uint32_t largest_named() const;
  // Whether it names a number that cannot exist among 1..largest, or `*` where there is nothing:
  // a command with such message sequence numbers is BAD (RFC 9051 s9 seq-number).
  bool exceeds(std::uint32_t largest) const;

  // Ascending, disjoint ranges within 1..largest; `*` is largest. largest 0: nothing.
  // Of uids, largest is the uid of the last message: `3291:*` holds it even below 3291.
  std::vector<SequenceRange> resolve(std::uint32_t largest) const;
  // Whether number is in the set, `*` being largest.
  bool contains(std::uint32_t number, std::uint32_t largest) const;
  // Those of the ascending numbers that are in the set, each once, `*` being the last of them.
  std::vector<std::uint32_t> select(std::span<const std::uint32_t> ascending) const;

  bool operator==(const SequenceSet&) const = default;

 private:
  std::vector<SequenceRange> ranges_;
  bool saved_ = false;
};

// Whether number is in ascending, disjoint ranges (what resolve() gives); logarithmic.
bool contains(const std::vector<SequenceRange>& resolved, std::uint32_t number);

// Ascending numbers as ascending, disjoint ranges.
std::vector<SequenceRange> ranges_of(std::span<const std::uint32_t> ascending);

// Ascending, disjoint ranges together with, or without, ascending numbers.
std::vector<SequenceRange> with(const std::vector<SequenceRange>& ranges,
                                std::span<const std::uint32_t> ascending);
std::vector<SequenceRange> without(const std::vector<SequenceRange>& ranges,
                                   std::span<const std::uint32_t> ascending);

// Ascending numbers as the shortest sequence-set ("1:3,7"); empty for none.
std::string format_sequence_set(std::span<const std::uint32_t> ascending);
// Ascending ranges as a sequence-set ("1:3,7").
std::string format_sequence_set(std::span<const SequenceRange> ranges);

}  // namespace restante::imap
