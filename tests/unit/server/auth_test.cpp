// SASL exchanges against the client side of GNU SASL, passwords, and the throttle.
#include <gsasl.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "server/auth/credential.h"
#include "server/auth/password_checker.h"
#include "server/auth/sasl_server.h"
#include "server/auth/throttle.h"

namespace restante::auth {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPassword = "correct horse";

storage::Account alice() {
  storage::Account account;
  account.id = AccountId(7);
  account.address = "alice@example.org";
  account.credential = derive_credential(kPassword).value();
  return account;
}

FindAccount finder_of(storage::Account account) {
  return [account](std::string_view name) -> Result<std::optional<storage::Account>> {
    if (name != account.address) return std::optional<storage::Account>();
    return std::optional<storage::Account>(account);
  };
}

ChannelFacts facts_with(std::string exporter) {
  return {"192.0.2.1", true, std::move(exporter), ""};
}

struct Client {
  std::string user, password, authorization, exporter;
};

int answer_client(Gsasl* library, Gsasl_session* session, Gsasl_property property) {
  const auto* client = static_cast<const Client*>(gsasl_callback_hook_get(library));
  switch (property) {
    case GSASL_AUTHID:
      return gsasl_property_set(session, property, client->user.c_str());
    case GSASL_AUTHZID:
      if (client->authorization.empty()) return GSASL_NO_CALLBACK;
      return gsasl_property_set(session, property, client->authorization.c_str());
    case GSASL_PASSWORD:
      return gsasl_property_set(session, property, client->password.c_str());
    case GSASL_CB_TLS_EXPORTER: {
      if (client->exporter.empty()) return GSASL_NO_CALLBACK;
      char* encoded = nullptr;
      std::size_t length = 0;
      gsasl_base64_to(client->exporter.data(), client->exporter.size(), &encoded, &length);
      const int outcome = gsasl_property_set(session, property, encoded);
      std::free(encoded);
      return outcome;
    }
    default:
      return GSASL_NO_CALLBACK;
  }
}

// Plays the exchange to its end.
Step converse(SaslServer& server, const char* mechanism, Client client, bool initial_response) {
  Gsasl* library = nullptr;
  gsasl_init(&library);
  gsasl_callback_set(library, &answer_client);
  gsasl_callback_hook_set(library, &client);
  Gsasl_session* session = nullptr;
  REQUIRE(gsasl_client_start(library, mechanism, &session) == GSASL_OK);
  std::string challenge;
  Step step = Challenge{};
  bool first = true;
  while (std::holds_alternative<Challenge>(step)) {
    if (first && !initial_response) {
      step = server.step(std::nullopt);
    } else {
      char* output = nullptr;
      std::size_t length = 0;
      const int outcome = gsasl_step(session, challenge.data(), challenge.size(), &output, &length);
      REQUIRE((outcome == GSASL_OK || outcome == GSASL_NEEDS_MORE));
      step = server.step(std::string(output, length));
      std::free(output);
    }
    first = false;
    if (auto* next = std::get_if<Challenge>(&step)) challenge = next->octets;
  }
  gsasl_finish(session);
  gsasl_done(library);
  return step;
}

bool succeeds(const char* mechanism, Client client, bool initial_response,
              std::string exporter = {}) {
  PasswordChecker checker;
  SaslServer server(finder_of(alice()), facts_with(std::move(exporter)), checker);
  REQUIRE(server.start(mechanism));
  const Step step = converse(server, mechanism, std::move(client), initial_response);
  if (const auto* success = std::get_if<Success>(&step)) {
    CHECK(success->account.id == AccountId(7));
    return true;
  }
  CHECK(std::get<Failure>(step).reason == Failure::Reason::Credentials);
  return false;
}

TEST_CASE("each mechanism admits the right password and no other") {
  const Client right{"alice@example.org", kPassword, "", ""};
  const Client wrong{"alice@example.org", "wrong", "", ""};
  const Client stranger{"mallory@example.org", kPassword, "", ""};
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    for (const bool initial : {true, false}) {
      CAPTURE(mechanism, initial);
      CHECK(succeeds(mechanism, right, initial));
      CHECK_FALSE(succeeds(mechanism, wrong, initial));
      CHECK_FALSE(succeeds(mechanism, stranger, initial));
    }
  }
}

