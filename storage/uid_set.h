// Sets of uids as ascending, disjoint ranges. Pure values; time linear in the ranges.
#pragma once

#include <cstdint>

#include "storage/types.h"

namespace restante::storage {

// Appends uids above all of the set, joining them to its last range where they follow it.
void append(UidSet& set, Uid first, Uid last);
inline void append(UidSet& set, Uid uid) {
  append(set, uid, uid);
}

bool contains(const UidSet& set, Uid uid);
// How many uids the ranges hold.
std::uint64_t count(const UidSet& set);

// Ranges in any order and overlapping, as a set.
UidSet normalized(UidSet ranges);
UidSet united(const UidSet& a, const UidSet& b);
UidSet intersected(const UidSet& a, const UidSet& b);
// Those of a that are not in b.
UidSet without(const UidSet& a, const UidSet& b);

// Takes at most limit uids off the front of the set.
UidSet take_front(UidSet& set, std::uint32_t limit);

}  // namespace restante::storage
