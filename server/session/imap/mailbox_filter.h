// Which mailboxes ESEARCH and NOTIFY mean (RFC 5465 s6, RFC 7377 s2.2). Called on reader threads.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mail/imap/command.h"
#include "server/session/imap/mailbox_access.h"

namespace restante::session {

// What of an account decides whether a filter matches.
struct FilterContext {
  AccountId account;
  MailboxId selected;                // none: 0
  std::set<std::string> subscribed;  // names
};

// Errors: those of reader.
Result<FilterContext> read_filter_context(storage::Reader& reader, AccountId account,
                                          MailboxId selected);

// Whether the filter means the mailbox; names are compared octet by octet, no wildcards.
bool matches(const imap::MailboxFilter& filter, const MailboxAccess& mailbox,
             const FilterContext& context);

}  // namespace restante::session