TEST_CASE("LOGIN takes the name as an answer and as an initial response") {
  for (const bool initial : {true, false}) {
    PasswordChecker checker;
    SaslServer server(finder_of(alice()), facts_with(""), checker);
    REQUIRE(server.start("LOGIN"));
    if (!initial) REQUIRE(std::holds_alternative<Challenge>(server.step(std::nullopt)));
    REQUIRE(std::holds_alternative<Challenge>(server.step("alice@example.org")));
    CHECK(std::holds_alternative<Success>(server.step(kPassword)));
  }
}

TEST_CASE("SCRAM-SHA-256-PLUS is bound to the channel") {
  const std::string exporter(32, 'x');
  CHECK(succeeds("SCRAM-SHA-256-PLUS", {"alice@example.org", kPassword, "", exporter}, true,
                 exporter));
  CHECK_FALSE(succeeds("SCRAM-SHA-256-PLUS",
                       {"alice@example.org", kPassword, "", std::string(32, 'y')}, true, exporter));
}

TEST_CASE("acting for somebody else is refused") {
  CHECK(succeeds("PLAIN", {"alice@example.org", kPassword, "alice@example.org", ""}, true));
  CHECK_FALSE(succeeds("PLAIN", {"alice@example.org", kPassword, "bob@example.org", ""}, true));
  CHECK_FALSE(
      succeeds("SCRAM-SHA-256", {"alice@example.org", kPassword, "bob@example.org", ""}, true));
}

