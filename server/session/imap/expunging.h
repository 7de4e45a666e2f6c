// What EXPUNGE and CLOSE share.
#pragma once

#include <asio/awaitable.hpp>
#include <vector>

#include "mail/imap/sequence_set.h"
#include "server/session/imap_session.h"

namespace restante::session {

// Expunges the \Deleted ones of these messages of the selected mailbox; with later_ones also those
// that the client has not been told of. In steps, so that no delivery waits until all are gone: RFC
// 9051 s6.4.3 asks for no atomicity.
asio::awaitable<Result<void>> expunge_in_steps(ImapSession& session,
                                               std::vector<imap::SequenceRange> positions,
                                               bool later_ones);

}  // namespace restante::session
