// One byte stream to a client, plain or TLS, behind one abstract type: sessions see neither sockets
// nor OpenSSL. A connection belongs to one I/O thread; nothing here may be called from another one.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace restante::net {

enum class IoError {
  Closed,    // the peer closed the stream, or it was closed under the operation
  Deadline,  // set_deadline's time passed
  TooLong,   // no line end within the limit; what was read of it is discarded up to its line end
  Tls,       // the handshake or a record failed
  Stopped,   // the server is stopping: say goodbye
};

template <class T>
using IoResult = std::expected<T, IoError>;

enum class WakeReason { Input, Woken };

struct PeerInfo {
  std::string address;  // "192.0.2.1", "2001:db8::1"; "local" for a Unix socket
  std::uint16_t port = 0;
  bool loopback = false;
  bool local_socket = false;
  std::string local_user;  // login name of the peer of a Unix socket (SO_PEERCRED); empty otherwise
};

class Connection {
 public:
  virtual ~Connection() = default;

  virtual const PeerInfo& peer() const = 0;
  virtual asio::any_io_executor executor() = 0;
  // Unique in this run of the server, for the log.
  virtual std::uint64_t session_id() const = 0;

  // Reads one line, at most limit octets including its end; the line is returned without CRLF.
  // A line that ends in a bare LF is returned with the LF in place so that the caller can refuse it
  // (RFC 5321 s2.3.8). The view is valid until the next read. Errors: all of IoError.
  virtual asio::awaitable<IoResult<std::string_view>> read_line(std::size_t limit) = 0;
  // Reads whatever is there, at least one octet, at most limit. The view is valid until the next
  // read.
  virtual asio::awaitable<IoResult<std::string_view>> read_some(std::size_t limit) = 0;
  // Gives back the last count octets of the view that the last read_some returned: the next read
  // starts with them (commands pipelined behind the end of a message, RFC 2920).
  virtual void unread(std::size_t count) = 0;
  // Whether input has been read from the socket that no read call has returned yet (pipelining).
  virtual bool has_buffered_input() const = 0;
  // Forgets such input (RFC 3207 s4.2: before the handshake).
  virtual void discard_buffered_input() = 0;

  // Waits without holding a buffer until there is input or wake() was called (IDLE).
  virtual asio::awaitable<IoResult<WakeReason>> wait_for_input_or_wake() = 0;
  // Ends the present or the next wait_for_input_or_wake(). Call on executor() only.
  virtual void wake() = 0;

  // Writes all of data; returns when the kernel has taken it.
  virtual asio::awaitable<IoResult<void>> write(std::string_view data) = 0;

  // Server handshake; discards buffered input first. Errors: Tls, Deadline, Closed.
  virtual asio::awaitable<IoResult<void>> start_tls() = 0;
  virtual bool can_start_tls() const = 0;  // TLS is configured and not yet active
  virtual bool is_tls() const = 0;
  virtual std::string tls_description()
      const = 0;  // "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty in clear
  // For SCRAM-SHA-256-PLUS: type ("tls-exporter" or "tls-unique" is the name) and data (RFC 9266,
  // 5929).
  struct ChannelBinding {
    std::string tls_exporter;  // 32 octets, or empty
    std::string tls_unique;    // or empty (TLS 1.2)
  };
  virtual ChannelBinding channel_binding() const = 0;

  // What is read and written from now on is raw DEFLATE (RFC 4978), input that is buffered already
  // included; under TLS it is compressed before it is encrypted. Views of earlier reads end here.
  virtual void start_compression() = 0;
  // From now on neither, from where the peer's compressed octets end (RFC 8437 s3).
  virtual void stop_compression() = 0;
  virtual bool is_compressed() const = 0;

  // All later operations fail with Deadline once this much time has passed from now.
  virtual void set_deadline(std::chrono::steady_clock::duration from_now) = 0;

  // Sends what TLS owes (close_notify) and closes; idempotent.
  virtual void close() = 0;
};

}  // namespace restante::net
