// The operator's way to accounts: opens the data folder itself, beside a running server or without
// one. Used from one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "server/settings.h"
#include "storage/store.h"

namespace restante::cli {

class LocalAccounts {
 public:
  // config_file empty: /etc/restante/restante.toml if it exists, else the trial's data. Errors:
  // Configuration, Io, TryLater.
  static Outcome<LocalAccounts> open(const std::string& config_file);

  // The canonical form of an address of this server's domains. Errors: Usage (not an address),
  // NoRecipient (another domain).
  Outcome<std::string> canonical(const std::string& address) const;

  // Errors: CannotCreate (it exists), Usage (password not usable), Io.
  Outcome<void> add(const std::string& canonical_address, const std::string& password);
  // Errors: NoRecipient (no such account), Usage, Io.
  Outcome<void> set_password(const std::string& canonical_address, const std::string& password);
  Outcome<void> remove(const std::string& canonical_address);
  // Limits that are given; 0 is none. Errors: NoRecipient, Io.
  Outcome<void> set_quota(const std::string& canonical_address, std::optional<std::uint64_t> octets,
                          std::optional<std::uint64_t> messages);
  Outcome<storage::Account> find(const std::string& canonical_address);
  Outcome<std::vector<storage::Account>> list();

 private:
  LocalAccounts(Settings settings, std::unique_ptr<storage::Store> store)
      : settings_(std::move(settings)), store_(std::move(store)) {}

  Settings settings_;
  std::unique_ptr<storage::Store> store_;
};

}  // namespace restante::cli
