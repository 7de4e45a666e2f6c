#include "server/auth/password_checker.h"

#include <utility>

#include "server/auth/credential.h"

namespace restante::auth {

PasswordChecker::PasswordChecker() : secret_(random_octets(32)), key_(random_octets(32)) {}

bool PasswordChecker::check(AccountId account, const storage::Credential& credential,
                            std::string_view password, Clock::time_point now) {
  // Also for decoys, so that they take the same time.
  std::string tag = password_tag(key_, account, credential, password);
  if (account && knows(account, tag, now)) return true;
  if (!verify_password(credential, password)) return false;
  if (account) remember(account, std::move(tag), now);
  return true;
}

std::size_t PasswordChecker::remembered() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool PasswordChecker::knows(AccountId account, std::string_view tag, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(account);
  if (place == places_.end() || tag.empty()) return false;
  const Entry& entry = *place->second;
  return now < entry.until && equal_in_constant_time(entry.tag, tag);
}

void PasswordChecker::remember(AccountId account, std::string tag, Clock::time_point now) {
  if (tag.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto known = places_.find(account);
  if (known != places_.end()) {
    entries_.erase(known->second);
    places_.erase(known);
  }
  while (!entries_.empty() && (entries_.size() >= kRemembered || entries_.front().until <= now)) {
    places_.erase(entries_.front().account);
    entries_.pop_front();
  }
  entries_.push_back(Entry{account, std::move(tag), now + kRememberFor});
  places_.emplace(account, std::prev(entries_.end()));
}

}  // namespace restante::auth
