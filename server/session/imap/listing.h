// The LIST response of one mailbox, for other commands than LIST.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "server/session/imap_session.h"

namespace restante::session {

// Appends the LIST response of the mailbox with its attributes (RFC 9051 s6.3.2). false: it could
// not be read.
asio::awaitable<bool> list_mailbox(ImapSession& session, std::string name);

}  // namespace restante::session
