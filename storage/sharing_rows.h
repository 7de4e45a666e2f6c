// SELECTs about rights that the reader and the writer share.
#pragma once

#include <vector>

#include "storage/rows.h"
#include "storage/sharing.h"

namespace restante::storage {

// What an account may do in a mailbox: everything in its own; else what the list gives to it and to
// anyone, without what it takes from them (RFC 4314 s2).
Rights select_rights(sqlite::Connection& db, AccountId actor, const Mailbox& mailbox);
std::vector<AclEntry> select_acl(sqlite::Connection& db, MailboxId mailbox);

}  // namespace restante::storage
