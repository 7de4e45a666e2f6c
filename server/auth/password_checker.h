// Checks passwords against the accounts' verifiers and remembers for a while which were right, so
// that a client that comes every minute does not cost a derivation each time. Thread rule: any
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mail/ids.h"
#include "storage/types.h"

namespace restante::auth {

// What is remembered is a hash of the password under a key of this run of the server, bound to the
// account and to its stored key: with another credential it is worth nothing. Wrong passwords are
// not remembered and cost a derivation each time, as unknown names do.
class PasswordChecker {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kRemembered = 10'000;  // accounts; the oldest are forgotten first
  static constexpr std::chrono::minutes kRememberFor{60};  // since the derivation

  PasswordChecker();
  PasswordChecker(const PasswordChecker&) = delete;
  PasswordChecker& operator=(const PasswordChecker&) = delete;

  // For decoys (credential.h).
  const std::string& secret() const { return secret_; }

  // account: none for a decoy.
  bool check(AccountId account, const storage::Credential& credential, std::string_view password,
             Clock::time_point now = Clock::now());
  // How many passwords are remembered.
  std::size_t remembered() const;

 private:
  struct Entry {
    AccountId account;
    std::string tag;
    Clock::time_point until;
  };
  bool knows(AccountId account, std::string_view tag, Clock::time_point now);
  void remember(AccountId account, std::string tag, Clock::time_point now);

  const std::string secret_;
  const std::string key_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the oldest first
  std::unordered_map<AccountId, std::list<Entry>::iterator> places_;
};

}  // namespace restante::auth
