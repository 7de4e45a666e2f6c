// The Connection of the server over a TCP or Unix socket, plain or TLS. OpenSSL works directly on
// the non-blocking socket and Asio only waits for readiness, so that an idle connection holds no
// buffer. Thread rule: made, used and destroyed on its IoThread.
#pragma once

#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "server/net/compression.h"
#include "server/net/connection.h"
#include "server/net/connection_limits.h"
#include "server/net/input_buffer.h"
#include "server/net/io_threads.h"
#include "server/net/tls_context.h"
#include "server/net/unique_fd.h"

namespace restante::net {

// What all connections of one door have in common.
struct ConnectionOptions {
  std::shared_ptr<TlsContext> tls;  // null: no TLS here
  AlpnNames alpn;
  // A peer that takes nothing of what is written for so long is given up.
  std::chrono::steady_clock::duration write_stall = std::chrono::minutes(2);
};

class StreamConnection final : public Connection, public Stoppable {
 public:
  using Clock = std::chrono::steady_clock;

  // socket must be non-blocking.
  StreamConnection(IoThread& thread, UniqueFd socket, PeerInfo peer,
                   std::shared_ptr<const ConnectionOptions> options, ConnectionSlot slot);
  ~StreamConnection() override;
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  const PeerInfo& peer() const override { return peer_; }
  asio::any_io_executor executor() override { return thread_.context().get_executor(); }
  std::uint64_t session_id() const override { return session_id_; }

  asio::awaitable<IoResult<std::string_view>> read_line(std::size_t limit) override;
  asio::awaitable<IoResult<std::string_view>> read_some(std::size_t limit) override;
  void unread(std::size_t count) override { input_.unread(count); }
  bool has_buffered_input() const override;
  void discard_buffered_input() override;
  asio::awaitable<IoResult<WakeReason>> wait_for_input_or_wake() override;
  void wake() override;
  asio::awaitable<IoResult<void>> write(std::string_view data) override;
  asio::awaitable<IoResult<void>> start_tls() override;
  bool can_start_tls() const override { return options_->tls != nullptr && !ssl_; }
  bool is_tls() const override { return tls_active_; }
  std::string tls_description() const override;
  ChannelBinding channel_binding() const override;
  void start_compression() override;
  void stop_compression() override;
  bool is_compressed() const override { return compression_ != nullptr; }
  void set_deadline(Clock::duration from_now) override;
  void close() override;

  void request_stop() override;
  void close_now() override { close(); }

  // Octets of memory held for input; 0 while idle.
  std::size_t input_capacity() const { return input_.capacity(); }
  // Octets of memory held for compression; while idle little more than what the peer has sent, at
  // most 32 KiB.
  std::size_t compression_memory() const { return compression_ ? compression_->memory() : 0; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
  using Timer =
      asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>;
  enum class Outcome { Done, WantRead, WantWrite, Closed, TlsFailed };
  struct Attempt {
    Outcome outcome = Outcome::Closed;
    std::size_t octets = 0;
  };

  Attempt read_input(char* data, std::size_t size);
  asio::awaitable<IoResult<void>> write_octets(std::string_view data);
  void rest();
  Attempt try_read(char* data, std::size_t size);
  Attempt try_write(const char* data, std::size_t size);
  Attempt tls_attempt(int result, std::size_t octets);
  IoError broken(Outcome outcome);
  std::optional<IoError> interruption(bool reading) const;
  asio::awaitable<IoResult<void>> fill(std::size_t wanted);
  asio::awaitable<void> wait_ready(bool to_read);
  bool is_greedy(std::size_t octets);
  void cancel_waits();
  void arm_timer();
  void on_timer();

  IoThread& thread_;
  Registry::iterator place_;
  Descriptor descriptor_;
  Timer timer_;
  PeerInfo peer_;
  std::shared_ptr<const ConnectionOptions> options_;
  ConnectionSlot slot_;
  const std::uint64_t session_id_;
  InputBuffer input_;
  SslPtr ssl_;
  std::unique_ptr<Compression> compression_;
  // Timer handlers may still be queued when this object ends: they look here first.
  std::shared_ptr<StreamConnection*> self_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point write_deadline_ = Clock::time_point::max();
  Clock::time_point timer_at_ = Clock::time_point::max();
  std::size_t taken_in_a_row_ = 0;
  bool tls_active_ = false;
  bool tls_broken_ = false;
  bool woken_ = false;
  bool stopped_ = false;
  bool closed_ = false;
};

}  // namespace restante::net
