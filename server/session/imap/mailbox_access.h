// The one place where a mailbox name that a session uses becomes a mailbox and what the account may
// do in it (RFC 4314). Mailboxes of others have names of the "other users" namespace (RFC 2342):
// Other Users/ADDRESS/NAME, NAME being their owner's. Called on reader threads; knows the store,
// nothing of connections.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/rights.h"
#include "storage/store.h"

namespace restante::session {

inline constexpr std::string_view kOtherUsers = "Other Users";

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
// The same where any of some rights will do.
Result<MailboxAccess> find_mailbox_with_any(storage::Reader& reader, AccountId account,
                                            std::string_view name, storage::Rights sufficient);

// Whose mailbox a name means, and what the owner calls it. It need not exist.
struct OwnedName {
  AccountId owner;
  std::string name;
};
// Errors: NotFound (no such account, or no name below it), those of reader.
Result<OwnedName> resolve_name(storage::Reader& reader, AccountId account, std::string_view name);
// The same for a mailbox that is to be made, which takes the right to in the nearest one above it
// (RFC 4314 s4). Errors: Denied, those of reader.
Result<OwnedName> find_new_place(storage::Reader& reader, AccountId account, std::string_view name);

// The name of another account's mailbox.
std::string shown_name(std::string_view owner_address, std::string_view name);

// All that the account may know of, ascending by name: those in which it has Lookup. Those of
// others come without their special uses, which are their owners'. The one place for commands that
// find mailboxes by other ways than their names. Errors: those of reader.
Result<std::vector<MailboxAccess>> visible_mailboxes(storage::Reader& reader, AccountId account);

}  // namespace restante::session
