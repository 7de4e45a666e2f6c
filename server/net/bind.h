// Making listening sockets, for Listener.
#pragma once

#include "mail/error.h"
#include "server/net/endpoint.h"
#include "server/net/unique_fd.h"

namespace restante::net {

// A non-blocking listening socket. "[::]" also takes IPv4, and becomes 0.0.0.0 where the system has
// no IPv6. A Unix socket that nobody serves any more is replaced. Errors: Busy, Denied, Io; the
// message names the address.
Result<UniqueFd> bind_and_listen(const Endpoint& endpoint);

// "127.0.0.1:1587", "[::1]:993" or the path.
std::string to_string(const Endpoint& endpoint);

}  // namespace restante::net
