// Collecting changes and telling the watchers.
#include "storage/notices.h"

#include <algorithm>

namespace restante::storage {

void ChangeSet::touch(AccountId account, ModSeq modseq, MailboxId mailbox) {
  Touched& touched = accounts_[account];
  touched.modseq = std::max(touched.modseq, modseq);
  if (mailbox) touched.mailboxes.insert(mailbox);
}

void ChangeSet::touch_access(AccountId account, ModSeq modseq, MailboxId mailbox) {
  touch(account, modseq, mailbox);
  accounts_[account].access.insert(mailbox);
}

void ChangeSet::touch_annotations(AccountId account, ModSeq modseq, MailboxId mailbox,
                                  std::vector<std::string> entries) {
  touch(account, modseq, MailboxId());
  accounts_[account].annotations.push_back({mailbox, modseq, std::move(entries)});
}

void ChangeSet::merge(const ChangeSet& other) {
  flags_.insert(flags_.end(), other.flags_.begin(), other.flags_.end());
  for (const auto& [account, from] : other.accounts_) {
    Touched& to = accounts_[account];
    to.modseq = std::max(to.modseq, from.modseq);
    to.mailboxes.insert(from.mailboxes.begin(), from.mailboxes.end());
    to.access.insert(from.access.begin(), from.access.end());
    to.annotations.insert(to.annotations.end(), from.annotations.begin(), from.annotations.end());
  }
}

std::vector<ChangeNotice> ChangeSet::notices() const {
  std::vector<ChangeNotice> notices;
  notices.reserve(accounts_.size());
  for (const auto& [account, touched] : accounts_)
    notices.push_back({account, touched.modseq,
                       std::vector<MailboxId>(touched.mailboxes.begin(), touched.mailboxes.end()),
                       std::vector<MailboxId>(touched.access.begin(), touched.access.end()),
                       touched.annotations});
  return notices;
}

class WatchRegistry::Handle : public Subscription {
 public:
  Handle(std::shared_ptr<WatchRegistry> registry, AccountId account, std::shared_ptr<Watch> watch)
      : registry_(std::move(registry)), account_(account), watch_(std::move(watch)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override {
    registry_->remove(account_, watch_);
    const std::scoped_lock lock(watch_->mutex);
    watch_->alive = false;
  }

 private:
  std::shared_ptr<WatchRegistry> registry_;
  AccountId account_;
  std::shared_ptr<Watch> watch_;
};

std::unique_ptr<Subscription> WatchRegistry::watch(AccountId account, Watcher watcher) {
  auto entry = std::make_shared<Watch>(std::move(watcher));
  {
    const std::scoped_lock lock(mutex_);
    watches_[account].push_back(entry);
  }
  return std::make_unique<Handle>(shared_from_this(), account, std::move(entry));
}

void WatchRegistry::remove(AccountId account, const std::shared_ptr<Watch>& watch) {
  const std::scoped_lock lock(mutex_);
  const auto found = watches_.find(account);
  if (found == watches_.end()) return;
  std::erase(found->second, watch);
  if (found->second.empty()) watches_.erase(found);
}

void WatchRegistry::notify(const ChangeNotice& notice) {
  std::vector<std::shared_ptr<Watch>> watches;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = watches_.find(notice.account);
    if (found == watches_.end()) return;
    watches = found->second;
  }
  for (const auto& watch : watches) {
    const std::scoped_lock lock(watch->mutex);
    if (watch->alive) watch->watcher(notice);
  }
}

}  // namespace restante::storage
