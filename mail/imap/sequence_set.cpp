// Sequence sets: reading, and their place among what exists. See sequence_set.h.
#include "mail/imap/sequence_set.h"

#include <algorithm>
#include <optional>

namespace restante::imap {

namespace {

// Takes `*` or an nz-number (RFC 9051 s9: 32 bits, not 0) from the front of text.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    return kStar;
  }
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  std::uint64_t value = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    value = value * 10 + static_cast<std::uint64_t>(text[0] - '0');
    if (value > 0xffffffff) return std::nullopt;
    text.remove_prefix(1);
  }
  return static_cast<std::uint32_t>(value);
}

// Takes a number or a range from the front of text.
std::optional<SequenceRange> take_range(std::string_view& text) {
  const auto first = take_number(text);
  if (!first) return std::nullopt;
  if (!text.starts_with(':')) return SequenceRange{*first, *first};
  text.remove_prefix(1);
  const auto last = take_number(text);
  if (!last) return std::nullopt;
  return SequenceRange{*first, *last};
}

std::uint32_t place(std::uint32_t number, std::uint32_t largest) {
  return number == kStar ? largest : number;
}

SequenceRange placed(const SequenceRange& range, std::uint32_t largest) {
  const std::uint32_t one = place(range.first, largest);
  const std::uint32_t other = place(range.last, largest);
  return {std::min(one, other), std::max(one, other)};
}

void append_range(std::string& out, std::uint32_t first, std::uint32_t last) {
  if (!out.empty()) out += ',';
  out += std::to_string(first);
  if (last != first) out += ':' + std::to_string(last);
}

}  // namespace

Result<SequenceSet> SequenceSet::parse(std::string_view text, std::size_t limit) {
  SequenceSet set;
  for (;;) {
    if (set.ranges_.size() == limit)
      return fail(ErrorKind::Invalid, "too many ranges in sequence set");
    if (text.starts_with('$')) {
      set.saved_ = true;
      text.remove_prefix(1);
    } else {
      const auto range = take_range(text);
      if (!range) return fail(ErrorKind::Invalid, "invalid sequence set");
      set.ranges_.push_back(*range);
    }
    if (text.empty()) return set;
    if (text[0] != ',') return fail(ErrorKind::Invalid, "invalid sequence set");
    text.remove_prefix(1);
  }
}

SequenceSet SequenceSet::with_saved(const std::vector<SequenceRange>& saved) const {
  SequenceSet set(ranges_);
  if (saved_) set.ranges_.insert(set.ranges_.end(), saved.begin(), saved.end());
  return set;
}

bool SequenceSet::has_star() const {
  return std::any_of(ranges_.begin(), ranges_.end(), [](const SequenceRange& range) {
    return range.first == kStar || range.last == kStar;
  });
}

std::uint32_t SequenceSet::largest_named() const {
  std::uint32_t largest = 0;
  for (const SequenceRange& range : ranges_) largest = std::max({largest, range.first, range.last});
  return largest;
}

bool SequenceSet::exceeds(std::uint32_t largest) const {
  return largest_named() > largest || (largest == 0 && has_star());
}

std::vector<SequenceRange> SequenceSet::resolve(std::uint32_t largest) const {
  std::vector<SequenceRange> placed_ranges;
  if (largest == 0) return placed_ranges;
  for (const SequenceRange& range : ranges_) {
    SequenceRange real = placed(range, largest);
    if (real.first > largest) continue;
    real.last = std::min(real.last, largest);
    placed_ranges.push_back(real);
  }
  std::sort(placed_ranges.begin(), placed_ranges.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<SequenceRange> result;
  for (const SequenceRange& range : placed_ranges) {
    // Within 1..largest, last + 1 cannot overflow unless it is the very end.
    if (!result.empty() &&
        (range.first <= result.back().last || range.first - 1 == result.back().last)) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

bool SequenceSet::contains(std::uint32_t number, std::uint32_t largest) const {
  if (number == 0 || number > largest) return false;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const SequenceRange& range) {
    const SequenceRange real = placed(range, largest);
    return real.first <= number && number <= real.last;
  });
}

std::vector<std::uint32_t> SequenceSet::select(std::span<const std::uint32_t> ascending) const {
  std::vector<std::uint32_t> selected;
  if (ascending.empty()) return selected;
  auto at = ascending.begin();
  for (const SequenceRange& range : resolve(ascending.back())) {
    at = std::lower_bound(at, ascending.end(), range.first);
    for (; at != ascending.end() && *at <= range.last; ++at) selected.push_back(*at);
  }
  return selected;
}

bool contains(const std::vector<SequenceRange>& resolved, std::uint32_t number) {
  const auto after =
      std::upper_bound(resolved.begin(), resolved.end(), number,
                       [](std::uint32_t n, const SequenceRange& range) { return n < range.first; });
  return after != resolved.begin() && std::prev(after)->last >= number;
}

std::vector<SequenceRange> ranges_of(std::span<const std::uint32_t> ascending) {
  std::vector<SequenceRange> ranges;
  for (const std::uint32_t number : ascending) {
    if (!ranges.empty() && ranges.back().last + 1 == number) {
      ranges.back().last = number;
    } else {
      ranges.push_back(SequenceRange{number, number});
    }
  }
  return ranges;
}

std::vector<SequenceRange> with(const std::vector<SequenceRange>& ranges,
                                std::span<const std::uint32_t> ascending) {
  if (ascending.empty()) return ranges;
  std::vector<SequenceRange> all(ranges);
  const auto added = ranges_of(ascending);
  all.insert(all.end(), added.begin(), added.end());
  return SequenceSet(std::move(all)).resolve(0xffffffff);
}

std::vector<SequenceRange> without(const std::vector<SequenceRange>& ranges,
                                   std::span<const std::uint32_t> ascending) {
  std::vector<SequenceRange> left;
  auto next = ascending.begin();
  for (SequenceRange range : ranges) {
    next = std::lower_bound(next, ascending.end(), range.first);
    for (; next != ascending.end() && *next <= range.last; ++next) {
      if (range.first < *next) left.push_back(SequenceRange{range.first, *next - 1});
      range.first = *next + 1;
    }
    if (range.first <= range.last && range.first != 0) left.push_back(range);
  }
  return left;
}

std::string format_sequence_set(std::span<const SequenceRange> ranges) {
  std::string out;
  for (const SequenceRange& range : ranges) append_range(out, range.first, range.last);
  return out;
}

std::string format_sequence_set(std::span<const std::uint32_t> ascending) {
  std::string out;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t end = i + 1;
    while (end < ascending.size() && ascending[end] == ascending[end - 1] + 1) ++end;
    append_range(out, ascending[i], ascending[end - 1]);
    i = end;
  }
  return out;
}

}  // namespace restante::imap
