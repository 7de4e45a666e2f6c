#include "server/session/imap/change_watch.h"

#include <algorithm>
#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <mutex>

namespace restante::session {
namespace {

constexpr std::size_t kMostAnnotations = 1000;  // changes that wait to be told

bool holds(const std::vector<MailboxId>& mailboxes, MailboxId mailbox) {
  return mailbox && std::ranges::find(mailboxes, mailbox) != mailboxes.end();
}

// Private and shared entries are never in one change.
bool is_private(const storage::ChangeNotice::Annotations& change) {
  return !change.entries.empty() && change.entries.front().starts_with("/private/");
}

}  // namespace

struct ChangeWatch::Shared {
  struct Annotated {
    AccountId account;
    storage::ChangeNotice::Annotations change;
  };

  Shared(asio::any_io_executor of_session, net::Connection& to_wake)
      : executor(std::move(of_session)), connection(&to_wake) {}

  // Whether something must be told to the client.
  bool note_annotations(const storage::ChangeNotice& notice, MailboxId only) {
    if (notice.annotations.empty() || !collecting) return false;
    const std::scoped_lock lock(mutex);
    bool noted = false;
    for (const auto& change : notice.annotations) {
      // Of another account only what is shared, and only where the mailbox is selected.
      if (only && (change.mailbox != only || is_private(change))) continue;
      if (annotated.size() >= kMostAnnotations) break;
      annotated.push_back(Annotated{notice.account, change});
      noted = true;
    }
    return noted;
  }

  static void wake(const std::shared_ptr<Shared>& shared) {
    if (!shared->waiting || shared->posted.exchange(true)) return;
    asio::post(shared->executor, [shared] {
      shared->posted = false;
      if (shared->connection != nullptr) shared->connection->wake();
    });
  }

  asio::any_io_executor executor;
  net::Connection* connection;  // touched on executor only; null after the session
  std::atomic<std::uint64_t> mailbox = 0;
  std::atomic<bool> mailbox_changed = false;
  std::atomic<bool> access_changed = false;
  std::atomic<bool> account_changed = false;
  std::atomic<bool> any_changed = false;
  std::atomic<bool> wants_all = false;
  std::atomic<bool> collecting = false;
  std::atomic<bool> waiting = false;
  std::atomic<bool> posted = false;  // one wake under way is enough

  std::mutex mutex;
  std::vector<Annotated> annotated;
};

// of_account: of the session's own account; else of the owner of the selected mailbox.
storage::Watcher ChangeWatch::watcher(std::shared_ptr<Shared> shared, bool of_account) {
  return [shared = std::move(shared), of_account](const storage::ChangeNotice& notice) {
    if (of_account) shared->account_changed = true;
    const bool wanted = of_account && shared->wants_all;
    if (wanted) shared->any_changed = true;
    const MailboxId selected(shared->mailbox);
    bool tell = shared->note_annotations(notice, of_account ? MailboxId() : selected);
    if (holds(notice.access, selected)) shared->access_changed = true;
    if (holds(notice.mailboxes, selected)) {
      shared->mailbox_changed = true;
      tell = true;
    }
    if (tell || wanted) Shared::wake(shared);
  };
}

ChangeWatch::ChangeWatch(storage::Store& store, AccountId account, net::Connection& connection)
    : store_(store),
      account_(account),
      shared_(std::make_shared<Shared>(connection.executor(), connection)) {
  subscription_ = store_.watch(account_, watcher(shared_, true));
}

ChangeWatch::~ChangeWatch() {
  subscription_.reset();
  owner_subscription_.reset();
  shared_->connection = nullptr;
}

void ChangeWatch::select(MailboxId mailbox, AccountId owner) {
  owner_subscription_.reset();
  shared_->mailbox = mailbox.value();
  shared_->mailbox_changed = false;
  shared_->access_changed = false;
  if (owner && owner != account_)
    owner_subscription_ = store_.watch(owner, watcher(shared_, false));
}

void ChangeWatch::set_waiting(bool waiting) {
  shared_->waiting = waiting;
}

void ChangeWatch::set_wants_all(bool wants_all) {
  shared_->wants_all = wants_all;
}

bool ChangeWatch::take_any_changed() {
  return shared_->any_changed.exchange(false);
}

bool ChangeWatch::waiting() const {
  return shared_->waiting;
}

bool ChangeWatch::take_mailbox_changed() {
  return shared_->mailbox_changed.exchange(false);
}

void ChangeWatch::mark_mailbox_changed() {
  shared_->mailbox_changed = true;
}

bool ChangeWatch::take_access_changed() {
  return shared_->access_changed.exchange(false);
}

void ChangeWatch::mark_access_changed() {
  shared_->access_changed = true;
}

bool ChangeWatch::take_account_changed() {
  return shared_->account_changed.exchange(false);
}

void ChangeWatch::collect_annotations() {
  shared_->collecting = true;
}

bool ChangeWatch::has_annotations() const {
  if (!shared_->collecting) return false;
  const std::scoped_lock lock(shared_->mutex);
  return !shared_->annotated.empty();
}

std::vector<storage::ChangeNotice::Annotations> ChangeWatch::take_annotations() {
  const std::scoped_lock lock(shared_->mutex);
  std::vector<storage::ChangeNotice::Annotations> changes;
  for (Shared::Annotated& each : shared_->annotated) changes.push_back(std::move(each.change));
  shared_->annotated.clear();
  return changes;
}

void ChangeWatch::forget_annotations(const storage::ChangedAccounts& changes) {
  const std::scoped_lock lock(shared_->mutex);
  std::erase_if(shared_->annotated, [&](const Shared::Annotated& each) {
    return std::ranges::find(changes, std::pair(each.account, each.change.modseq)) != changes.end();
  });
}

}  // namespace restante::session
