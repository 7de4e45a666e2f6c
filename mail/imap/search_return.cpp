// Picking results. See search_return.h.
#include "mail/imap/search_return.h"

#include <algorithm>

namespace restante::imap {

namespace {

// Places from..to, counted from 0, of count results; to is one past the last.
struct Window {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

Window window_of(const PartialRange& partial, std::uint64_t count) {
  const std::uint64_t low = std::min(partial.first, partial.last);
  const std::uint64_t high = std::min<std::uint64_t>(std::max(partial.first, partial.last), count);
  if (low > count) return {};
  if (partial.from_end) return {count - high, count - low + 1};
  return {low - 1, high};
}

}  // namespace

std::span<const std::uint32_t> part_of(std::span<const std::uint32_t> results,
                                       const PartialRange& partial) {
  const Window window = window_of(partial, results.size());
  return results.subspan(window.from, window.to - window.from);
}

std::vector<SequenceRange> part_of(const std::vector<SequenceRange>& ranges,
                                   const PartialRange& partial) {
  std::uint64_t count = 0;
  for (const SequenceRange& range : ranges) count += range.last - range.first + 1;
  const Window window = window_of(partial, count);
  std::vector<SequenceRange> part;
  std::uint64_t at = 0;  // the place of the range's first
  for (const SequenceRange& range : ranges) {
    const std::uint64_t end = at + (range.last - range.first + 1);
    const std::uint64_t from = std::max(at, window.from);
    const std::uint64_t to = std::min(end, window.to);
    if (from < to) {
      const auto number_at = [&](std::uint64_t place) {
        return range.first + static_cast<std::uint32_t>(place - at);
      };
      part.push_back(SequenceRange{number_at(from), number_at(to - 1)});
    }
    at = end;
  }
  return part;
}

std::vector<std::uint32_t> saved_of(std::span<const std::uint32_t> results,
                                    const SearchReturn& returns) {
  std::vector<std::uint32_t> saved;
  const bool some = returns.min || returns.max || returns.partial;
  if (!some || returns.all || returns.count) {
    saved.assign(results.begin(), results.end());
  } else if (!results.empty()) {
    if (returns.partial) {
      const auto part = part_of(results, *returns.partial);
      saved.assign(part.begin(), part.end());
    }
    if (returns.min) saved.push_back(results.front());
    if (returns.max) saved.push_back(results.back());
  }
  std::ranges::sort(saved);
  const auto repeated = std::ranges::unique(saved);
  saved.erase(repeated.begin(), repeated.end());
  return saved;
}

}  // namespace restante::imap
