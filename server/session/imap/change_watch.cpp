#include "server/session/imap/change_watch.h"

#include <algorithm>
#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <atomic>

namespace restante::session {

struct ChangeWatch::Shared {
  Shared(asio::any_io_executor of_session, net::Connection& to_wake)
      : executor(std::move(of_session)), connection(&to_wake) {}
  asio::any_io_executor executor;
  net::Connection* connection;  // touched on executor only; null after the session
  std::atomic<std::uint64_t> mailbox = 0;
  std::atomic<bool> mailbox_changed = false;
  std::atomic<bool> account_changed = false;
  std::atomic<bool> any_changed = false;
  std::atomic<bool> wants_all = false;
  std::atomic<bool> waiting = false;
  std::atomic<bool> posted = false;  // one wake under way is enough
};

ChangeWatch::ChangeWatch(storage::Store& store, AccountId account, net::Connection& connection)
    : shared_(std::make_shared<Shared>(connection.executor(), connection)) {
  auto watcher = [shared = shared_](const storage::ChangeNotice& notice) {
    shared->account_changed = true;
    const MailboxId selected(shared->mailbox);
    const bool of_selected =
        selected && std::ranges::find(notice.mailboxes, selected) != notice.mailboxes.end();
    if (of_selected) shared->mailbox_changed = true;
    if (shared->wants_all) shared->any_changed = true;
    if (!of_selected && !shared->wants_all) return;
    if (!shared->waiting || shared->posted.exchange(true)) return;
    asio::post(shared->executor, [shared] {
      shared->posted = false;
      if (shared->connection != nullptr) shared->connection->wake();
    });
  };
  subscription_ = store.watch(account, std::move(watcher));
}

ChangeWatch::~ChangeWatch() {
  subscription_.reset();
  shared_->connection = nullptr;
}

void ChangeWatch::select(MailboxId mailbox) {
  shared_->mailbox = mailbox.value();
  shared_->mailbox_changed = false;
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

bool ChangeWatch::take_account_changed() {
  return shared_->account_changed.exchange(false);
}

}  // namespace restante::session
