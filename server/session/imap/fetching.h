// What FETCH and STORE share: sending messages' items.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "server/session/imap/commands.h"
#include "server/session/imap/fetch_producer.h"

namespace restante::session {

// Sends FETCH responses for these messages of the selected mailbox. Check session.ended() after it.
asio::awaitable<std::shared_ptr<FetchProducer>> send_messages(
    ImapSession& session, std::vector<imap::FetchItem> items,
    std::vector<imap::SequenceRange> positions, std::optional<ModSeq> seen_at);

// The tagged answer: OK, or NO where messages were left out (a command that names uids passes over
// those that exist no more, RFC 9051 s6.4.9).
Executing finish_messages(ImapSession& session, const imap::Command& command,
                          const FetchProducer& answer, Expunges expunges);

}  // namespace restante::session
