#include "storage/uid_set.h"

#include <algorithm>
#include <iterator>

namespace restante::storage {

void append(UidSet& set, Uid first, Uid last) {
  if (!set.empty() && set.back().last.value() + 1 == first.value()) {
    set.back().last = last;
  } else {
    set.push_back(UidRange{first, last});
  }
}

bool contains(const UidSet& set, Uid uid) {
  const auto after = std::ranges::upper_bound(set, uid, {}, &UidRange::first);
  return after != set.begin() && uid <= std::prev(after)->last;
}

std::uint64_t count(const UidSet& set) {
  std::uint64_t sum = 0;
  for (const UidRange& range : set) {
    sum += std::uint64_t{range.last.value()} - range.first.value() + 1;
  }
  return sum;
}

UidSet normalized(UidSet ranges) {
  std::ranges::sort(ranges, {}, &UidRange::first);
  UidSet set;
  for (const UidRange& range : ranges) {
    if (!set.empty() && range.first <= set.back().last) {
      set.back().last = std::max(set.back().last, range.last);
    } else {
      append(set, range.first, range.last);
    }
  }
  return set;
}

UidSet united(const UidSet& a, const UidSet& b) {
  if (a.empty()) return b;
  UidSet all = a;
  all.insert(all.end(), b.begin(), b.end());
  return normalized(std::move(all));
}

UidSet intersected(const UidSet& a, const UidSet& b) {
  UidSet both;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    const Uid first = std::max(left->first, right->first);
    const Uid last = std::min(left->last, right->last);
    if (first <= last) append(both, first, last);
    left->last < right->last ? ++left : ++right;
  }
  return both;
}

UidSet without(const UidSet& a, const UidSet& b) {
  UidSet left;
  auto gone = b.begin();
  for (UidRange range : a) {
    while (gone != b.end() && gone->last < range.first) ++gone;
    bool rest = true;
    for (auto cut = gone; cut != b.end() && cut->first <= range.last; ++cut) {
      if (range.first < cut->first) left.push_back({range.first, Uid(cut->first.value() - 1)});
      rest = cut->last < range.last;
      if (!rest) break;
      range.first = Uid(cut->last.value() + 1);
    }
    if (rest) left.push_back(range);
  }
  return left;
}

UidSet take_front(UidSet& set, std::uint32_t limit) {
  UidSet taken;
  std::size_t whole = 0;
  while (whole < set.size() && limit > 0) {
    UidRange& range = set[whole];
    const std::uint32_t size = range.last.value() - range.first.value();  // less one
    if (size < limit) {
      taken.push_back(range);
      limit -= size + 1;
      ++whole;
    } else {
      taken.push_back({range.first, Uid(range.first.value() + limit - 1)});
      range.first = Uid(range.first.value() + limit);
      limit = 0;
    }
  }
  set.erase(set.begin(), set.begin() + static_cast<std::ptrdiff_t>(whole));
  return taken;
}

}  // namespace restante::storage
