// What a session has asked to be told by NOTIFY (RFC 5465) and what it has been told: a few numbers
// and the name of each mailbox that is watched. A value of one session; what is now is read on a
// reader thread and compared here.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/command.h"
#include "server/session/imap/mailbox_filter.h"
#include "storage/mailbox_name.h"

namespace restante::session {

// All that an account may know of, at one moment.
struct NotifySnapshot {
  FilterContext context;
  std::vector<MailboxAccess> visible;
};

// Errors: those of reader.
Result<NotifySnapshot> read_notify_snapshot(storage::Reader& reader, AccountId account,
                                            MailboxId selected);

// How a session writes its notifications.
struct NotifyStyle {
  bool utf8 = false;
};

class NotifyState {
 public:
  static constexpr std::size_t kMostMailboxes = 1000;
  static constexpr std::size_t kMostOwn = 100;

  // command: its groups; none is NOTIFY NONE.
  explicit NotifyState(imap::Notify command) : command_(std::move(command)) {}

  // The group of the selected mailbox; null: nothing of it is to be told.
  const imap::NotifyGroup* selected() const;
  bool delays_expunges() const;
  // Whether anything but the selected mailbox counts.
  bool watches_others() const;

  // Takes the present state as known; appends LIST \NoAccess and, where asked for, STATUS (s3.1).
  // False where more mailboxes are watched than can be.
  bool begin(const NotifySnapshot& now, const NotifyStyle& style, std::string& out);
  // Appends what has changed since. False as above: the caller says NOTIFICATIONOVERFLOW (s5.8).
  bool compare(const NotifySnapshot& now, const NotifyStyle& style, std::string& out);

  // The session itself creates, deletes, renames or subscribes this: not told of at the next
  // comparison (s5). What is too much to remember is told of like anybody's.
  void add_own(std::string name) {
    if (own_.size() < kMostOwn && name.size() <= storage::kMailboxNameOctets)
      own_.push_back(std::move(name));
  }

 private:
  struct Known {
    std::string name;
    std::uint8_t events = 0;
    bool no_access = false;
    UidValidity uid_validity;
    Uid uid_next;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
  };
  struct Names;

  std::uint8_t events_of(const MailboxAccess& mailbox, const FilterContext& context) const;
  bool covers_name(std::string_view name, const NotifySnapshot& now, imap::NotifyEvent event) const;
  Known known_of(const MailboxAccess& mailbox, std::uint8_t events) const;
  bool is_own(std::string_view name) const;
  void compare_names(const NotifySnapshot& now, Names& names);
  void compare_subscriptions(const NotifySnapshot& now, Names& names);
  void compare_mailbox(const MailboxAccess& mailbox, const FilterContext& context,
                       const NotifyStyle& style, std::string& out);
  void remember(const NotifySnapshot& now);

  imap::Notify command_;
  std::map<MailboxId, Known> known_;
  std::vector<MailboxId> existing_;   // ascending; where MailboxName counts
  std::set<std::string> subscribed_;  // where SubscriptionChange counts
  std::vector<std::string> own_;
};

}  // namespace restante::session
