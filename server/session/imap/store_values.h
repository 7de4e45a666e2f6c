// Values of the protocol as values of the store and back.
#pragma once

#include <utility>
#include <vector>

#include "mail/imap/command.h"
#include "storage/types.h"

namespace restante::session {

inline storage::Flags flags_of(const imap::FlagList& list) {
  storage::Flags flags;
  flags.system = list.system;
  flags.keywords = list.keywords;
  return flags;
}

inline std::vector<imap::SequenceRange> sequence_ranges(const storage::UidSet& uids) {
  std::vector<imap::SequenceRange> ranges;
  ranges.reserve(uids.size());
  for (const storage::UidRange& range : uids) {
    ranges.push_back(imap::SequenceRange{range.first.value(), range.last.value()});
  }
  return ranges;
}

inline storage::UidSet uid_set(const std::vector<imap::SequenceRange>& ranges) {
  storage::UidSet uids;
  uids.reserve(ranges.size());
  for (const imap::SequenceRange& range : ranges) {
    uids.push_back(storage::UidRange{Uid(range.first), Uid(range.last)});
  }
  return uids;
}

// Both list the uses of RFC 6154 in the same order.
inline imap::SpecialUse special_use_of(storage::SpecialUse use) {
  return static_cast<imap::SpecialUse>(use);
}
inline storage::SpecialUse special_use_of(imap::SpecialUse use) {
  return static_cast<storage::SpecialUse>(use);
}
static_assert(static_cast<int>(imap::SpecialUse::All) ==
              static_cast<int>(storage::SpecialUse::All));
static_assert(static_cast<int>(imap::SystemFlag::Draft) == static_cast<int>(storage::Flag::Draft));

}  // namespace restante::session
