#include "server/session/imap/mailbox_access.h"

namespace restante::session {

// One's own mailboxes, in which one has all rights.
Result<MailboxAccess> find_mailbox(storage::Reader& reader, AccountId account,
                                   std::string_view name, storage::Rights needed) {
  auto mailbox = reader.find_mailbox(account, name);
  if (!mailbox) return std::unexpected(mailbox.error());
  std::string shown = mailbox->name;
  const storage::Rights rights = storage::Rights::all();
  if (!rights.has_all(needed)) return fail(ErrorKind::Denied, "no right to do this");
  return MailboxAccess{std::move(*mailbox), std::move(shown), rights};
}

Result<std::vector<MailboxAccess>> visible_mailboxes(storage::Reader& reader, AccountId account) {
  auto mailboxes = reader.list_mailboxes(account);
  if (!mailboxes) return std::unexpected(mailboxes.error());
  std::vector<MailboxAccess> visible;
  visible.reserve(mailboxes->size());
  for (storage::Mailbox& mailbox : *mailboxes) {
    std::string shown = mailbox.name;
    visible.push_back(MailboxAccess{std::move(mailbox), std::move(shown), storage::Rights::all()});
  }
  return visible;
}

}  // namespace restante::session
