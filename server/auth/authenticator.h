// Who is logging in: SASL mechanisms through GNU SASL, credentials from the store, hashing on a
// pool of threads of its own so that a login flood cannot starve anything else. Thread rule:
// Authenticator may be used from any thread; an Exchange belongs to one session.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mail/error.h"
#include "storage/store.h"

namespace restante::auth {

// What the session knows about the connection that matters to SASL.
struct ChannelFacts {
  ChannelFacts(std::string peer, bool encrypted, std::string exporter, std::string unique)
      : peer_address(std::move(peer)),
        tls(encrypted),
        tls_exporter(std::move(exporter)),
        tls_unique(std::move(unique)) {}
  std::string peer_address;  // for throttling
  bool tls = false;
  std::string tls_exporter;  // channel binding data, RFC 9266
  std::string tls_unique;    // RFC 5929
};

struct Challenge {
  std::string octets;  // not base64
};
struct Success {
  storage::Account account;
  std::string final_octets;  // server data to go with success (SCRAM), not base64; may be empty
};
struct Failure {
  enum class Reason { Credentials, Malformed, Throttled, Unavailable };
  Reason reason = Reason::Credentials;
};
using Step = std::variant<Challenge, Success, Failure>;

// One SASL exchange (RFC 4422).
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Feeds the client's octets (base64 already removed); nullopt stands for "no initial response".
  // Resumes on the caller's executor. Failures are delayed and counted here.
  virtual asio::awaitable<Step> step(std::optional<std::string> input) = 0;
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Names in order of preference: SCRAM-SHA-256-PLUS (under TLS), SCRAM-SHA-256, PLAIN, LOGIN.
  // PLAIN and LOGIN only where plaintext_allowed.
  virtual std::vector<std::string> mechanisms(const ChannelFacts& facts,
                                              bool plaintext_allowed) const = 0;
  // mechanism must be one of mechanisms() for these facts. Errors: Invalid (no such mechanism).
  virtual Result<std::unique_ptr<Exchange>> start(std::string_view mechanism,
                                                  const ChannelFacts& facts) = 0;
  // IMAP LOGIN and the like: Success or Failure.
  virtual asio::awaitable<Step> check_password(std::string user, std::string password,
                                               ChannelFacts facts) = 0;

  // threads: how many passwords are hashed at once. default_domain completes a login name without
  // "@". store must outlive the authenticator, and all exchanges must have ended before it is
  // destroyed.
  static std::unique_ptr<Authenticator> create(storage::Store& store, unsigned threads,
                                               std::string default_domain = {});
};

// Derives a new credential with a random salt (RFC 7677: iterations 4096 or more). Errors: Invalid
// (password empty, longer than 1024 octets or not permitted by SASLprep).
Result<storage::Credential> derive_credential(std::string_view password);

}  // namespace restante::auth
