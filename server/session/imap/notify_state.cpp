#include "server/session/imap/notify_state.h"

#include <algorithm>
#include <optional>

#include "mail/imap/writer.h"
#include "server/session/imap/mailbox_list.h"

namespace restante::session {
namespace {

using imap::NotifyEvent;
using Kind = imap::MailboxFilter::Kind;

constexpr char kSeparator = '/';

bool has(std::uint8_t events, NotifyEvent event) {
  return (events & static_cast<std::uint8_t>(event)) != 0;
}

std::string_view parent_of(std::string_view name) {
  const std::size_t end = name.rfind(kSeparator);
  return end == std::string_view::npos ? std::string_view() : name.substr(0, end);
}

bool is_below(std::string_view name, std::string_view top) {
  return name.size() > top.size() && name.starts_with(top) && name[top.size()] == kSeparator;
}

// What RFC 5465 s3.1 asks for of a mailbox when NOTIFY begins.
imap::StatusItems first_items(std::uint8_t events) {
  imap::StatusItems items;
  items.set(imap::StatusItem::Messages);
  items.set(imap::StatusItem::UidNext);
  items.set(imap::StatusItem::UidValidity);
  if (has(events, NotifyEvent::FlagChange)) items.set(imap::StatusItem::Unseen);
  return items;
}

void append_status_of(std::string& out, const MailboxAccess& mailbox, imap::StatusItems items,
                      bool utf8) {
  imap::StatusValues values;
  values.messages = mailbox.mailbox.messages;
  values.uid_next = mailbox.mailbox.uid_next.value();
  values.uid_validity = mailbox.mailbox.uid_validity.value();
  values.unseen = mailbox.mailbox.unseen;
  imap::append_status_response(out, mailbox.name, items, values, utf8);
}

}  // namespace

Result<NotifySnapshot> read_notify_snapshot(storage::Reader& reader, AccountId account,
                                            MailboxId selected) {
  auto context = read_filter_context(reader, account, selected);
  if (!context) return std::unexpected(context.error());
  auto visible = visible_mailboxes(reader, account);
  if (!visible) return std::unexpected(visible.error());
  return NotifySnapshot{std::move(*context), std::move(*visible)};
}

// The LIST responses of one comparison, each name once.
struct NotifyState::Names {
  Names(const NotifySnapshot& at, const NotifyStyle& with, std::string& to)
      : now(at), style(with), out(to) {}

  void tell(const std::string& name, std::string_view old_name = {}) {
    if (!told.insert(name).second) return;
    imap::ListEntry entry;
    entry.name = name;
    entry.non_existent = true;
    if (const auto found = tree().find(name)) entry = found->entry;
    entry.subscribed = now.context.subscribed.contains(name);
    entry.old_name = old_name;
    imap::append_list(out, entry, style.utf8);
  }

  MailboxList& tree() {
    if (!list) {
      std::vector<storage::Mailbox> mailboxes;
      for (const MailboxAccess& mailbox : now.visible) {
        mailboxes.push_back(mailbox.mailbox);
        mailboxes.back().name = mailbox.name;
      }
      list.emplace(std::move(mailboxes), std::vector<std::string>(now.context.subscribed.begin(),
                                                                  now.context.subscribed.end()));
    }
    return *list;
  }

