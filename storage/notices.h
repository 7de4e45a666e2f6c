// Who watches which account, and what one COMMIT changed. WatchRegistry is safe on any thread;
// ChangeSet belongs to the writer thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "storage/flag_log.h"
#include "storage/store.h"

namespace restante::storage {

// What a job, or a group of jobs, changed.
class ChangeSet {
 public:
  void touch(AccountId account, ModSeq modseq, MailboxId mailbox);
  void touch_access(AccountId account, ModSeq modseq, MailboxId mailbox);
  void touch_annotations(AccountId account, ModSeq modseq, MailboxId mailbox,
                         std::vector<std::string> entries);
  // For the FlagLog.
  void touch_flags(FlagsTouched change) { flags_.push_back(std::move(change)); }
  void merge(const ChangeSet& other);
  void clear() {
    accounts_.clear();
    flags_.clear();
  }
  const std::vector<FlagsTouched>& flags() const { return flags_; }
  std::vector<ChangeNotice> notices() const;  // one an account

 private:
  struct Touched {
    ModSeq modseq;
    std::set<MailboxId> mailboxes;
    std::set<MailboxId> access;
    std::vector<ChangeNotice::Annotations> annotations;
  };
  std::map<AccountId, Touched> accounts_;
  std::vector<FlagsTouched> flags_;  // in the order of the jobs
};

class WatchRegistry : public std::enable_shared_from_this<WatchRegistry> {
 public:
  // The watch ends when the subscription is destroyed: waits for a call of the watcher that is
  // under way on another thread; inside the watcher itself it does not wait.
  std::unique_ptr<Subscription> watch(AccountId account, Watcher watcher);
  void notify(const ChangeNotice& notice);

 private:
  struct Watch {
    explicit Watch(Watcher to_call) : watcher(std::move(to_call)) {}
    std::recursive_mutex mutex;  // held during a call
    bool alive = true;
    Watcher watcher;
  };
  class Handle;
  void remove(AccountId account, const std::shared_ptr<Watch>& watch);

  std::mutex mutex_;
  std::unordered_map<AccountId, std::vector<std::shared_ptr<Watch>>> watches_;
};

}  // namespace restante::storage
