// Where and how a client reaches a server, and the words of login it uses. Values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/client_stream.h"

namespace restante::cli {

enum class Security { Tls, StartTls };

struct Endpoint {
  std::filesystem::path socket;  // a local socket: no TLS, no login; empty: host and port
  std::string host;
  std::uint16_t port = 0;
  Security security = Security::Tls;
  Trust trust;
  Timeouts timeouts;
};

struct Login {
  std::string user;
  std::string password;
};

}  // namespace restante::cli
