// What the commands that search share.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <vector>

#include "server/session/imap/commands.h"

namespace restante::session {

// The sequence numbers in view of the messages that match, ascending. view may be another one than
// the session's; it must not change meanwhile.
asio::awaitable<Result<std::vector<std::uint32_t>>> find_messages(
    ImapSession& session, const MailboxView& view, const imap::SearchProgram& program);

}  // namespace restante::session
