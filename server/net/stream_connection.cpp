#include "server/net/stream_connection.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace restante::net {
namespace {

constexpr std::size_t kCommandRead = 16 * 1024;
constexpr std::size_t kBulkRead = 64 * 1024;
// So much may be read or written without waiting before other connections get their turn.
constexpr std::size_t kGreedy = 512 * 1024;
constexpr std::size_t kCompressedRead = 8 * 1024;
constexpr int kEmptyRounds = 16;
constexpr std::size_t kDrainAtClose = 64 * 1024;

std::uint64_t next_session_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

StreamConnection::StreamConnection(IoThread& thread, UniqueFd socket, PeerInfo peer,
                                   std::shared_ptr<const ConnectionOptions> options,
                                   ConnectionSlot slot)
    : thread_(thread),
      descriptor_(thread.context()),
      timer_(thread.context()),
      peer_(std::move(peer)),
      options_(std::move(options)),
      slot_(std::move(slot)),
      session_id_(next_session_id()),
      self_(std::make_shared<StreamConnection*>(this)),
      stopped_(thread.stopping()) {
  asio::error_code error;
  descriptor_.assign(socket.get(), error);
  if (error) throw std::system_error(error);
  (void)socket.release();
  place_ = thread.registry().insert(thread.registry().end(), this);
}

StreamConnection::~StreamConnection() {
  *self_ = nullptr;
  close();
  thread_.registry().erase(place_);
}

// ---- attempts: one system or OpenSSL call, never waiting

StreamConnection::Attempt StreamConnection::tls_attempt(int result, std::size_t octets) {
  if (result > 0) return Attempt{Outcome::Done, octets};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Attempt{Outcome::WantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return Attempt{Outcome::WantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return Attempt{Outcome::Closed, 0};
    case SSL_ERROR_SYSCALL:
      tls_broken_ = true;
      return Attempt{Outcome::Closed, 0};
    default: {
      tls_broken_ = true;
      const unsigned long code = ERR_peek_error();
      ERR_clear_error();
      const bool cut_off = ERR_GET_LIB(code) == ERR_LIB_SSL &&
                           ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
      return Attempt{cut_off ? Outcome::Closed : Outcome::TlsFailed, 0};
    }
  }
}

StreamConnection::Attempt StreamConnection::try_read(char* data, std::size_t size) {
  if (tls_active_) {
    ERR_clear_error();
    std::size_t octets = 0;
    const int result = SSL_read_ex(ssl_.get(), data, size, &octets);
    return tls_attempt(result, octets);
  }
  for (;;) {
    const ssize_t got = ::recv(descriptor_.native_handle(), data, size, 0);
    if (got > 0) return Attempt{Outcome::Done, static_cast<std::size_t>(got)};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Attempt{Outcome::WantRead, 0};
    return Attempt{Outcome::Closed, 0};
  }
}

StreamConnection::Attempt StreamConnection::try_write(const char* data, std::size_t size) {
  if (tls_active_) {
    ERR_clear_error();
    std::size_t octets = 0;
    const int result = SSL_write_ex(ssl_.get(), data, size, &octets);
    return tls_attempt(result, octets);
  }
  for (;;) {
    const ssize_t put = ::send(descriptor_.native_handle(), data, size, MSG_NOSIGNAL);
    if (put >= 0) return Attempt{Outcome::Done, static_cast<std::size_t>(put)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Attempt{Outcome::WantWrite, 0};
    return Attempt{Outcome::Closed, 0};
  }
}

IoError StreamConnection::broken(Outcome outcome) {
  close();
  return outcome == Outcome::TlsFailed ? IoError::Tls : IoError::Closed;
}

std::optional<IoError> StreamConnection::interruption(bool reading) const {
  if (closed_) return IoError::Closed;
  if (reading && stopped_) return IoError::Stopped;
  const auto limit = reading ? deadline_ : std::min(deadline_, write_deadline_);
  if (limit != Clock::time_point::max() && Clock::now() >= limit) return IoError::Deadline;
  return std::nullopt;
}

// ---- waiting

// Returns when the socket may be ready or something interrupted; the caller looks which.
asio::awaitable<void> StreamConnection::wait_ready(bool to_read) {
  taken_in_a_row_ = 0;
  arm_timer();
  asio::error_code ignored;
  const auto what = to_read ? Descriptor::wait_read : Descriptor::wait_write;
  co_await descriptor_.async_wait(what, asio::redirect_error(asio::use_awaitable, ignored));
}

bool StreamConnection::is_greedy(std::size_t octets) {
  taken_in_a_row_ += octets + 64;
  if (taken_in_a_row_ < kGreedy) return false;
  taken_in_a_row_ = 0;
  return true;
}

void StreamConnection::arm_timer() {
  const auto wanted = std::min(deadline_, write_deadline_);
  if (closed_ || wanted >= timer_at_) return;  // an earlier one looks again when it fires
  timer_at_ = wanted;
  timer_.expires_at(wanted);
  timer_.async_wait([self = std::weak_ptr(self_)](const asio::error_code& error) {
    const auto alive = self.lock();
    if (!error && alive && *alive != nullptr) (*alive)->on_timer();
  });
}

void StreamConnection::on_timer() {
  timer_at_ = Clock::time_point::max();
  if (Clock::now() < std::min(deadline_, write_deadline_)) {
    arm_timer();
  } else {
    cancel_waits();
  }
}

void StreamConnection::cancel_waits() {
  asio::error_code ignored;
  if (!closed_) descriptor_.cancel(ignored);
}

void StreamConnection::set_deadline(Clock::duration from_now) {
  const auto now = Clock::now();
  deadline_ = from_now > Clock::time_point::max() - now ? Clock::time_point::max() : now + from_now;
}

void StreamConnection::wake() {
  woken_ = true;
  cancel_waits();
}

void StreamConnection::request_stop() {
  stopped_ = true;
  cancel_waits();
}

// ---- compression

void StreamConnection::start_compression() {
  if (compression_) return;
  compression_ = std::make_unique<Compression>();
  compression_->feed(input_.view());
  input_.clear();
}

void StreamConnection::stop_compression() {
  if (!compression_) return;
  const std::string plain = compression_->take_input();
  compression_.reset();
  if (plain.empty()) return;
  std::ranges::copy(plain, input_.prepare(plain.size()).begin());
  input_.commit(plain.size());
}

// As try_read, of what stands in the compressed stream.
StreamConnection::Attempt StreamConnection::read_input(char* data, std::size_t size) {
  if (!compression_) return try_read(data, size);
  // A peer may send blocks that hold nothing for ever: others get their turn between.
  for (int rounds = 0; rounds < kEmptyRounds; ++rounds) {
    const auto inflated = compression_->inflate(data, size);
    if (!inflated) return Attempt{Outcome::Closed, 0};
    if (*inflated > 0) return Attempt{Outcome::Done, *inflated};
    char octets[kCompressedRead];
    const Attempt attempt = try_read(octets, sizeof octets);
    if (attempt.outcome != Outcome::Done) return attempt;
    compression_->feed(std::string_view(octets, attempt.octets));
  }
  return Attempt{Outcome::WantRead, 0};
}

// Gives back the memory that a wait does not need.
void StreamConnection::rest() {
  input_.release_if_empty();
  if (compression_) compression_->rest();
}

// ---- reading

// Reads at least one octet into the buffer; holds no empty buffer while it waits.
asio::awaitable<IoResult<void>> StreamConnection::fill(std::size_t wanted) {
  for (;;) {
    if (const auto error = interruption(true)) co_return std::unexpected(*error);
    const auto space = input_.prepare(wanted);
    const Attempt attempt = read_input(space.data(), space.size());
    if (attempt.outcome == Outcome::Done) {
      input_.commit(attempt.octets);
      if (is_greedy(attempt.octets)) {
        co_await asio::post(thread_.context(), asio::use_awaitable);
      }
      co_return IoResult<void>();
    }
    if (attempt.outcome == Outcome::Closed || attempt.outcome == Outcome::TlsFailed) {
      co_return std::unexpected(broken(attempt.outcome));
    }
    rest();
    co_await wait_ready(attempt.outcome == Outcome::WantRead);
  }
}

asio::awaitable<IoResult<std::string_view>> StreamConnection::read_line(std::size_t limit) {
  std::size_t searched = 0;
  bool too_long = false;
  for (;;) {
    if (const auto error = interruption(true)) co_return std::unexpected(*error);
    const std::string_view held = input_.view();
    const std::size_t end = held.find('\n', searched);
    if (end != std::string_view::npos) {
      input_.consume(end + 1);
      if (too_long || end + 1 > limit) co_return std::unexpected(IoError::TooLong);
      const bool crlf = end > 0 && held[end - 1] == '\r';
      co_return held.substr(0, crlf ? end - 1 : end + 1);
    }
    searched = held.size();
    if (searched >= limit) {
      too_long = true;
      input_.clear();
      searched = 0;
    }
    const auto filled = co_await fill(kCommandRead / 2);
    if (!filled) co_return std::unexpected(filled.error());
  }
}

asio::awaitable<IoResult<std::string_view>> StreamConnection::read_some(std::size_t limit) {
  if (const auto error = interruption(true)) co_return std::unexpected(*error);
  if (input_.empty()) {
    const auto filled = co_await fill(limit > kCommandRead ? kBulkRead : kCommandRead);
    if (!filled) co_return std::unexpected(filled.error());
  }
  const std::string_view taken = input_.view().substr(0, limit);
  input_.consume(taken.size());
  co_return taken;
}

bool StreamConnection::has_buffered_input() const {
  // Compressed octets may hold nothing.
  return !input_.empty() ||
         (!compression_ && tls_active_ && !closed_ && SSL_pending(ssl_.get()) > 0);
}

void StreamConnection::discard_buffered_input() {
  input_.clear();
}

asio::awaitable<IoResult<WakeReason>> StreamConnection::wait_for_input_or_wake() {
  for (;;) {
    if (const auto error = interruption(true)) co_return std::unexpected(*error);
    if (woken_) {
      woken_ = false;
      co_return WakeReason::Woken;
    }
    if (!input_.empty()) co_return WakeReason::Input;
    // A readable socket may hold only part of a TLS record: what counts is what can be read of it.
    const auto space = input_.prepare(kCommandRead);
    const Attempt attempt = read_input(space.data(), space.size());
    if (attempt.outcome == Outcome::Done) {
      input_.commit(attempt.octets);
      co_return WakeReason::Input;
    }
    if (attempt.outcome == Outcome::Closed || attempt.outcome == Outcome::TlsFailed) {
      co_return std::unexpected(broken(attempt.outcome));
    }
    rest();
    co_await wait_ready(attempt.outcome == Outcome::WantRead);
  }
}

// ---- writing

asio::awaitable<IoResult<void>> StreamConnection::write(std::string_view data) {
  if (!compression_) co_return co_await write_octets(data);
  for (;;) {
    const std::string_view piece = compression_->deflate(data);
    if (piece.empty()) co_return IoResult<void>();
    const auto written = co_await write_octets(piece);
    if (!written) co_return written;
  }
}

asio::awaitable<IoResult<void>> StreamConnection::write_octets(std::string_view data) {
  while (!data.empty()) {
    const auto error = interruption(false);
    if (error) {
      write_deadline_ = Clock::time_point::max();
      co_return std::unexpected(*error);
    }
    const Attempt attempt = try_write(data.data(), data.size());
    if (attempt.outcome == Outcome::Done) {
      data.remove_prefix(attempt.octets);
      write_deadline_ = Clock::time_point::max();
      if (is_greedy(attempt.octets)) {
        co_await asio::post(thread_.context(), asio::use_awaitable);
      }
      continue;
    }
    if (attempt.outcome == Outcome::Closed || attempt.outcome == Outcome::TlsFailed) {
      co_return std::unexpected(broken(attempt.outcome));
    }
    if (write_deadline_ == Clock::time_point::max()) {
      write_deadline_ = Clock::now() + options_->write_stall;
    }
    co_await wait_ready(attempt.outcome == Outcome::WantRead);
  }
  co_return IoResult<void>();
}

// ---- TLS

asio::awaitable<IoResult<void>> StreamConnection::start_tls() {
  if (closed_) co_return std::unexpected(IoError::Closed);
  discard_buffered_input();
  input_.release_if_empty();
  if (can_start_tls())
    ssl_ = options_->tls->new_session(descriptor_.native_handle(), options_->alpn);
  if (!ssl_ || tls_active_) co_return std::unexpected(IoError::Tls);
  for (;;) {
    auto error = interruption(true);
    if (error) {
      close();
      // There is no saying goodbye in the middle of a handshake.
      if (*error == IoError::Stopped) error = IoError::Closed;
      co_return std::unexpected(*error);
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const Attempt attempt = tls_attempt(result, 0);
    if (attempt.outcome == Outcome::Done) break;
    if (attempt.outcome == Outcome::Closed || attempt.outcome == Outcome::TlsFailed) {
      co_return std::unexpected(broken(attempt.outcome));
    }
    co_await wait_ready(attempt.outcome == Outcome::WantRead);
  }
  tls_active_ = true;
  co_return IoResult<void>();
}

std::string StreamConnection::tls_description() const {
  if (!tls_active_) return {};
  return std::string(SSL_get_version(ssl_.get())) + " " + SSL_get_cipher_name(ssl_.get());
}

Connection::ChannelBinding StreamConnection::channel_binding() const {
  ChannelBinding result;
  if (!tls_active_) return result;
  // Without the extended master secret TLS 1.2 binds nothing (RFC 9266 s3, RFC 7627).
  const bool old = SSL_version(ssl_.get()) < TLS1_3_VERSION;
  if (old && SSL_get_extms_support(ssl_.get()) != 1) return result;
  static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  unsigned char data[EVP_MAX_MD_SIZE] = {};
  if (SSL_export_keying_material(ssl_.get(), data, 32, kLabel.data(), kLabel.size(), data, 0, 1) ==
      1) {
    result.tls_exporter.assign(reinterpret_cast<const char*>(data), 32);
  }
  if (old) {  // the first Finished message (RFC 5929 s3): the client's, but the server's if resumed
    const std::size_t size = SSL_session_reused(ssl_.get()) == 1
                                 ? SSL_get_finished(ssl_.get(), data, sizeof data)
                                 : SSL_get_peer_finished(ssl_.get(), data, sizeof data);
    result.tls_unique.assign(reinterpret_cast<const char*>(data), std::min(size, sizeof data));
  }
  return result;
}

// ---- closing

void StreamConnection::close() {
  if (closed_) return;
  closed_ = true;
  if (tls_active_ && !tls_broken_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  // Unread input would make the kernel reset the stream and with it our last words.
  const int socket = descriptor_.native_handle();
  ::shutdown(socket, SHUT_WR);
  char unread[4096];
  for (std::size_t drained = 0; drained < kDrainAtClose;) {
    const ssize_t got = ::recv(socket, unread, sizeof unread, MSG_DONTWAIT);
    if (got <= 0) break;
    drained += static_cast<std::size_t>(got);
  }
  asio::error_code ignored;
  descriptor_.close(ignored);
  timer_.cancel();
  slot_.reset();
}

}  // namespace restante::net
