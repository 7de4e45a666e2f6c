// One connection of the command line to a server: TCP or a local socket, TLS on top, lines in and
// octets out, with limits and deadlines. Blocking; used from one thread. Knows no protocol.
#pragma once

#include <openssl/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cli/exit_code.h"

namespace restante::cli {

// Whom a TLS client believes: the system's certificate store, another file of certificates in its
// place, or exactly one certificate by its fingerprint. Never nobody.
struct Trust {
  std::filesystem::path ca_file;
  std::string fingerprint;  // SHA-256 of the certificate, 64 lower case hex digits; empty: none
};

struct Timeouts {
  std::chrono::milliseconds connect{3000};       // for each address of the host
  std::chrono::milliseconds idle{60'000};        // without any progress
  std::chrono::milliseconds whole{15 * 60'000};  // from connecting to closing
};

class ClientStream {
 public:
  // Connects to the first address of host that answers. Errors: TryLater (unknown
  // host, refused, no answer).
  static Outcome<ClientStream> connect(const std::string& host, std::uint16_t port,
                                       const Timeouts& timeouts = {});
  // Connects to a local socket. Errors: TryLater (no server), Login (not permitted).
  static Outcome<ClientStream> connect_local(const std::filesystem::path& socket,
                                             const Timeouts& timeouts = {});

  ClientStream(ClientStream&&) noexcept;
  ClientStream& operator=(ClientStream&&) noexcept;
  ~ClientStream();

  // TLS 1.2 or later; octets received before the handshake are discarded (a man in the middle may
  // have put them there). Errors: Login (the certificate is not trusted), TryLater, Protocol.
  Outcome<void> start_tls(const Trust& trust);
  // As start_tls, believing anybody: only to look at the fingerprint. The stream must be closed
  // after it; nothing secret may be sent.
  Outcome<std::string> look_at_fingerprint();

  // The next line without its CRLF or LF, at most limit octets. Errors: Protocol (longer),
  // TryLater.
  Outcome<std::string> read_line(std::size_t limit);
  // At least one octet, as much as is there. Errors: TryLater (closed, timeout).
  Outcome<std::string> read_some();
  Outcome<void> write(std::string_view octets);

  bool encrypted() const { return ssl_ != nullptr; }
  // The tls-exporter channel binding (RFC 9266) of TLS 1.3, 32 octets; empty where there is none.
  std::string channel_binding() const;
  // "mail.example.org:465", for messages.
  const std::string& peer() const { return peer_; }

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };
  ClientStream(int descriptor, std::string host, std::string peer, const Timeouts& timeouts);
  Outcome<void> handshake(const Trust& trust, bool believe_anybody);
  Outcome<void> wait_for(bool writing);
  Outcome<void> fill();
  std::unexpected<Failure> lost(const std::string& why) const;
  // Waits as the TLS library asks; an unexpected value is why it cannot go on.
  Outcome<void> after_ssl(int result, const std::string& doing);

  int descriptor_ = -1;
  std::string host_;
  std::string peer_;
  Timeouts timeouts_;
  std::chrono::steady_clock::time_point deadline_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // octets of buffer_ already handed out
};

// The SHA-256 of a certificate as people compare it: "AB:CD:...".
std::string show_fingerprint(std::string_view hex);

// 64 hex digits, colons and case ignored, as lower case; empty if it is something else.
std::string normal_fingerprint(std::string_view typed);

}  // namespace restante::cli
