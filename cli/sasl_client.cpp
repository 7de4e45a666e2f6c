// GNU SASL asks for what it needs through a callback; each exchange has a handle of its own.
#include "cli/sasl_client.h"

#include <gsasl.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace restante::cli {
namespace {

struct Freed {
  void operator()(char* text) const { std::free(text); }
};
using GsaslText = std::unique_ptr<char, Freed>;

}  // namespace

struct SaslClientCallback {
  static int ask(Gsasl* library, Gsasl_session* session, Gsasl_property property) {
    const auto* self = static_cast<const SaslClient*>(gsasl_callback_hook_get(library));
    return self->provide(session, static_cast<int>(property));
  }
};

SaslClient::SaslClient(std::string user, std::string password, std::string channel_binding)
    : user_(std::move(user)),
      password_(std::move(password)),
      channel_binding_(std::move(channel_binding)) {}

SaslClient::~SaslClient() {
  if (session_ != nullptr) gsasl_finish(session_);
  if (library_ != nullptr) gsasl_done(library_);
}

std::optional<std::string> SaslClient::choose(const std::vector<std::string>& offered,
                                              bool can_bind, bool plain_allowed) {
  const auto has = [&](const char* name) {
    return std::find(offered.begin(), offered.end(), name) != offered.end();
  };
  if (can_bind && has("SCRAM-SHA-256-PLUS")) return "SCRAM-SHA-256-PLUS";
  if (has("SCRAM-SHA-256")) return "SCRAM-SHA-256";
  if (plain_allowed && has("PLAIN")) return "PLAIN";
  return std::nullopt;
}

int SaslClient::provide(Gsasl_session* session, int property) const {
  switch (property) {
    case GSASL_AUTHID:
      return gsasl_property_set(session, GSASL_AUTHID, user_.c_str());
    case GSASL_PASSWORD:
      return gsasl_property_set(session, GSASL_PASSWORD, password_.c_str());
    case GSASL_CB_TLS_EXPORTER:
      if (!bind_) return GSASL_NO_CALLBACK;
      return gsasl_property_set(session, GSASL_CB_TLS_EXPORTER,
                                encode_base64_line(channel_binding_).c_str());
    default:
      return GSASL_NO_CALLBACK;
  }
}

Outcome<std::string> SaslClient::start(const std::string& mechanism) {
  if (gsasl_init(&library_) != GSASL_OK) {
    return failure(ExitCode::Bug, "cannot start the SASL library");
  }
  gsasl_callback_hook_set(library_, this);
  gsasl_callback_set(library_, &SaslClientCallback::ask);
  bind_ = mechanism.ends_with("-PLUS");
  if (gsasl_client_start(library_, mechanism.c_str(), &session_) != GSASL_OK) {
    return failure(ExitCode::Bug, "the SASL library has no " + mechanism);
  }
  return step("");
}

Outcome<std::string> SaslClient::step(std::string_view challenge) {
  if (complete_) {
    if (challenge.empty()) return std::string();
    return failure(ExitCode::Protocol, "the server went on after the login was complete");
  }
  char* output = nullptr;
  std::size_t length = 0;
  const int outcome = gsasl_step(session_, challenge.data(), challenge.size(), &output, &length);
  const GsaslText owner(output);
  if (outcome != GSASL_OK && outcome != GSASL_NEEDS_MORE) {
    return failure(ExitCode::Login, std::string("login failed: ") + gsasl_strerror(outcome));
  }
  complete_ = outcome == GSASL_OK;
  return output == nullptr ? std::string() : std::string(output, length);
}

std::string encode_base64_line(std::string_view octets) {
  char* encoded = nullptr;
  std::size_t length = 0;
  if (gsasl_base64_to(octets.data(), octets.size(), &encoded, &length) != GSASL_OK) return {};
  const GsaslText owner(encoded);
  return std::string(encoded, length);
}

std::optional<std::string> decode_base64_line(std::string_view line) {
  if (line.empty()) return std::string();
  char* decoded = nullptr;
  std::size_t length = 0;
  if (gsasl_base64_from(line.data(), line.size(), &decoded, &length) != GSASL_OK) {
    return std::nullopt;
  }
  const GsaslText owner(decoded);
  return std::string(decoded, length);
}

}  // namespace restante::cli
