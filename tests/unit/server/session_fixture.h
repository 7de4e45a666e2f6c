// What tests of sessions share: a log that is kept, an authenticator with one password, accounts.
#pragma once

#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <string>

#include "server/auth/authenticator.h"
#include "server/session/log.h"
#include "storage/store.h"

namespace restante::session {

class MemoryLog final : public Log {
 public:
  void write(LogLevel, std::uint64_t, std::string_view event,
             std::initializer_list<LogField> fields) override {
    const std::lock_guard lock(mutex_);
    text_ += event;
    for (const auto& field : fields)
      text_.append(" ").append(field.key).append("=").append(field.value);
    text_ += '\n';
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

// The password of everybody is "secret". PLAIN, and X-FINAL, which sends data with success.
class TestAuthenticator final : public auth::Authenticator {
 public:
  explicit TestAuthenticator(storage::Store& store) : store_(store) {}
  std::vector<std::string> mechanisms(const auth::ChannelFacts&, bool plaintext) const override {
    if (plaintext) return {"X-FINAL", "PLAIN"};
    return {};
  }
  Result<std::unique_ptr<auth::Exchange>> start(std::string_view mechanism,
                                                const auth::ChannelFacts&) override {
    return std::make_unique<TestExchange>(*this, mechanism == "X-FINAL");
  }
  asio::awaitable<auth::Step> check_password(std::string user, std::string password,
                                             auth::ChannelFacts) override {
    co_return check(user, password, "");
  }

 private:
  auth::Step check(const std::string& user, const std::string& password, std::string final_octets) {
    if (password != "secret") return auth::Failure{};
    std::optional<storage::Account> account;
    store_.read_here([&](storage::Reader& reader) {
      auto found = reader.find_account(user);
      if (found) account = *found;
    });
    if (!account) return auth::Failure{};
    return auth::Success{*account, std::move(final_octets)};
  }

  class TestExchange final : public auth::Exchange {
   public:
    TestExchange(TestAuthenticator& owner, bool final_data)
        : owner_(owner), final_data_(final_data) {}
    asio::awaitable<auth::Step> step(std::optional<std::string> input) override {
      if (!input) co_return auth::Challenge{""};
      const std::size_t user_at = input->find('\0');
      const std::size_t password_at = input->find('\0', user_at + 1);
      if (user_at == std::string::npos || password_at == std::string::npos) {
        co_return auth::Failure{auth::Failure::Reason::Malformed};
      }
      co_return owner_.check(input->substr(user_at + 1, password_at - user_at - 1),
                             input->substr(password_at + 1), final_data_ ? "v=1" : "");
    }

   private:
    TestAuthenticator& owner_;
    bool final_data_;
  };
  storage::Store& store_;
};

// A new account of the store; its password is what TestAuthenticator takes for everybody.
inline storage::Account create_account(storage::Store& store, const std::string& address,
                                       std::uint64_t quota = 0) {
  storage::Credential credential;
  credential.salt = "salt";
  credential.iterations = 4096;
  credential.stored_key = credential.server_key = std::string(32, 'k');
  std::promise<Result<storage::Account>> done;
  store.create_account(address, credential, quota,
                       [&](Result<storage::Account> made) { done.set_value(std::move(made)); });
  auto made = done.get_future().get();
  REQUIRE(made);
  return *made;
}

}  // namespace restante::session
