// Where a listener listens, as written in the configuration: "192.0.2.1:587", "[::1]:993",
// "unix:/run/x.sock". Names are not resolved. Knows no sockets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "mail/error.h"

namespace restante::net {

struct Endpoint {
  std::string address;         // numeric, without brackets; empty for a Unix socket
  std::uint16_t port = 0;      // 0: any free one
  std::filesystem::path path;  // of a Unix socket
  bool v6 = false;
  bool is_unix() const { return !path.empty(); }
};

// Errors: Invalid, saying what is wrong and how to write it.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace restante::net
