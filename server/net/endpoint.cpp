#include "server/net/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>

namespace restante::net {
namespace {

Result<Endpoint> parse_path(std::string_view path) {
  sockaddr_un room{};
  if (path.empty() || path.size() >= sizeof room.sun_path) {
    return fail(ErrorKind::Invalid,
                fmt::format("the path of a Unix socket has 1 to {} octets, '{}' has {}",
                            sizeof room.sun_path - 1, path, path.size()));
  }
  Endpoint result;
  result.path = path;
  return result;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:")) return parse_path(text.substr(5));
  const auto colon = text.rfind(':');
  Endpoint result;
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  in6_addr parsed{};
  result.address = address;
  result.v6 = bracketed && inet_pton(AF_INET6, result.address.c_str(), &parsed) == 1;
  const bool v4 = !bracketed && inet_pton(AF_INET, result.address.c_str(), &parsed) == 1;
  if (colon == std::string_view::npos || (!result.v6 && !v4)) {
    return fail(ErrorKind::Invalid,
                fmt::format("'{}' is not \"ADDRESS:PORT\" such as \"[::]:993\", \"127.0.0.1:1587\" "
                            "or \"unix:PATH\"",
                            text));
  }
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return fail(ErrorKind::Invalid, fmt::format("'{}' is not a port (1 to 65535)", port));
  }
  return result;
}

}  // namespace restante::net
