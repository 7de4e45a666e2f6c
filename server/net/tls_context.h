// Server certificates and the TLS rules of this server (TLS 1.2 or later, no renegotiation, ALPN
// checked). Hides OpenSSL. Thread rule: TlsContext may be used from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mail/error.h"

struct ssl_ctx_st;
struct ssl_st;

namespace restante::net {

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, SslDeleter>;

// The names a client may ask for by ALPN (RFC 7301) at one protocol's doors; a client that offers
// only others is refused with no_application_protocol.
using AlpnNames = std::vector<std::string>;

class TlsContext {
 public:
  // Reads a PEM chain and its key. Errors: Io (file not readable), Invalid (not PEM, the key does
  // not belong to the certificate), each naming the file.
  static Result<std::shared_ptr<TlsContext>> load(std::filesystem::path certificate,
                                                  std::filesystem::path key);

  // Rereads the files if they changed since the last call, or always if forced; the old certificate
  // stays in use on an error. Value: whether it was replaced.
  Result<bool> refresh(bool force);

  // A server-side session on a connected socket; names must outlive it. Null if out of memory.
  SslPtr new_session(int socket, const AlpnNames& names) const;

 private:
  struct Signature {
    std::int64_t values[6] = {};
    bool operator==(const Signature&) const = default;
  };
  TlsContext(std::filesystem::path certificate, std::filesystem::path key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Result<std::shared_ptr<ssl_ctx_st>> read_files() const;
  Signature signature() const;

  std::filesystem::path certificate_;
  std::filesystem::path key_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
  Signature seen_;
};

// Makes a self-signed certificate (EC P-256, 825 days) for localhost, 127.0.0.1 and ::1 unless the
// two files hold one that is valid for 30 more days; the key file gets mode 0600. Errors: Io.
Result<void> ensure_self_signed(const std::filesystem::path& certificate,
                                const std::filesystem::path& key);

}  // namespace restante::net
