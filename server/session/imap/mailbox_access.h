// The one place where a mailbox name that a session uses becomes a mailbox and what the account may
// do in it (RFC 4314). Called on reader threads; knows the store, nothing of connections.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/rights.h"
#include "storage/store.h"

namespace restante::session {

// A mailbox as an account sees it.
struct MailboxAccess {
  storage::Mailbox mailbox;
  std::string name;  // by which the account knows it; mailbox.name is its owner's
  storage::Rights rights;
};

// The mailbox that a name means to an account, which must have all the rights needed there.
// Errors: NotFound (there is none, or the account may not know of it), Denied, those of reader.
Result<MailboxAccess> find_mailbox(storage::Reader& reader, AccountId account,
                                   std::string_view name, storage::Rights needed);

// All that the account may know of, ascending by name: those in which it has Lookup. The one place
// for commands that find mailboxes by other ways than their names. Errors: those of reader.
Result<std::vector<MailboxAccess>> visible_mailboxes(storage::Reader& reader, AccountId account);

}  // namespace restante::session
