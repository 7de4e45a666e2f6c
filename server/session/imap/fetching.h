// What FETCH and STORE share: sending messages' items.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/session/imap/commands.h"
#include "server/session/imap/fetch_producer.h"

namespace restante::session {

// Sends FETCH responses for these messages of the selected mailbox. Check session.ended() after it.
asio::awaitable<std::shared_ptr<FetchProducer>> send_messages(
    ImapSession& session, std::vector<imap::FetchItem> items,
    std::vector<imap::SequenceRange> positions, FetchOptions options);

// UID, FLAGS and MODSEQ, as far as wanted.
std::vector<imap::FetchItem> items_told(bool uid, bool flags, bool modseq);

// The tagged answer: OK with that code, or NO where messages were left out (a command that names
// uids passes over those that exist no more, RFC 9051 s6.4.9).
Executing finish_messages(ImapSession& session, const imap::Command& command,
                          const FetchProducer& answer, Expunges expunges, std::string code = {});

}  // namespace restante::session
