// A server and a client end of one socket for the tests of server/net: coroutines run on a real
// IoThread, the client is plain blocking system calls of the test's thread.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "server/net/stream_connection.h"

namespace restante::net::testing {

using namespace std::chrono_literals;

// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "restante-test-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The client's end: blocking, with a time limit of 10 s on every read.
class Client {
 public:
  explicit Client(UniqueFd socket) : socket_(std::move(socket)) {
    const timeval limit{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t put = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (put <= 0) throw std::runtime_error("client send");
      data.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  // Reads until the end of the stream or size octets.
  std::string receive(std::size_t size) {
    std::string result(size, '\0');
    std::size_t held = 0;
    while (held < size) {
      const ssize_t got = ::recv(socket_.get(), result.data() + held, size - held, 0);
      if (got <= 0) break;
      held += static_cast<std::size_t>(got);
    }
    result.resize(held);
    return result;
  }
  void close() { socket_.reset(); }
  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

// One I/O thread, a connected pair of sockets, and the server's Connection on one end.
class Pair {
 public:
  explicit Pair(
      std::shared_ptr<const ConnectionOptions> options = std::make_shared<ConnectionOptions>())
      : threads_(1), thread_(threads_.next()), client_(make(std::move(options))) {}
  ~Pair() {
    std::promise<void> gone;
    asio::post(thread_.context(), [&] {
      connection_.reset();
      gone.set_value();
    });
    gone.get_future().get();
  }

  Client& client() { return client_; }
  IoThreads& threads() { return threads_; }
  StreamConnection& connection() { return *connection_; }

  // Starts the coroutine function(connection, pair, args...) on the I/O thread.
  template <class Function, class... Args>
  auto start(Function function, Args... args) {
    return asio::co_spawn(thread_.context(), function(*connection_, *this, std::move(args)...),
                          asio::use_future);
  }
  // The same, and waits for its value.
  template <class Function>
  auto run(Function function) {
    return start(function).get();
  }

 private:
  UniqueFd make(std::shared_ptr<const ConnectionOptions> options) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::runtime_error("socketpair");
    }
    UniqueFd client(ends[1]);
    const int flags = ::fcntl(ends[0], F_GETFL);
    ::fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
    PeerInfo peer;
    peer.address = "127.0.0.1";
    std::promise<void> made;
    asio::post(thread_.context(), [&] {
      connection_ = std::make_unique<StreamConnection>(thread_, UniqueFd(ends[0]), std::move(peer),
                                                       std::move(options), ConnectionSlot());
      made.set_value();
    });
    made.get_future().get();
    return client;
  }

  IoThreads threads_;
  IoThread& thread_;
  std::unique_ptr<StreamConnection> connection_;
  Client client_;
};

// What a read gave: the text, or "!Closed" and the like.
inline std::string outcome(const IoResult<std::string_view>& result) {
  if (result) return std::string(*result);
  switch (result.error()) {
    case IoError::Closed:
      return "!Closed";
    case IoError::Deadline:
      return "!Deadline";
    case IoError::TooLong:
      return "!TooLong";
    case IoError::Tls:
      return "!Tls";
    case IoError::Stopped:
      return "!Stopped";
  }
  return "!";
}
inline std::string outcome(const IoResult<void>& result) {
  if (result) return "ok";
  return outcome(IoResult<std::string_view>(std::unexpected(result.error())));
}

}  // namespace restante::net::testing
