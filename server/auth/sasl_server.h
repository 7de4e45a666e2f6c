// The server's side of one SASL exchange (RFC 4422) through GNU SASL: no sockets, no threads of its
// own, no waiting. A SaslServer is used by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/auth/authenticator.h"
#include "server/auth/password_checker.h"

struct Gsasl;
struct Gsasl_session;

namespace restante::auth {

// Finds the account of a login name; nullopt where there is none; Error where the store fails.
using FindAccount = std::function<Result<std::optional<storage::Account>>(std::string_view name)>;

class SaslServer {
 public:
  // checker must outlive it. Errors of start(): Invalid.
  SaslServer(FindAccount find, ChannelFacts facts, PasswordChecker& checker);
  ~SaslServer();
  SaslServer(const SaslServer&) = delete;
  SaslServer& operator=(const SaslServer&) = delete;

  Result<void> start(std::string_view mechanism);
  Step step(const std::optional<std::string>& input);

 private:
  friend struct SaslCallbacks;
  int provide(Gsasl_session* session, int property);
  int check_simple(Gsasl_session* session);
  int provide_verifier(Gsasl_session* session, int property);
  Step run(std::string_view input);
  Step succeed(std::string final_octets);

  FindAccount find_;
  ChannelFacts facts_;
  PasswordChecker& checker_;
  ::Gsasl* library_ = nullptr;
  ::Gsasl_session* session_ = nullptr;
  bool login_ = false;
  int steps_ = 0;
  bool store_failed_ = false;
  std::optional<storage::Account> account_;        // of the name the client gave
  std::optional<storage::Credential> credential_;  // its credential or a decoy
};

// Checks a name and a password; an unknown name costs the same (CWE-208).
Step check_name_and_password(const FindAccount& find, PasswordChecker& checker,
                             std::string_view name, std::string_view password);

}  // namespace restante::auth
