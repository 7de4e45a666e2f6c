// What sharing means to a session beyond its commands: which flags may be kept, and the names of
// what was annotated.
#pragma once

#include <string>
#include <vector>

#include "server/session/imap/mailbox_view.h"
#include "storage/rights.h"
#include "storage/store.h"

namespace restante::session {

// Whether an account may change anything in a mailbox (RFC 4314 s5.2: READ-WRITE).
bool may_change(storage::Rights rights);

// The response code for a mailbox that was selected with these rights (RFC 4314 s5.1.1).
std::string permanent_flags(const MailboxView& view, storage::Rights rights);

struct AnnotatedName {
  std::string mailbox;  // empty: the server
  std::vector<std::string> entries;
};
// Changes by the names that the account knows the mailboxes by; without those it may not look up.
Result<std::vector<AnnotatedName>> name_annotations(
    storage::Reader& reader, AccountId account,
    const std::vector<storage::ChangeNotice::Annotations>& changes);

}  // namespace restante::session
