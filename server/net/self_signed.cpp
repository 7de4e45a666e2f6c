// The self-signed certificate of a trial. Declared in tls_context.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include "server/net/tls_context.h"
#include "server/net/unique_fd.h"

namespace restante::net {
namespace {

constexpr long kDay = 24L * 60 * 60;
constexpr long kLifetime = 825 * kDay;
constexpr time_t kRenewBefore = 30 * kDay;

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

bool is_still_good(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  BioPtr file(BIO_new_file(certificate.c_str(), "r"), BIO_free_all);
  if (!file || ::access(key.c_str(), R_OK) != 0) return false;
  X509Ptr read(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  if (!read) return false;
  time_t later = std::time(nullptr) + kRenewBefore;
  return X509_cmp_time(X509_get0_notAfter(read.get()), &later) > 0;
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value), X509_EXTENSION_free);
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

X509Ptr make_certificate(EVP_PKEY* key) {
  X509Ptr made(X509_new(), X509_free);
  unsigned char serial[8];
  if (!made || RAND_bytes(serial, sizeof serial) != 1) return X509Ptr(nullptr, X509_free);
  serial[0] &= 0x7f;
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(serial, sizeof serial, nullptr),
                                                     BN_free);
  X509_NAME* name = X509_get_subject_name(made.get());
  const auto* common_name = reinterpret_cast<const unsigned char*>("localhost");
  const bool done =
      X509_set_version(made.get(), X509_VERSION_3) == 1 && number &&
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made.get())) != nullptr &&
      X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDay) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(made.get()), kLifetime) != nullptr &&
      X509_set_pubkey(made.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(made.get(), name) == 1 &&
      add_extension(made.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
      add_extension(made.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(made.get(), NID_key_usage, "critical,digitalSignature") &&
      add_extension(made.get(), NID_ext_key_usage, "serverAuth") &&
      X509_sign(made.get(), key, EVP_sha256()) > 0;
  if (!done) made.reset();
  return made;
}

// Writes text to a new file beside path and renames it there.
Result<void> replace_file(const std::filesystem::path& path, BIO* text, mode_t mode) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(text, &data);
  const std::string temporary = path.native() + ".new";
  ::unlink(temporary.c_str());
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file || ::write(file.get(), data, static_cast<std::size_t>(size)) != size ||
      ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::Io, fmt::format("cannot write {}: {}", path.native(), strerror(errno)));
  }
  return {};
}

}  // namespace

Result<void> ensure_self_signed(const std::filesystem::path& certificate,
                                const std::filesystem::path& key) {
  if (is_still_good(certificate, key)) return {};
  KeyPtr pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (!pair) return fail(ErrorKind::Io, "cannot make a key for the trial certificate");
  const X509Ptr made = make_certificate(pair.get());
  BioPtr key_text(BIO_new(BIO_s_mem()), BIO_free_all);
  BioPtr certificate_text(BIO_new(BIO_s_mem()), BIO_free_all);
  if (!made || !key_text || !certificate_text ||
      PEM_write_bio_PrivateKey(key_text.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_text.get(), made.get()) != 1) {
    return fail(ErrorKind::Io, "cannot make the trial certificate");
  }
  if (auto written = replace_file(key, key_text.get(), 0600); !written) return written;
  return replace_file(certificate, certificate_text.get(), 0644);
}

}  // namespace restante::net
