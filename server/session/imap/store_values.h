// Values of the protocol as values of the store and back.
#pragma once

#include <utility>

#include "mail/imap/command.h"
#include "storage/types.h"

namespace restante::session {

inline storage::Flags flags_of(const imap::FlagList& list) {
  storage::Flags flags;
  flags.system = list.system;
  flags.keywords = list.keywords;
  return flags;
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
