// NOTIFY (RFC 5465 s8).
#include <algorithm>
#include <array>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

using Kind = MailboxFilter::Kind;

constexpr std::size_t kMaxGroups = 100;

constexpr std::array<FilterWord, 7> kFilters{{
    FilterWord{"SELECTED", Kind::Selected, false},
    FilterWord{"SELECTED-DELAYED", Kind::SelectedDelayed, false},
    FilterWord{"INBOXES", Kind::Inboxes, false},
    FilterWord{"PERSONAL", Kind::Personal, false},
    FilterWord{"SUBSCRIBED", Kind::Subscribed, false},
    FilterWord{"SUBTREE", Kind::Subtree, true},
    FilterWord{"MAILBOXES", Kind::Mailboxes, true},
}};

constexpr std::array<std::pair<std::string_view, NotifyEvent>, 5> kEvents{{
    {"MESSAGENEW", NotifyEvent::MessageNew},
    {"MESSAGEEXPUNGE", NotifyEvent::MessageExpunge},
    {"FLAGCHANGE", NotifyEvent::FlagChange},
    {"MAILBOXNAME", NotifyEvent::MailboxName},
    {"SUBSCRIPTIONCHANGE", NotifyEvent::SubscriptionChange},
}};

// One event, or the items of the MessageNew before it.
void parse_event(Cursor& cursor, Notify& notify, NotifyGroup& group) {
  if (cursor.peek() == '(' && group.has(NotifyEvent::MessageNew) && group.items.empty()) {
    return parse_fetch_items(cursor, group.items);
  }
  const std::string name = to_upper(cursor.atom("an event"));
  for (const auto& [known, event] : kEvents)
    if (name == known) return group.set(event);
  notify.unsupported_event = true;
  // RFC 5465 s5: it needs what FlagChange needs.
  if (name == "ANNOTATIONCHANGE") group.annotations = true;
}

void check_group(Cursor& cursor, const NotifyGroup& group) {
  const bool created = group.has(NotifyEvent::MessageNew);
  const bool expunged = group.has(NotifyEvent::MessageExpunge);
  if (created != expunged) cursor.fail("MessageNew and MessageExpunge go together");
  if ((group.has(NotifyEvent::FlagChange) || group.annotations) && !created)
    cursor.fail("FlagChange needs MessageNew and MessageExpunge");
  if (!group.is_selected()) {
    if (!group.items.empty()) cursor.fail("items are for the selected mailbox only");
  } else if (group.has(NotifyEvent::MailboxName) || group.has(NotifyEvent::SubscriptionChange)) {
    cursor.fail("the selected mailbox has events of messages only");
  }
}

// The parentheses around events are left out in an example of RFC 5465 (s3.1).
NotifyGroup parse_group(Cursor& cursor, Notify& notify) {
  NotifyGroup group;
  cursor.expect('(');
  group.filter = parse_mailbox_filter(cursor, kFilters);
  cursor.space();
  if (!cursor.take_word("NONE")) {
    const bool listed = cursor.take('(');
    do {
      parse_event(cursor, notify, group);
    } while (cursor.take(' '));
    if (listed) cursor.expect(')');
  }
  cursor.expect(')');
  check_group(cursor, group);
  return group;
}

}  // namespace

Notify parse_notify(Cursor& cursor) {
  Notify notify;
  cursor.space();
  if (cursor.take_word("NONE")) return notify;
  if (!cursor.take_word("SET")) cursor.fail("expected SET or NONE");
  cursor.space();
  notify.status = cursor.take_word("STATUS");
  if (notify.status) cursor.space();
  do {
    if (notify.groups.size() == kMaxGroups) cursor.fail("too many groups", "LIMIT", true);
    notify.groups.push_back(parse_group(cursor, notify));
  } while (cursor.take(' '));
  if (std::ranges::count_if(notify.groups, &NotifyGroup::is_selected) > 1)
    cursor.fail("the selected mailbox stands twice");
  return notify;
}

}  // namespace restante::imap