  const NotifySnapshot& now;
  const NotifyStyle& style;
  std::string& out;
  std::optional<MailboxList> list;  // made where something is told
  std::set<std::string> told;
};

const imap::NotifyGroup* NotifyState::selected() const {
  for (const imap::NotifyGroup& group : command_.groups) {
    if (group.is_selected() && group.has(NotifyEvent::MessageNew)) return &group;
  }
  return nullptr;
}

bool NotifyState::delays_expunges() const {
  const imap::NotifyGroup* group = selected();
  return group != nullptr && group->filter.kind == Kind::SelectedDelayed;
}

bool NotifyState::watches_others() const {
  return std::ranges::any_of(command_.groups, [](const imap::NotifyGroup& group) {
    return !group.is_selected() && group.events != 0;
  });
}

std::uint8_t NotifyState::events_of(const MailboxAccess& mailbox,
                                    const FilterContext& context) const {
  unsigned events = 0;
  for (const imap::NotifyGroup& group : command_.groups) {
    if (!group.is_selected() && matches(group.filter, mailbox, context)) events |= group.events;
  }
  return static_cast<std::uint8_t>(events);
}

// Whether a name is covered for an event, also one that nothing has any more.
bool NotifyState::covers_name(std::string_view name, const NotifySnapshot& now,
                              NotifyEvent event) const {
  MailboxAccess mailbox;
  mailbox.mailbox.account = now.context.account;
  mailbox.name = name;
  return has(events_of(mailbox, now.context), event);
}

NotifyState::Known NotifyState::known_of(const MailboxAccess& mailbox, std::uint8_t events) const {
  Known known;
  known.name = mailbox.name;
  known.events = events;
  known.no_access = !mailbox.rights.has_all(storage::Right::Read);
  known.uid_validity = mailbox.mailbox.uid_validity;
  known.uid_next = mailbox.mailbox.uid_next;
  known.messages = mailbox.mailbox.messages;
  known.unseen = mailbox.mailbox.unseen;
  return known;
}

bool NotifyState::is_own(std::string_view name) const {
  return std::ranges::any_of(own_, [name](const std::string& own) {
    return own == name || is_below(own, name) || is_below(name, own);
  });
}

bool NotifyState::begin(const NotifySnapshot& now, const NotifyStyle& style, std::string& out) {
  Names names(now, style, out);
  for (const MailboxAccess& mailbox : now.visible) {
    const std::uint8_t events = events_of(mailbox, now.context);
    if (events == 0) continue;
    const Known& known = known_[mailbox.mailbox.id] = known_of(mailbox, events);
    if (known.no_access) {
      imap::ListEntry entry;
      if (const auto found = names.tree().find(mailbox.name)) entry = found->entry;
      entry.no_access = true;
      imap::append_list(out, entry, style.utf8);
    } else if (command_.status && has(events, NotifyEvent::MessageNew) &&
               mailbox.mailbox.id != now.context.selected) {
      append_status_of(out, mailbox, first_items(events), style.utf8);
    }
  }
  remember(now);
  return known_.size() <= kMostMailboxes;
}

void NotifyState::remember(const NotifySnapshot& now) {
  existing_.clear();
  for (const MailboxAccess& mailbox : now.visible) existing_.push_back(mailbox.mailbox.id);
  std::ranges::sort(existing_);
  subscribed_ = now.context.subscribed;
  own_.clear();
}

bool NotifyState::compare(const NotifySnapshot& now, const NotifyStyle& style, std::string& out) {
  Names names(now, style, out);
  compare_names(now, names);
  compare_subscriptions(now, names);
  for (const MailboxAccess& mailbox : now.visible) {
    compare_mailbox(mailbox, now.context, style, out);
  }
  remember(now);
  return known_.size() <= kMostMailboxes;
}

// What was created, deleted or renamed (s5.4). What is below a renamed mailbox is renamed with it.
void NotifyState::compare_names(const NotifySnapshot& now, Names& names) {
  std::map<MailboxId, const MailboxAccess*> here;
  for (const MailboxAccess& mailbox : now.visible) here.emplace(mailbox.mailbox.id, &mailbox);
  const auto tell_parent = [&](std::string_view name) {
    const std::string_view parent = parent_of(name);
    if (!parent.empty() && covers_name(parent, now, NotifyEvent::MailboxName)) {
      names.tell(std::string(parent));
    }
  };
  std::vector<std::pair<std::string, std::string>> renamed;
  for (auto known = known_.begin(); known != known_.end();) {
    const auto found = here.find(known->first);
    const bool gone = found == here.end();
    const std::string old_name = known->second.name;
    if (has(known->second.events, NotifyEvent::MailboxName) && gone && !is_own(old_name)) {
      names.tell(old_name);
      tell_parent(old_name);
    }
    if (!gone && found->second->name != old_name) {
      renamed.emplace_back(old_name, found->second->name);
      known->second.name = found->second->name;
    }
    known = gone ? known_.erase(known) : std::next(known);
  }
  std::ranges::sort(renamed);  // what is above comes first
  for (const auto& [from, to] : renamed) {
    const bool with_above = std::ranges::any_of(renamed, [&](const auto& above) {
      return is_below(from, above.first) && is_below(to, above.second) &&
             from.substr(above.first.size()) == to.substr(above.second.size());
    });
    const bool covered = covers_name(from, now, NotifyEvent::MailboxName) ||
                         covers_name(to, now, NotifyEvent::MailboxName);
    if (covered && !with_above && !is_own(from) && !is_own(to)) names.tell(to, from);
  }
  for (const MailboxAccess& mailbox : now.visible) {
    if (std::ranges::binary_search(existing_, mailbox.mailbox.id) || is_own(mailbox.name)) continue;
    if (!covers_name(mailbox.name, now, NotifyEvent::MailboxName)) continue;
    names.tell(mailbox.name);
    tell_parent(mailbox.name);
  }
}

void NotifyState::compare_subscriptions(const NotifySnapshot& now, Names& names) {
  std::vector<std::string> changed;
  std::ranges::set_symmetric_difference(subscribed_, now.context.subscribed,
                                        std::back_inserter(changed));
  for (const std::string& name : changed) {
    const bool subscribed = now.context.subscribed.contains(name);
    // A name that was unsubscribed is still among those that `subscribed` meant.
    NotifySnapshot before;
    before.context = now.context;
    if (!subscribed) before.context.subscribed.insert(name);
    if (is_own(name) || !covers_name(name, before, NotifyEvent::SubscriptionChange)) continue;
    names.tell(name);
  }
}

// Of the selected mailbox the client is told otherwise.
void NotifyState::compare_mailbox(const MailboxAccess& mailbox, const FilterContext& context,
                                  const NotifyStyle& style, std::string& out) {
  const MailboxId id = mailbox.mailbox.id;
  const std::uint8_t events = events_of(mailbox, context);
  const auto found = known_.find(id);
  if (events == 0) {
    if (found != known_.end()) known_.erase(found);
    return;
  }
  const Known now = known_of(mailbox, events);
  if (found == known_.end()) {
    known_.emplace(id, now);
    const bool created = !std::ranges::binary_search(existing_, id);
    if (created && now.messages > 0 && !now.no_access && has(events, NotifyEvent::MessageNew)) {
      append_status_of(out, mailbox, first_items(events), style.utf8);
    }
    return;
  }
  const Known before = std::exchange(found->second, now);
  if (id == context.selected || now.no_access) return;
  imap::StatusItems items;
  if (has(events, NotifyEvent::MessageNew) &&
      (now.messages != before.messages || now.uid_next != before.uid_next)) {
    items.set(imap::StatusItem::Messages);
    items.set(imap::StatusItem::UidNext);
  }
  if (has(events, NotifyEvent::FlagChange) && now.unseen != before.unseen) {
    items.set(imap::StatusItem::Unseen);
    items.set(imap::StatusItem::UidValidity);
  }
  if (has(events, NotifyEvent::MessageNew) && now.uid_validity != before.uid_validity)
    items.set(imap::StatusItem::UidValidity);
  if (items) append_status_of(out, mailbox, items, style.utf8);
}

}  // namespace restante::session
