// What the URLs of CATENATE name (RFC 4469), read from mailboxes the account may read.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "mail/error.h"
#include "server/session/imap_session.h"
#include "server/session/spool.h"

namespace restante::session {

// Adds the octets that url names to out, at most limit. Errors: NotFound (the
// URL is bad, or names nothing here), OverQuota (more than limit), those of the store. \Seen is not
// set.
asio::awaitable<Result<void>> append_url(ImapSession& session, std::string url, std::uint64_t limit,
                                         Spool& out);

}  // namespace restante::session
