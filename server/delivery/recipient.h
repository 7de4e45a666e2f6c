// Whose mailbox an address is: accounts and aliases, plus-addressing, postmaster. Reads the store;
// runs on its reader threads.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mail/smtp/address.h"
#include "storage/store.h"

namespace restante::delivery {

// Whether a canonical domain is one of ours.
bool is_local_domain(std::string_view domain, std::span<const std::string> local_domains);

// The account that owns a canonical address: the one with this address or alias; else the one
// without "+tag". Errors: NotFound and those of Reader.
Result<storage::Account> find_owner(storage::Reader& reader, const smtp::Mailbox& mailbox);

// The account that gets mail for a canonical address of a local domain: its owner; else, for
// postmaster, which must always exist (RFC 5321 s4.5.1), the account made first. Errors: NotFound
// and those of Reader.
Result<storage::Account> find_recipient(storage::Reader& reader, const smtp::Mailbox& mailbox);

}  // namespace restante::delivery
