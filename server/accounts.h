// Random passwords for accounts, and accounts written to the store from a thread of one's own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "mail/error.h"
#include "storage/store.h"

namespace restante {

// Four groups of five letters and digits that are hard to mistake for another; 98 bits at random.
std::string random_password();

// The following wait for the store's writer; never on a thread that serves sockets.
Result<storage::Account> create_account_and_wait(storage::Store& store, const std::string& address,
                                                 storage::Credential credential,
                                                 std::uint64_t quota_octets);
Result<void> set_credential_and_wait(storage::Store& store, AccountId account,
                                     storage::Credential credential);
Result<void> remove_account_and_wait(storage::Store& store, AccountId account);
Result<void> set_quota_and_wait(storage::Store& store, AccountId account, std::uint64_t octets,
                                std::uint64_t messages);

// Runs task with a reader on this thread. Errors: task's own.
template <class T>
Result<T> read_here(storage::Store& store, const std::function<Result<T>(storage::Reader&)>& task) {
  Result<T> result = fail(ErrorKind::Io, "the mail store could not be read");
  store.read_here([&](storage::Reader& reader) { result = task(reader); });
  return result;
}

}  // namespace restante
