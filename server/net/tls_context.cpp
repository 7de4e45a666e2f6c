#include "server/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace restante::net {
namespace {

std::string last_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown reason";
}

// Chooses the first of our names that the client offers (RFC 7301 s3.2).
int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                const unsigned char* offered, unsigned int offered_length, void*) {
  const auto* names = static_cast<const AlpnNames*>(SSL_get_app_data(ssl));
  if (names == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (unsigned int at = 0; at < offered_length;) {
    const unsigned int length = offered[at];
    const std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, length);
    if (std::find(names->begin(), names->end(), name) != names->end()) {
      *out = offered + at + 1;
      *out_length = static_cast<unsigned char>(length);
      return SSL_TLSEXT_ERR_OK;
    }
    at += length + 1;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK");
  SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
}

Result<void> require_readable(const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) == 0) return {};
  return fail(ErrorKind::Io, fmt::format("cannot read {}: {}", file.native(), strerror(errno)));
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Result<std::shared_ptr<TlsContext>> TlsContext::load(std::filesystem::path certificate,
                                                     std::filesystem::path key) {
  std::shared_ptr<TlsContext> made(new TlsContext(std::move(certificate), std::move(key)));
  auto replaced = made->refresh(true);
  if (!replaced) return std::unexpected(replaced.error());
  return made;
}

Result<std::shared_ptr<ssl_ctx_st>> TlsContext::read_files() const {
  for (const auto* file : {&certificate_, &key_}) {
    if (auto readable = require_readable(*file); !readable) {
      return std::unexpected(readable.error());
    }
  }
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(ErrorKind::Io, "cannot set TLS up: " + last_openssl_error());
  set_rules(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_.c_str()) != 1) {
    return fail(ErrorKind::Invalid, fmt::format("{} is not a PEM certificate chain: {}",
                                                certificate_.native(), last_openssl_error()));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorKind::Invalid, fmt::format("{} is not the PEM key of {}: {}", key_.native(),
                                                certificate_.native(), last_openssl_error()));
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::Invalid,
                fmt::format("{} is not the key of {}", key_.native(), certificate_.native()));
  }
  return context;
}

TlsContext::Signature TlsContext::signature() const {
  Signature result;
  std::size_t at = 0;
  for (const auto* file : {&certificate_, &key_}) {
    struct stat facts{};
    if (::stat(file->c_str(), &facts) != 0) facts = {};
    result.values[at++] =
        static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
    result.values[at++] = static_cast<std::int64_t>(facts.st_ino);
    result.values[at++] = static_cast<std::int64_t>(facts.st_size);
  }
  return result;
}

Result<bool> TlsContext::refresh(bool force) {
  const Signature now = signature();
  {
    std::lock_guard lock(mutex_);
    if (!force && now == seen_) return false;
    seen_ = now;  // one attempt, one message for each state of the files
  }
  auto context = read_files();
  if (!context) return std::unexpected(context.error());
  std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  return true;
}

SslPtr TlsContext::new_session(int socket, const AlpnNames& names) const {
  std::shared_ptr<SSL_CTX> context;
  {
    std::lock_guard lock(mutex_);
    context = context_;
  }
  ERR_clear_error();
  SslPtr ssl(SSL_new(context.get()));  // keeps its own reference to the context
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_app_data(ssl.get(), const_cast<AlpnNames*>(&names));
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace restante::net
