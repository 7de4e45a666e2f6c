// Which messages the latest changes of flags touched: a session that is told of a change finds it
// here instead of looking at every message of the mailbox. Only a memory of what COMMITs said; what
// it does not know is found in the tables. Safe on any thread.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/types.h"

namespace restante::storage {

// One change: mailbox.changed_modseq went from before to after; no message outside uids was
// touched.
struct FlagsTouched {
  MailboxId mailbox;
  ModSeq before;
  ModSeq after;
  UidSet uids;
};

class FlagLog {
 public:
  // Changes of too many ranges are not worth keeping: whoever asks then looks at the tables.
  static constexpr std::size_t kRanges = 64;  // of one change

  // Takes in what one COMMIT changed, after it.
  void add(std::vector<FlagsTouched> changes);
  // The messages whose flags may have changed after since, where the mailbox is now at changed;
  // nullopt where something in between is not known, such as the change of another process.
  std::optional<UidSet> touched(MailboxId mailbox, ModSeq since, ModSeq changed) const;

 private:
  mutable std::mutex mutex_;
  std::deque<FlagsTouched> changes_;  // the newest last
};

}  // namespace restante::storage
