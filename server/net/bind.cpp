#include "server/net/bind.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace restante::net {
namespace {

constexpr int kBacklog = 4096;

std::unexpected<Error> cannot_listen(const Endpoint& endpoint, int error) {
  ErrorKind kind = ErrorKind::Io;
  if (error == EADDRINUSE) kind = ErrorKind::Busy;
  if (error == EACCES || error == EPERM) kind = ErrorKind::Denied;
  const std::string why = error == EADDRINUSE ? "address in use" : std::strerror(error);
  return fail(kind, fmt::format("cannot listen on {}: {}", to_string(endpoint), why));
}

Result<UniqueFd> bind_tcp(const Endpoint& endpoint) {
  const int family = endpoint.v6 ? AF_INET6 : AF_INET;
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket && errno == EAFNOSUPPORT && endpoint.v6 && endpoint.address == "::") {
    Endpoint any_v4 = endpoint;
    any_v4.v6 = false;
    any_v4.address = "0.0.0.0";
    return bind_tcp(any_v4);
  }
  if (!socket) return cannot_listen(endpoint, errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (endpoint.v6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(endpoint.port);
    inet_pton(AF_INET6, endpoint.address.c_str(), &address->sin6_addr);
    size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint.port);
    inet_pton(AF_INET, endpoint.address.c_str(), &address->sin_addr);
    size = sizeof *address;
  }
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(endpoint, errno);
  }
  return socket;
}

// Removes a socket file that nobody listens on. Errors: Busy if somebody does.
Result<void> remove_stale(const Endpoint& endpoint, const sockaddr_un& address) {
  struct stat facts{};
  if (::lstat(endpoint.path.c_str(), &facts) != 0) return {};
  if (!S_ISSOCK(facts.st_mode)) {
    return fail(ErrorKind::Io, fmt::format("cannot listen on {}: a file of that name is in the way",
                                           to_string(endpoint)));
  }
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int connected =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected == 0 || errno == EAGAIN) return cannot_listen(endpoint, EADDRINUSE);
  if (::unlink(endpoint.path.c_str()) != 0) return cannot_listen(endpoint, errno);
  return {};
}

Result<UniqueFd> bind_unix(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, endpoint.path.c_str(), endpoint.path.native().size());
  if (auto removed = remove_stale(endpoint, address); !removed) {
    return std::unexpected(removed.error());
  }
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(endpoint.path.c_str(), 0666) != 0 ||  // who calls is told by SO_PEERCRED
      ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(endpoint, errno);
  }
  return socket;
}

}  // namespace

Result<UniqueFd> bind_and_listen(const Endpoint& endpoint) {
  return endpoint.is_unix() ? bind_unix(endpoint) : bind_tcp(endpoint);
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return endpoint.path.native();
  if (endpoint.v6) return fmt::format("[{}]:{}", endpoint.address, endpoint.port);
  return fmt::format("{}:{}", endpoint.address, endpoint.port);
}

}  // namespace restante::net
