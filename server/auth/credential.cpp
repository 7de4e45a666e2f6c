// SCRAM verifiers through GNU SASL's helper functions (gsasl manual, section "SCRAM").
#include "server/auth/credential.h"

#include <gsasl.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "server/auth/authenticator.h"

namespace restante::auth {
namespace {

constexpr std::size_t kKeyOctets = 32;
constexpr std::size_t kSaltOctets = 16;

struct Keys {
  std::string stored;
  std::string server;
};

Keys derive_keys(const std::string& password, unsigned iterations, const std::string& salt) {
  std::array<char, GSASL_HASH_MAX_SIZE> salted{}, client{}, server{}, stored{};
  const int outcome = gsasl_scram_secrets_from_password(
      GSASL_HASH_SHA256, password.c_str(), iterations, salt.data(), salt.size(), salted.data(),
      client.data(), server.data(), stored.data());
  if (outcome != GSASL_OK) throw std::runtime_error(gsasl_strerror(outcome));
  return {std::string(stored.data(), kKeyOctets), std::string(server.data(), kKeyOctets)};
}

// RFC 4013. Errors: Invalid.
Result<std::string> prepare_password(std::string_view password) {
  if (password.empty()) return fail(ErrorKind::Invalid, "the password is empty");
  if (password.size() > kMaxPasswordOctets)
    return fail(ErrorKind::Invalid, "the password is longer than 1024 octets");
  if (password.find('\0') != std::string_view::npos)
    return fail(ErrorKind::Invalid, "the password holds a NUL");
  char* prepared = nullptr;
  const int outcome =
      gsasl_saslprep(std::string(password).c_str(), GSASL_ALLOW_UNASSIGNED, &prepared, nullptr);
  const std::unique_ptr<char, decltype(&std::free)> owner(prepared, &std::free);
  if (outcome != GSASL_OK || prepared == nullptr || *prepared == '\0') {
    return fail(ErrorKind::Invalid,
                "the password holds characters that RFC 4013 (SASLprep) does not permit");
  }
  return std::string(prepared);
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  if (gsasl_random(octets.data(), count) != GSASL_OK)
    throw std::runtime_error("no random octets from the system");
  return octets;
}

Result<storage::Credential> derive_credential(std::string_view password) {
  auto prepared = prepare_password(password);
  if (!prepared) return std::unexpected(prepared.error());
  storage::Credential credential;
  credential.salt = random_octets(kSaltOctets);
  credential.iterations = kIterations;
  Keys keys = derive_keys(*prepared, credential.iterations, credential.salt);
  credential.stored_key = std::move(keys.stored);
  credential.server_key = std::move(keys.server);
  return credential;
}

bool verify_password(const storage::Credential& credential, std::string_view password) {
  const auto prepared = prepare_password(password);
  // A password that cannot be right costs the same as a wrong one.
  const Keys keys = derive_keys(prepared.value_or("?"), credential.iterations, credential.salt);
  const bool same = equal_in_constant_time(keys.stored, credential.stored_key);
  return prepared.has_value() && same;
}

std::string password_tag(std::string_view key, AccountId account,
                         const storage::Credential& credential, std::string_view password) {
  const auto prepared = prepare_password(password);
  std::string bound(key);  // one round is a keyed hash here too
  const std::uint64_t id = account.value();
  for (unsigned shift = 0; shift < 64; shift += 8) bound += static_cast<char>(id >> shift);
  bound += credential.stored_key;
  Keys keys = derive_keys(prepared.value_or("?"), 1, bound);
  return prepared ? std::move(keys.stored) : std::string();
}

storage::Credential decoy_credential(std::string_view secret, std::string_view name) {
  // One round of the same function serves as a keyed hash; the secret is in the salt.
  std::string printable(name.substr(0, kMaxPasswordOctets));
  for (char& c : printable) c = c == '\0' ? '?' : c;
  const Keys keys = derive_keys(printable.empty() ? "?" : printable, 1, std::string(secret));
  storage::Credential decoy;
  decoy.salt = keys.stored.substr(0, kSaltOctets);
  decoy.iterations = kIterations;
  decoy.stored_key = random_octets(kKeyOctets);
  decoy.server_key = keys.server;
  return decoy;
}

}  // namespace restante::auth
