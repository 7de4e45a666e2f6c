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

}  // namespace restante::session
