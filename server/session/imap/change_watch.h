// What tells a session that its account or its selected mailbox was changed, also by itself. The
// session's side is used on its executor only; the store calls from threads of its own.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "server/net/connection.h"
#include "storage/store.h"

namespace restante::session {

class ChangeWatch {
 public:
  // connection is woken (while set_waiting) and must outlive the watch.
  ChangeWatch(storage::Store& store, AccountId account, net::Connection& connection);
  ~ChangeWatch();
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  // Which mailbox counts from now on, and whose it is; none where 0. Call before reading the
  // mailbox's state.
  void select(MailboxId mailbox, AccountId owner);
  // Whether a change of the mailbox has to wake the connection (IDLE).
  void set_waiting(bool waiting);
  bool waiting() const;
  // Whether every change of the account counts as one to wake for (NOTIFY).
  void set_wants_all(bool wants_all);
  // Whether anything was changed since the last call, for NOTIFY.
  bool take_any_changed();
  // Whether the selected mailbox was changed since the last call.
  bool take_mailbox_changed();
  void mark_mailbox_changed();
  // Whether rights in the selected mailbox were changed since the last call.
  bool take_access_changed();
  void mark_access_changed();
  // Whether anything of the account was changed since the last call.
  bool take_account_changed();

  // Annotations are collected from now on (RFC 5464 s4.1).
  void collect_annotations();
  bool has_annotations() const;
  // What was changed since the last call; beyond a bound what came last is left out.
  std::vector<storage::ChangeNotice::Annotations> take_annotations();
  // These changes are the session's own.
  void forget_annotations(const storage::ChangedAccounts& changes);

 private:
  struct Shared;
  static storage::Watcher watcher(std::shared_ptr<Shared> shared, bool of_account);

  storage::Store& store_;
  AccountId account_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<storage::Subscription> subscription_;
  std::unique_ptr<storage::Subscription> owner_subscription_;  // where another's is selected
};

}  // namespace restante::session
