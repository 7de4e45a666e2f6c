#include "storage/flag_log.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace restante::storage {
namespace {

constexpr std::size_t kChanges = 2048;  // of all mailboxes

UidSet ascending_and_disjoint(UidSet uids) {
  std::ranges::sort(uids, {}, &UidRange::first);
  UidSet merged;
  for (const UidRange& range : uids) {
    if (!merged.empty() && range.first <= merged.back().last)
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  return merged;
}

}  // namespace

void FlagLog::add(std::vector<FlagsTouched> changes) {
  const std::scoped_lock lock(mutex_);
  std::ranges::move(changes, std::back_inserter(changes_));
  while (changes_.size() > kChanges) changes_.pop_front();
}

std::optional<UidSet> FlagLog::touched(MailboxId mailbox, ModSeq since, ModSeq changed) const {
  UidSet uids;
  const std::scoped_lock lock(mutex_);
  for (const FlagsTouched& change : changes_ | std::views::reverse) {
    if (change.mailbox != mailbox || change.after > changed) continue;
    if (change.after != changed) return std::nullopt;
    uids.insert(uids.end(), change.uids.begin(), change.uids.end());
    changed = change.before;
    if (changed <= since) return ascending_and_disjoint(std::move(uids));
  }
  return std::nullopt;
}

}  // namespace restante::storage
