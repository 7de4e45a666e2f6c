// The values of STATUS (RFC 9051 s6.3.11), read from the store.
#pragma once

#include "mail/error.h"
#include "mail/imap/writer.h"
#include "storage/store.h"

namespace restante::session {

// Errors: those of reader.
Result<imap::StatusValues> status_values(storage::Reader& reader, const storage::Mailbox& mailbox,
                                         imap::StatusItems items);

}  // namespace restante::session
