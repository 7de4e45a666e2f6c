// GNU SASL asks for what it needs through a callback (gsasl manual, sections "Callbacks" and
// "Properties"); each exchange has a library handle of its own, whose hook is the SaslServer.
#include "server/auth/sasl_server.h"

#include <gsasl.h>

#include <cstdlib>
#include <utility>

#include "server/auth/credential.h"

namespace restante::auth {
namespace {

constexpr int kMaxSteps = 8;  // no mechanism of ours takes more
constexpr std::size_t kMaxInputOctets =
    8 * 1024;  // authzid, authcid and password with room to spare

struct Freed {
  void operator()(char* text) const { std::free(text); }
};
using GsaslText = std::unique_ptr<char, Freed>;

std::string base64(std::string_view octets) {
  char* encoded = nullptr;
  std::size_t length = 0;
  if (gsasl_base64_to(octets.data(), octets.size(), &encoded, &length) != GSASL_OK) return {};
  const GsaslText owner(encoded);
  return std::string(encoded, length);
}

Failure failure(Failure::Reason reason) {
  Failure result;
  result.reason = reason;
  return result;
}

}  // namespace

struct SaslCallbacks {
  static int ask(Gsasl* library, Gsasl_session* session, Gsasl_property property) {
    auto* self = static_cast<SaslServer*>(gsasl_callback_hook_get(library));
    try {
      return self->provide(session, static_cast<int>(property));
    } catch (...) {  // nothing may pass through C code
      self->store_failed_ = true;
      return GSASL_AUTHENTICATION_ERROR;
    }
  }
};

SaslServer::SaslServer(FindAccount find, ChannelFacts facts, PasswordChecker& checker)
    : find_(std::move(find)), facts_(std::move(facts)), checker_(checker) {}

SaslServer::~SaslServer() {
  if (session_ != nullptr) gsasl_finish(session_);
  if (library_ != nullptr) gsasl_done(library_);
}

Result<void> SaslServer::start(std::string_view mechanism) {
  if (gsasl_init(&library_) != GSASL_OK)
    return fail(ErrorKind::Io, "cannot start the SASL library");
  gsasl_callback_hook_set(library_, this);
  gsasl_callback_set(library_, &SaslCallbacks::ask);
  login_ = mechanism == "LOGIN";
  if (gsasl_server_start(library_, std::string(mechanism).c_str(), &session_) != GSASL_OK) {
    return fail(ErrorKind::Invalid, "no such SASL mechanism");
  }
  return {};
}

Step SaslServer::step(const std::optional<std::string>& input) {
  if (++steps_ > kMaxSteps || (input && input->size() > kMaxInputOctets))
    return failure(Failure::Reason::Malformed);
  if (!input) return run("");
  if (login_ && steps_ == 1) {
    // A client may give the user name at once; the library asks for it first all the same.
    Step asked = run("");
    if (!std::holds_alternative<Challenge>(asked)) return asked;
  }
  return run(*input);
}

Step SaslServer::run(std::string_view input) {
  char* output = nullptr;
  std::size_t length = 0;
  const int outcome = gsasl_step(session_, input.data(), input.size(), &output, &length);
  const GsaslText owner(output);
  std::string octets = output == nullptr ? std::string() : std::string(output, length);
  if (outcome == GSASL_OK) return succeed(std::move(octets));
  if (outcome == GSASL_NEEDS_MORE) {
    Challenge challenge;
    challenge.octets = std::move(octets);
    return challenge;
  }
  if (store_failed_) return failure(Failure::Reason::Unavailable);
  const bool malformed =
      outcome == GSASL_MECHANISM_PARSE_ERROR || outcome == GSASL_MECHANISM_CALLED_TOO_MANY_TIMES;
  return failure(malformed ? Failure::Reason::Malformed : Failure::Reason::Credentials);
}

Step SaslServer::succeed(std::string final_octets) {
  // Nobody acts for somebody else: the authorization identity is the authentication identity or
  // absent.
  const char* authorization = gsasl_property_fast(session_, GSASL_AUTHZID);
  const char* authentication = gsasl_property_fast(session_, GSASL_AUTHID);
  const bool other =
      authorization != nullptr && *authorization != '\0' &&
      (authentication == nullptr || std::string_view(authorization) != authentication);
  if (!account_ || other) return failure(Failure::Reason::Credentials);
  Success success;
  success.account = *account_;
  success.final_octets = std::move(final_octets);
  return success;
}

int SaslServer::provide(Gsasl_session* session, int property) {
  switch (property) {
    case GSASL_VALIDATE_SIMPLE:
      return check_simple(session);
    case GSASL_SCRAM_ITER:
    case GSASL_SCRAM_SALT:
    case GSASL_SCRAM_STOREDKEY:
    case GSASL_SCRAM_SERVERKEY:
      return provide_verifier(session, property);
    case GSASL_CB_TLS_EXPORTER:
      if (facts_.tls_exporter.empty()) return GSASL_NO_CALLBACK;
      return gsasl_property_set(session, GSASL_CB_TLS_EXPORTER,
                                base64(facts_.tls_exporter).c_str());
    case GSASL_CB_TLS_UNIQUE:
      if (facts_.tls_unique.empty()) return GSASL_NO_CALLBACK;
      return gsasl_property_set(session, GSASL_CB_TLS_UNIQUE, base64(facts_.tls_unique).c_str());
    default:
      return GSASL_NO_CALLBACK;
  }
}

int SaslServer::check_simple(Gsasl_session* session) {
  const char* name = gsasl_property_fast(session, GSASL_AUTHID);
  const char* password = gsasl_property_fast(session, GSASL_PASSWORD);
  if (name == nullptr || password == nullptr) return GSASL_AUTHENTICATION_ERROR;
  Step outcome = check_name_and_password(find_, checker_, name, password);
  if (auto* success = std::get_if<Success>(&outcome)) {
    account_ = std::move(success->account);
    return GSASL_OK;
  }
  const auto* failed = std::get_if<Failure>(&outcome);
  store_failed_ = failed != nullptr && failed->reason == Failure::Reason::Unavailable;
  return GSASL_AUTHENTICATION_ERROR;
}

int SaslServer::provide_verifier(Gsasl_session* session, int property) {
  if (!credential_) {
    const char* name = gsasl_property_fast(session, GSASL_AUTHID);
    if (name == nullptr) return GSASL_NO_AUTHID;
    auto found = find_(name);
    if (!found) {
      store_failed_ = true;
      return GSASL_AUTHENTICATION_ERROR;
    }
    account_ = std::move(*found);
    credential_ = account_ ? account_->credential : decoy_credential(checker_.secret(), name);
  }
  const auto set = [session](Gsasl_property which, const std::string& text) {
    return gsasl_property_set(session, which, text.c_str());
  };
  switch (property) {
    case GSASL_SCRAM_ITER:
      return set(GSASL_SCRAM_ITER, std::to_string(credential_->iterations));
    case GSASL_SCRAM_SALT:
      return set(GSASL_SCRAM_SALT, base64(credential_->salt));
    case GSASL_SCRAM_STOREDKEY:
      return set(GSASL_SCRAM_STOREDKEY, base64(credential_->stored_key));
    default:
      return set(GSASL_SCRAM_SERVERKEY, base64(credential_->server_key));
  }
}

Step check_name_and_password(const FindAccount& find, PasswordChecker& checker,
                             std::string_view name, std::string_view password) {
  auto found = find(name);
  if (!found) return failure(Failure::Reason::Unavailable);
  const storage::Credential credential =
      *found ? (*found)->credential : decoy_credential(checker.secret(), name);
  const bool right = checker.check(*found ? (*found)->id : AccountId(), credential, password);
  if (!right || !*found) return failure(Failure::Reason::Credentials);
  Success success;
  success.account = std::move(**found);
  return success;
}

}  // namespace restante::auth