TEST_CASE("garbage fails this exchange only and never reports success") {
  for (const char* mechanism : {"PLAIN", "LOGIN", "SCRAM-SHA-256"}) {
    for (const std::string& input : {std::string("\0\0", 2), std::string("\0a\0b\0c", 6),
                                     std::string(100'000, 'a'), std::string("n,,n=a,r=")}) {
      PasswordChecker checker;
      SaslServer server(finder_of(alice()), facts_with(""), checker);
      REQUIRE(server.start(mechanism));
      Step step = server.step(input);
      for (int i = 0; i < 20 && std::holds_alternative<Challenge>(step); ++i)
        step = server.step(input);
      CHECK(std::holds_alternative<Failure>(step));
    }
  }
}

TEST_CASE("a store that fails is told apart from a wrong password") {
  const auto broken = [](std::string_view) -> Result<std::optional<storage::Account>> {
    return fail(ErrorKind::Io, "disk");
  };
  PasswordChecker checker;
  SaslServer server(broken, facts_with(""), checker);
  REQUIRE(server.start("PLAIN"));
  const Step step = server.step(std::string("\0alice@example.org\0x", 20));
  REQUIRE(std::holds_alternative<Failure>(step));
  CHECK(std::get<Failure>(step).reason == Failure::Reason::Unavailable);
}

TEST_CASE("an unknown name has the same salt each time, as a known one has") {
  CHECK(decoy_credential("secret", "nobody").salt == decoy_credential("secret", "nobody").salt);
  CHECK(decoy_credential("secret", "nobody").salt != decoy_credential("secret", "somebody").salt);
  CHECK(decoy_credential("secret", "nobody").salt != decoy_credential("another", "nobody").salt);
  CHECK(decoy_credential("secret", "nobody").salt.size() == alice().credential.salt.size());
}

TEST_CASE("passwords are prepared by SASLprep and bounded") {
  const auto credential =
      derive_credential("I\xC2\xADX").value();  // RFC 4013 s3: the soft hyphen maps to nothing
  CHECK(verify_password(credential, "IX"));
  CHECK_FALSE(verify_password(credential, "ix"));
  CHECK_FALSE(derive_credential(""));
  CHECK_FALSE(derive_credential(std::string(1025, 'a')));
  CHECK_FALSE(derive_credential(std::string("a\0b", 3)));
  CHECK_FALSE(verify_password(credential, ""));
}

TEST_CASE("failures are counted per network and forgiven with time") {
  Throttle throttle;
  const auto start = Throttle::Clock::time_point{} + 1h;
  for (int i = 1; i <= Throttle::kFailures; ++i) {
    CHECK(throttle.allowed("192.0.2.1", start));
    CHECK(throttle.failed("192.0.2.1", start) ==
          std::min<std::chrono::milliseconds>(i * Throttle::kStep, Throttle::kLongest));
  }
  CHECK_FALSE(throttle.allowed("192.0.2.1", start));
  CHECK(throttle.allowed("192.0.2.2", start));
  CHECK(throttle.allowed("192.0.2.1", start + Throttle::kRegain));
  throttle.failed("192.0.2.1", start + Throttle::kRegain);
  CHECK_FALSE(throttle.allowed("192.0.2.1", start + Throttle::kRegain));
}

TEST_CASE("an IPv6 network is a /64") {
  CHECK(network_of("2001:db8::1") == network_of("2001:db8::ffff"));
  CHECK(network_of("2001:db8::1") != network_of("2001:db8:0:1::1"));
  CHECK(network_of("192.0.2.1") != network_of("192.0.2.2"));
}

TEST_CASE("a password that was right is known without deriving, until the credential changes") {
  storage::Account account = alice();
  PasswordChecker checker;
  const auto now = PasswordChecker::Clock::now();
  CHECK_FALSE(checker.check(account.id, account.credential, "wrong", now));
  CHECK(checker.remembered() == 0);
  CHECK(checker.check(account.id, account.credential, kPassword, now));
  CHECK(checker.remembered() == 1);
  CHECK(checker.check(account.id, account.credential, kPassword, now));
  CHECK_FALSE(checker.check(account.id, account.credential, "wrong", now));
  CHECK_FALSE(checker.check(account.id, account.credential, "", now));
  CHECK_FALSE(
      checker.check(account.id, account.credential, std::string("correct horse\0", 14), now));
  // The salt is not part of what is remembered, so this credential can only be right if it is
  // known.
  storage::Credential unverifiable = account.credential;
  unverifiable.salt = "other";
  CHECK(checker.check(account.id, unverifiable, kPassword, now));
  CHECK_FALSE(checker.check(account.id, unverifiable, kPassword, now + 61min));
  CHECK_FALSE(checker.check(AccountId(8), unverifiable, kPassword, now));
  CHECK_FALSE(checker.check(AccountId(), unverifiable, kPassword, now));
  account.credential = derive_credential("new password").value();
  CHECK_FALSE(checker.check(account.id, account.credential, kPassword, now));
  CHECK(checker.check(account.id, account.credential, "new password", now));
  CHECK(checker.remembered() == 1);
  PasswordChecker other;
  CHECK_FALSE(other.check(account.id, unverifiable, kPassword, now));
}

TEST_CASE("only so many passwords are remembered, and not for ever") {
  const storage::Credential credential = alice().credential;
  PasswordChecker checker;
  const auto now = PasswordChecker::Clock::now();
  for (std::uint64_t id = 1; id <= 3; ++id)
    CHECK(checker.check(AccountId(id), credential, kPassword, now + std::chrono::minutes(id)));
  CHECK(checker.remembered() == 3);
  // Those that are too old go when another one comes.
  CHECK(checker.check(AccountId(9), credential, kPassword, now + 62min + 30s));
  CHECK(checker.remembered() == 2);
}

}  // namespace
}  // namespace restante::auth
