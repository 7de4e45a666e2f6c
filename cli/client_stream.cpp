// A non-blocking socket with poll(2) around every operation, and OpenSSL driving that socket.
#include "cli/client_stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace restante::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string errno_text(int error) {
  return std::strerror(error);
}

// Waits for the socket; 0 when ready, else the errno.
int wait_ready(int descriptor, short events, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return ETIMEDOUT;
    pollfd one{descriptor, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<long>(left.count(), 3'600'000)));
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

// A connected non-blocking socket, or -1 and the errno.
std::pair<int, int> connect_socket(int family, const sockaddr* address, socklen_t length,
                                   std::chrono::milliseconds timeout) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return {-1, errno};
  int error = 0;
  if (::connect(descriptor, address, length) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      error = wait_ready(descriptor, POLLOUT, Clock::now() + timeout);
      socklen_t size = sizeof error;
      if (error == 0) ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) {
    const int on = 1;
    if (family != AF_UNIX) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {descriptor, 0};
  }
  ::close(descriptor);
  return {-1, error};
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::string ssl_error_text() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "unknown TLS error" : reason;
}

std::string fingerprint_of(const SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (certificate == nullptr ||
      X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) {
    return {};
  }
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

bool is_address(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

void ClientStream::FreeSsl::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

ClientStream::ClientStream(int descriptor, std::string host, std::string peer,
                           const Timeouts& timeouts)
    : descriptor_(descriptor),
      host_(std::move(host)),
      peer_(std::move(peer)),
      timeouts_(timeouts),
      deadline_(Clock::now() + timeouts.whole) {}

ClientStream::ClientStream(ClientStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      host_(std::move(other.host_)),
      peer_(std::move(other.peer_)),
      timeouts_(other.timeouts_),
      deadline_(other.deadline_),
      ssl_(std::move(other.ssl_)),
      buffer_(std::move(other.buffer_)),
      consumed_(other.consumed_) {}

ClientStream& ClientStream::operator=(ClientStream&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(host_, other.host_);
  std::swap(peer_, other.peer_);
  std::swap(timeouts_, other.timeouts_);
  std::swap(deadline_, other.deadline_);
  std::swap(ssl_, other.ssl_);
  std::swap(buffer_, other.buffer_);
  std::swap(consumed_, other.consumed_);
  return *this;
}

ClientStream::~ClientStream() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  ssl_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

Outcome<ClientStream> ClientStream::connect(const std::string& host, std::uint16_t port,
                                            const Timeouts& timeouts) {
  const std::string peer = fmt::format("{}:{}", host, port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error == EAI_NONAME || error == EAI_ADDRFAMILY) {
    hints.ai_flags = AI_NUMERICSERV;  // AI_ADDRCONFIG hides loopback where there is no network
    error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  }
  if (error != 0) {
    return failure(ExitCode::TryLater,
                   fmt::format("cannot reach {}: {}", peer, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  int last = ECONNREFUSED;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const auto [descriptor, why] =
        connect_socket(one->ai_family, one->ai_addr, one->ai_addrlen, timeouts.connect);
    if (descriptor >= 0) return ClientStream(descriptor, host, peer, timeouts);
    last = why;
  }
  return failure(ExitCode::TryLater, fmt::format("cannot reach {}: {}", peer, errno_text(last)),
                 "is the server running, and is this its port?");
}

Outcome<ClientStream> ClientStream::connect_local(const std::filesystem::path& socket,
                                                  const Timeouts& timeouts) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  if (path.size() >= sizeof address.sun_path) {
    return failure(ExitCode::Configuration, "the path of the local socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto [descriptor, why] = connect_socket(
      AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, timeouts.connect);
  if (descriptor >= 0) return ClientStream(descriptor, "localhost", path, timeouts);
  const bool denied = why == EACCES || why == EPERM;
  return failure(denied ? ExitCode::Login : ExitCode::TryLater,
                 fmt::format("cannot reach {}: {}", path, errno_text(why)),
                 denied ? "" : "start the server: restante serve");
}

std::unexpected<Failure> ClientStream::lost(const std::string& why) const {
  return failure(ExitCode::TryLater, fmt::format("lost the connection to {}: {}", peer_, why));
}

Outcome<void> ClientStream::wait_for(bool writing) {
  const auto until = std::min(Clock::now() + timeouts_.idle, deadline_);
  const int error = wait_ready(descriptor_, writing ? POLLOUT : POLLIN, until);
  if (error == ETIMEDOUT) return lost("no answer in time");
  if (error != 0) return lost(errno_text(error));
  return {};
}

Outcome<void> ClientStream::after_ssl(int result, const std::string& doing) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(false);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(true);
    case SSL_ERROR_ZERO_RETURN:
      return lost("closed by the server");
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return lost(errno == 0 ? "closed by the server" : errno_text(errno));
    default:
      return failure(ExitCode::Protocol,
                     fmt::format("{} with {} failed: {}", doing, peer_, ssl_error_text()));
  }
}

Outcome<void> ClientStream::handshake(const Trust& trust, bool believe_anybody) {
  buffer_.clear();
  consumed_ = 0;
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return failure(ExitCode::Bug, "cannot start TLS: " + ssl_error_text());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const bool pinned = believe_anybody || !trust.fingerprint.empty();
  if (!pinned && trust.ca_file.empty()) SSL_CTX_set_default_verify_paths(context.get());
  if (!pinned && !trust.ca_file.empty() &&
      SSL_CTX_load_verify_file(context.get(), trust.ca_file.c_str()) != 1) {
    return failure(ExitCode::Configuration, fmt::format("cannot read the certificates of {}: {}",
                                                        trust.ca_file.string(), ssl_error_text()));
  }
  ssl_.reset(SSL_new(context.get()));
  SSL_set_fd(ssl_.get(), descriptor_);
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_.get());
  if (is_address(host_)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, host_.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(rules, host_.c_str(), host_.size());
    SSL_set_tlsext_host_name(ssl_.get(), host_.c_str());
  }
  // A pinned certificate is compared below, after the handshake and before anything is sent.
  SSL_set_verify(ssl_.get(), pinned ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  while (true) {
    errno = 0;
    const int result = SSL_connect(ssl_.get());
    if (result == 1) break;
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (!pinned && verdict != X509_V_OK && SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL) {
      ERR_clear_error();
      return failure(ExitCode::Login,
                     fmt::format("cannot verify the certificate of {}: {}", peer_,
                                 X509_verify_cert_error_string(verdict)),
                     "if you know this server: restante login ADDRESS --server HOST "
                     "--trust-certificate (or --ca-file FILE)");
    }
    if (auto going_on = after_ssl(result, "TLS"); !going_on) return going_on;
  }
  if (!trust.fingerprint.empty() && fingerprint_of(ssl_.get()) != trust.fingerprint) {
    return failure(ExitCode::Login,
                   fmt::format("{} shows another certificate than the one trusted at login: {}",
                               peer_, show_fingerprint(fingerprint_of(ssl_.get()))),
                   "if the server has a new certificate: restante login again");
  }
  return {};
}

Outcome<void> ClientStream::start_tls(const Trust& trust) {
  return handshake(trust, false);
}

Outcome<std::string> ClientStream::look_at_fingerprint() {
  if (auto done = handshake(Trust{}, true); !done) return std::unexpected(done.error());
  return fingerprint_of(ssl_.get());
}

Outcome<void> ClientStream::fill() {
  if (consumed_ > 0) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  std::array<char, 16384> piece;
  while (true) {
    if (Clock::now() >= deadline_) return lost("no answer in time");
    errno = 0;
    if (ssl_) {
      const int got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
      if (got > 0) {
        buffer_.append(piece.data(), static_cast<std::size_t>(got));
        return {};
      }
      if (auto going_on = after_ssl(got, "TLS"); !going_on) return going_on;
      continue;
    }
    const ssize_t got = ::recv(descriptor_, piece.data(), piece.size(), 0);
    if (got > 0) {
      buffer_.append(piece.data(), static_cast<std::size_t>(got));
      return {};
    }
    if (got == 0) return lost("closed by the server");
    if (errno != EAGAIN && errno != EINTR) return lost(errno_text(errno));
    if (auto ready = wait_for(false); !ready) return ready;
  }
}

Outcome<std::string> ClientStream::read_line(std::size_t limit) {
  std::size_t searched = consumed_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - consumed_;
    if (length > limit) {
      return failure(ExitCode::Protocol, fmt::format("{} sent a line that is too long", peer_));
    }
    if (end != std::string::npos) {
      std::string line = buffer_.substr(consumed_, length);
      consumed_ = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    const std::size_t pending = buffer_.size() - consumed_;
    if (auto more = fill(); !more) return std::unexpected(more.error());
    searched = consumed_ + pending;
  }
}

Outcome<std::string> ClientStream::read_some() {
  if (consumed_ == buffer_.size()) {
    if (auto more = fill(); !more) return std::unexpected(more.error());
  }
  std::string octets = buffer_.substr(consumed_);
  buffer_.clear();
  consumed_ = 0;
  return octets;
}

Outcome<void> ClientStream::write(std::string_view octets) {
  while (!octets.empty()) {
    if (Clock::now() >= deadline_) return lost("not taken in time");
    errno = 0;
    if (ssl_) {
      const int length = static_cast<int>(std::min<std::size_t>(octets.size(), 1 << 20));
      const int sent = SSL_write(ssl_.get(), octets.data(), length);
      if (sent > 0) {
        octets.remove_prefix(static_cast<std::size_t>(sent));
      } else if (auto going_on = after_ssl(sent, "TLS"); !going_on) {
        return going_on;
      }
      continue;
    }
    const ssize_t sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return lost(errno_text(errno));
    } else if (auto ready = wait_for(true); !ready) {
      return ready;
    }
  }
  return {};
}

std::string ClientStream::channel_binding() const {
  // RFC 9266 s4.2 allows it with TLS 1.2 too, but only with extended master secret and without
  // renegotiation; TLS 1.3 has no such conditions.
  if (!ssl_ || SSL_version(ssl_.get()) < TLS1_3_VERSION) return {};
  constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  std::string octets(32, '\0');
  const int done =
      SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(octets.data()),
                                 octets.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1);
  return done == 1 ? octets : std::string();
}

std::string show_fingerprint(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i > 0 && i % 2 == 0) out += ':';
    out += hex[i] >= 'a' ? static_cast<char>(hex[i] - 'a' + 'A') : hex[i];
  }
  return out;
}

std::string normal_fingerprint(std::string_view typed) {
  std::string hex;
  for (const char c : typed) {
    if (c == ':') continue;
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      hex += c;
    } else if (c >= 'A' && c <= 'F') {
      hex += static_cast<char>(c - 'A' + 'a');
    } else {
      return {};
    }
  }
  return hex.size() == 64 ? hex : std::string();
}

}  // namespace restante::cli
