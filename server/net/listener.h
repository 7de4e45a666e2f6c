// Accepts clients at one address and hands each to an I/O thread. Knows doors, limits and sockets,
// no protocol. Thread rule: a Listener runs on the thread of its acceptor context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <string>

#include "mail/error.h"
#include "server/net/connection_limits.h"
#include "server/net/endpoint.h"
#include "server/net/io_threads.h"
#include "server/net/stream_connection.h"
#include "server/net/unique_fd.h"

namespace restante::net {

using ServeConnection = std::function<asio::awaitable<void>(std::unique_ptr<Connection>)>;

// One kind of service behind a listener.
struct Door {
  std::string config_key;  // "listen.submission": for messages to the operator
  bool implicit_tls = false;
  std::chrono::steady_clock::duration handshake_timeout = std::chrono::seconds(60);
  std::string overflow_text;  // sent to a client that is one too many; not under implicit TLS
  std::shared_ptr<const ConnectionOptions> options;
  ServeConnection serve;
};

enum class NetEvent { Info, Warning };
// event: words of ours; detail: what it was about, may hold foreign octets. Any thread.
using NetLog = std::function<void(NetEvent, std::string_view event, std::string_view detail)>;

// What the listeners of a server share; outlives them.
struct ListenerShared {
  ListenerShared(asio::io_context& c, IoThreads& t, std::shared_ptr<ConnectionLimits> l,
                 asio::thread_pool& r, NetLog g)
      : acceptor(c), threads(t), limits(std::move(l)), resolvers(r), log(std::move(g)) {}
  asio::io_context& acceptor;  // its thread accepts
  IoThreads& threads;
  std::shared_ptr<ConnectionLimits> limits;
  asio::thread_pool& resolvers;  // looks up login names of the peers of Unix sockets
  NetLog log;
};

class Listener {
 public:
  // Binds and listens; accepting begins with start(). Errors: Busy (address in use), Denied (port
  // below 1024 without the right), Io, each with the address and the configuration key.
  static Result<std::unique_ptr<Listener>> open(const Endpoint& endpoint, Door door,
                                                ListenerShared& shared);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  void close();                 // on the acceptor's thread, or when it does not run
  std::uint16_t port() const;   // the one bound, of a TCP listener
  std::string address() const;  // as for a log

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
  Listener(UniqueFd socket, Endpoint endpoint, Door door, ListenerShared& shared);
  void wait();
  void accept_some();
  void on_accept_error(int error);
  void admit(UniqueFd socket, PeerInfo peer);

  Endpoint endpoint_;
  std::shared_ptr<const Door> door_;
  ListenerShared& shared_;
  Descriptor descriptor_;
  asio::steady_timer pause_;
  UniqueFd reserve_;  // given up to be able to refuse a client when descriptors run out
  std::chrono::steady_clock::time_point error_logged_;
  std::chrono::steady_clock::time_point overflow_logged_;
  bool closed_ = false;
};

}  // namespace restante::net
