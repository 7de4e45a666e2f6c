#include "server/accounts.h"

#include <sys/random.h>

#include <future>
#include <stdexcept>
#include <string_view>

namespace restante {
namespace {

// Calls start(done) and waits for done.
template <class T, class Start>
Result<T> wait_for(Start start) {
  std::promise<Result<T>> promise;
  auto future = promise.get_future();
  start(storage::Completion<T>(
      [&promise](Result<T> result) { promise.set_value(std::move(result)); }));
  return future.get();
}

}  // namespace

std::string random_password() {
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";  // 31: no i, l, o, 0, 1
  constexpr int kGroups = 4;
  constexpr int kGroupLength = 5;
  std::string result;
  while (result.size() < kGroups * (kGroupLength + 1) - 1) {
    unsigned char octet = 0;
    if (::getrandom(&octet, 1, 0) != 1) throw std::runtime_error("no random numbers");
    if (octet >= 256 / kLetters.size() * kLetters.size()) continue;  // keeps all equally likely
    if (result.size() % (kGroupLength + 1) == kGroupLength) result += '-';
    result += kLetters[octet % kLetters.size()];
  }
  return result;
}

Result<storage::Account> create_account_and_wait(storage::Store& store, const std::string& address,
                                                 storage::Credential credential,
                                                 std::uint64_t quota_octets) {
  return wait_for<storage::Account>([&](auto done) {
    store.create_account(address, std::move(credential), quota_octets, std::move(done));
  });
}

Result<void> set_credential_and_wait(storage::Store& store, AccountId account,
                                     storage::Credential credential) {
  return wait_for<void>(
      [&](auto done) { store.set_credential(account, std::move(credential), std::move(done)); });
}

Result<void> remove_account_and_wait(storage::Store& store, AccountId account) {
  return wait_for<void>([&](auto done) { store.remove_account(account, std::move(done)); });
}

Result<void> set_quota_and_wait(storage::Store& store, AccountId account, std::uint64_t octets,
                                std::uint64_t messages) {
  return wait_for<void>(
      [&](auto done) { store.set_quota(account, octets, messages, std::move(done)); });
}

}  // namespace restante
