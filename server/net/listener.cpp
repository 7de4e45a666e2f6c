#include "server/net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <exception>

#include "server/net/bind.h"
#include "server/net/login_name.h"

namespace restante::net {
namespace {

constexpr int kAcceptsInARow = 64;
constexpr auto kPauseAfterError = std::chrono::milliseconds(100);
constexpr auto kLogEvery = std::chrono::seconds(10);

PeerInfo peer_of(const sockaddr_storage& from) {
  PeerInfo peer;
  char text[INET6_ADDRSTRLEN] = {};
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    peer.port = ntohs(v4.sin_port);
    peer.loopback = (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  } else if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    peer.port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text, sizeof text);
      peer.loopback = v6.sin6_addr.s6_addr[12] == 127;
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
      peer.loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
  }
  peer.address = text;
  return peer;
}

std::string peer_login_name(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return {};
  return login_name(who.uid);
}

// Serves one accepted client on its I/O thread.
asio::awaitable<void> run_session(std::unique_ptr<Connection> connection,
                                  std::shared_ptr<const Door> door) {
  if (door->implicit_tls) {
    connection->set_deadline(door->handshake_timeout);
    const auto ready = co_await connection->start_tls();
    if (!ready) co_return;
  }
  co_await door->serve(std::move(connection));
}

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown exception";
  }
}

// Moves an admitted client to its I/O thread and runs its session there.
void begin_session(std::shared_ptr<const Door> door, ListenerShared& shared, UniqueFd socket,
                   PeerInfo peer, ConnectionSlot slot) {
  shared.threads.session_began();
  IoThread& thread = shared.threads.next();
  asio::post(thread.context(),
             [&thread, &shared, door = std::move(door), socket = std::move(socket),
              peer = std::move(peer), slot = std::move(slot)]() mutable {
               try {
                 auto connection = std::make_unique<StreamConnection>(
                     thread, std::move(socket), std::move(peer), door->options, std::move(slot));
                 asio::co_spawn(thread.context(), run_session(std::move(connection), door),
                                [&shared](const std::exception_ptr& error) {
                                  if (error)
                                    shared.log(NetEvent::Warning, "session failed", what_of(error));
                                  shared.threads.session_ended();
                                });
               } catch (const std::exception& error) {
                 shared.log(NetEvent::Warning, "session failed", error.what());
                 shared.threads.session_ended();
               }
             });
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const Endpoint& endpoint, Door door,
                                                 ListenerShared& shared) {
  auto socket = bind_and_listen(endpoint);
  if (!socket) return std::unexpected(socket.error());
  return std::unique_ptr<Listener>(
      new Listener(std::move(*socket), endpoint, std::move(door), shared));
}

Listener::Listener(UniqueFd socket, Endpoint endpoint, Door door, ListenerShared& shared)
    : endpoint_(std::move(endpoint)),
      door_(std::make_shared<const Door>(std::move(door))),
      shared_(shared),
      descriptor_(shared.acceptor, socket.release()),
      pause_(shared.acceptor),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

Listener::~Listener() {
  close();
}

void Listener::close() {
  if (closed_) return;
  closed_ = true;
  if (endpoint_.is_unix()) ::unlink(endpoint_.path.c_str());
  asio::error_code ignored;
  descriptor_.close(ignored);
  pause_.cancel();
}

std::uint16_t Listener::port() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int socket = const_cast<Descriptor&>(descriptor_).native_handle();
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  return peer_of(storage).port;
}

std::string Listener::address() const {
  return to_string(endpoint_);
}

void Listener::start() {
  wait();
}

// The destructor cancels these waits; their handlers then see an error and touch nothing.
void Listener::wait() {
  descriptor_.async_wait(Descriptor::wait_read, [this](const asio::error_code& error) {
    if (error) return;
    accept_some();
  });
}

void Listener::accept_some() {
  for (int i = 0; i < kAcceptsInARow && !closed_; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    UniqueFd socket(::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&from),
                              &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
      return on_accept_error(errno);
    }
    PeerInfo peer = peer_of(from);
    peer.local_socket = endpoint_.is_unix();
    if (peer.local_socket) peer.address = "local";
    admit(std::move(socket), std::move(peer));
  }
  if (!closed_) wait();
}

// Out of descriptors or memory: say so now and then, refuse one client, go on a little later.
void Listener::on_accept_error(int error) {
  const auto now = std::chrono::steady_clock::now();
  if (now - error_logged_ > kLogEvery) {
    error_logged_ = now;
    shared_.log(NetEvent::Warning, "cannot accept a connection",
                fmt::format("{}: {}", address(), std::strerror(error)));
  }
  if (error == EMFILE || error == ENFILE) {
    reserve_.reset();
    UniqueFd refused(::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    refused.reset();
    reserve_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  pause_.expires_after(kPauseAfterError);
  pause_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled && !closed_) wait();
  });
}

void Listener::admit(UniqueFd socket, PeerInfo peer) {
  ConnectionSlot slot = shared_.limits->take(peer.address);
  if (!slot) {
    const auto now = std::chrono::steady_clock::now();
    if (now - overflow_logged_ > kLogEvery) {
      overflow_logged_ = now;
      shared_.log(NetEvent::Warning, "too many connections", peer.address);
    }
    if (!door_->implicit_tls) {
      ::send(socket.get(), door_->overflow_text.data(), door_->overflow_text.size(),
             MSG_NOSIGNAL | MSG_DONTWAIT);
      ::shutdown(socket.get(), SHUT_WR);
    }
    return;
  }
  if (!peer.local_socket) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    return begin_session(door_, shared_, std::move(socket), std::move(peer), std::move(slot));
  }
  // Looking a login name up may ask a directory server: not on a thread that others wait for.
  asio::post(shared_.resolvers, [door = door_, &shared = shared_, socket = std::move(socket),
                                 peer = std::move(peer), slot = std::move(slot)]() mutable {
    peer.local_user = peer_login_name(socket.get());
    begin_session(std::move(door), shared, std::move(socket), std::move(peer), std::move(slot));
  });
}

}  // namespace restante::net
