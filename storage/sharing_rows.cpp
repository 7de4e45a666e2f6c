// Evaluating access control lists.
#include "storage/sharing_rows.h"

namespace restante::storage {

Rights select_rights(sqlite::Connection& db, AccountId actor, const Mailbox& mailbox) {
  if (actor == mailbox.account) return Rights::all();
  Rights given;
  Rights taken;
  auto row = db.query("SELECT negative, rights FROM acl WHERE mailbox = ?1 AND grantee IN (0, ?2)",
                      mailbox.id, actor);
  while (row.step()) {
    const Rights rights(row.get<std::uint16_t>(1));
    if (row.integer(0) == 0)
      given = given | rights;
    else
      taken = taken | rights;
  }
  return given.without(taken);
}

std::vector<AclEntry> select_acl(sqlite::Connection& db, MailboxId mailbox) {
  std::vector<AclEntry> entries;
  auto row = db.query(
      "SELECT l.grantee, l.negative, l.rights, a.address FROM acl l "
      "LEFT JOIN account a ON a.id = l.grantee WHERE l.mailbox = ?1 ORDER BY l.grantee, l.negative",
      mailbox);
  while (row.step()) {
    AclEntry entry;
    entry.grantee.account = row.get<AccountId>(0);
    entry.grantee.negative = row.integer(1) != 0;
    entry.rights = Rights(row.get<std::uint16_t>(2));
    if (!row.is_null(3)) entry.address = row.text(3);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace restante::storage
