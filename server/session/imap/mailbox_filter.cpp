#include "server/session/imap/mailbox_filter.h"

#include <algorithm>
#include <string_view>

namespace restante::session {
namespace {

using Kind = imap::MailboxFilter::Kind;

constexpr char kSeparator = '/';

// What of name stands below the level top; empty where it does not.
std::string_view below(std::string_view top, std::string_view name) {
  if (!name.starts_with(top)) return {};
  name.remove_prefix(top.size());
  if (!name.starts_with(kSeparator)) return {};
  return name.substr(1);
}

bool is_in_subtree(std::string_view top, std::string_view name, bool one_level) {
  if (name == top) return true;
  const std::string_view rest = below(top, name);
  return !rest.empty() && (!one_level || rest.find(kSeparator) == std::string_view::npos);
}

}  // namespace

Result<FilterContext> read_filter_context(storage::Reader& reader, AccountId account,
                                          MailboxId selected) {
  auto subscribed = reader.list_subscriptions(account);
  if (!subscribed) return std::unexpected(subscribed.error());
  FilterContext context;
  context.account = account;
  context.selected = selected;
  context.subscribed.insert(subscribed->begin(), subscribed->end());
  return context;
}

bool matches(const imap::MailboxFilter& filter, const MailboxAccess& mailbox,
             const FilterContext& context) {
  switch (filter.kind) {
    case Kind::Selected:
    case Kind::SelectedDelayed:
      return context.selected && mailbox.mailbox.id == context.selected;
    case Kind::Inboxes:  // a delivery may name any of them (RFC 5465 s6.3)
    case Kind::Personal:
      return mailbox.mailbox.account == context.account;
    case Kind::Subscribed:
      return context.subscribed.contains(mailbox.name);
    case Kind::Subtree:
    case Kind::SubtreeOne:
      return std::ranges::any_of(filter.names, [&](const std::string& top) {
        return is_in_subtree(top, mailbox.name, filter.kind == Kind::SubtreeOne);
      });
    case Kind::Mailboxes:
      return std::ranges::find(filter.names, mailbox.name) != filter.names.end();
  }
  return false;
}

}  // namespace restante::session
