// Deriving and checking SCRAM-SHA-256 verifiers (RFC 5802 s3, RFC 7677). CPU only: about 10 ms a
// call.
#pragma once

#include <string_view>

#include "mail/error.h"
#include "storage/types.h"

namespace restante::auth {

// Enough to slow a guesser with a stolen file down, little enough for clients that log in every
// minute.
inline constexpr unsigned kIterations = 10'000;  // RFC 7677 s4 asks for 4096 at least
inline constexpr std::size_t kMaxPasswordOctets = 1024;

// Whether password is the one the credential was derived from; takes the same time for every wrong
// one.
bool verify_password(const storage::Credential& credential, std::string_view password);

// What an account that does not exist would have: the same for the same name during a run of the
// server, so that SCRAM's first answer does not tell which names exist (RFC 5802 s7).
storage::Credential decoy_credential(std::string_view secret, std::string_view name);

// A hash of password bound to the account and its stored key, that only who knows key (32 octets)
// can make; cheap. Empty where the password cannot be right.
std::string password_tag(std::string_view key, AccountId account,
                         const storage::Credential& credential, std::string_view password);

bool equal_in_constant_time(std::string_view a, std::string_view b);

// Octets that nobody can guess. Throws std::runtime_error if the system has none.
std::string random_octets(std::size_t count);

}  // namespace restante::auth
