// The client's side of SASL (RFC 4422): which mechanism to use and what to say, through GNU SASL.
// Knows no protocol; one exchange each; used from one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"

struct Gsasl;
struct Gsasl_session;

namespace restante::cli {

class SaslClient {
 public:
  // channel_binding: the 32 octets of tls-exporter, empty where there are none.
  SaslClient(std::string user, std::string password, std::string channel_binding);
  ~SaslClient();
  SaslClient(const SaslClient&) = delete;
  SaslClient& operator=(const SaslClient&) = delete;

  // The best of the mechanisms a server offers (upper case): SCRAM-SHA-256-PLUS where the channel
  // can be bound, SCRAM-SHA-256, PLAIN only where allowed. nullopt: none fits.
  static std::optional<std::string> choose(const std::vector<std::string>& offered, bool can_bind,
                                           bool plain_allowed);

  // Begins and returns the initial response, not encoded. Errors: Bug, Login.
  Outcome<std::string> start(const std::string& mechanism);
  // The answer to a challenge (both decoded). Errors: Login where the server's proof is wrong,
  // Protocol.
  Outcome<std::string> step(std::string_view challenge);
  // Whether the exchange is over and, where the mechanism has it, the server has proved itself:
  // a server's word of success counts only then.
  bool complete() const { return complete_; }

 private:
  friend struct SaslClientCallback;
  int provide(Gsasl_session* session, int property) const;

  std::string user_;
  std::string password_;
  std::string channel_binding_;
  bool bind_ = false;
  bool complete_ = false;
  Gsasl* library_ = nullptr;
  Gsasl_session* session_ = nullptr;
};

// Base64 without line ends (RFC 4648 s4) and back; nullopt: not base64.
std::string encode_base64_line(std::string_view octets);
std::optional<std::string> decode_base64_line(std::string_view line);

}  // namespace restante::cli
