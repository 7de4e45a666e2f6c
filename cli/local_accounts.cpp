#include "cli/local_accounts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "server/accounts.h"
#include "server/auth/authenticator.h"
#include "server/config.h"
#include "server/delivery/address.h"
#include "server/trial.h"

namespace restante::cli {
namespace {

constexpr const char* kUsualFile = "/etc/restante/restante.toml";

Outcome<Settings> settings_of(std::string file) {
  std::error_code ignored;
  if (file.empty() && std::filesystem::exists(kUsualFile, ignored)) file = kUsualFile;
  if (file.empty()) {
    auto trial = trial_settings();
    if (trial) return std::move(*trial);
    return failure(ExitCode::Configuration, trial.error().message());
  }
  auto read = read_config(file);
  if (read) return std::move(*read);
  return failure(ExitCode::Configuration, read.error().front(),
                 fmt::format("restante config check {}", file));
}

std::unexpected<Failure> store_failure(const Error& error, const std::string& what) {
  ExitCode code = ExitCode::Io;
  if (error.kind() == ErrorKind::Busy) code = ExitCode::TryLater;
  if (error.kind() == ErrorKind::Denied) code = ExitCode::Login;
  if (error.kind() == ErrorKind::Invalid) code = ExitCode::Usage;
  return failure(code, fmt::format("{}: {}", what, error.message()));
}

Outcome<storage::Credential> credential_of(const std::string& password) {
  auto credential = auth::derive_credential(password);
  if (credential) return std::move(*credential);
  return failure(ExitCode::Usage,
                 fmt::format("the password cannot be used: {}", credential.error().message()));
}

}  // namespace

Outcome<LocalAccounts> LocalAccounts::open(const std::string& config_file) {
  auto settings = settings_of(config_file);
  if (!settings) return std::unexpected(settings.error());
  ::umask(0077);
  std::error_code ignored;  // what is wrong with the folder is told by the store
  if (settings->trial && !std::filesystem::exists(settings->data_dir / "restante.db", ignored)) {
    return failure(
        ExitCode::Configuration,
        fmt::format("there is no {} and no trial in {}", kUsualFile, settings->data_dir.native()),
        "name the configuration file with --config, or start a trial: restante serve");
  }
  std::filesystem::create_directories(settings->data_dir, ignored);
  storage::StoreOptions options;
  options.reader_threads = 1;
  auto store = storage::Store::open(settings->data_dir, options);
  if (!store) {
    auto failed = store_failure(store.error(), "cannot open the mail store");
    failed.error().hint =
        fmt::format("run this as the user that owns {}", settings->data_dir.native());
    return failed;
  }
  return LocalAccounts(std::move(*settings), std::move(*store));
}

Outcome<std::string> LocalAccounts::canonical(const std::string& address) const {
  auto known = delivery::canonical_address(address);
  if (!known) {
    return failure(ExitCode::Usage,
                   fmt::format("{} is not an address: {}", address, known.error().message()));
  }
  const std::string domain = known->substr(known->rfind('@') + 1);
  const auto& ours = settings_.domains;
  if (std::find(ours.begin(), ours.end(), domain) == ours.end()) {
    return failure(ExitCode::NoRecipient, fmt::format("{} is not a domain of this server", domain),
                   fmt::format("its domains are {}; the key 'domains' of the configuration file "
                               "lists them",
                               fmt::join(ours, ", ")));
  }
  return std::move(*known);
}

Outcome<storage::Account> LocalAccounts::find(const std::string& canonical_address) {
  auto found = read_here<storage::Account>(
      *store_, [&](storage::Reader& reader) { return reader.find_account(canonical_address); });
  // An alias finds its account too: only the account's own address names it here.
  if (found && found->address == canonical_address) return std::move(*found);
  if (!found && found.error().kind() != ErrorKind::NotFound) {
    return store_failure(found.error(), fmt::format("cannot look {} up", canonical_address));
  }
  return failure(ExitCode::NoRecipient, fmt::format("there is no account {}", canonical_address),
                 "restante account list");
}

Outcome<void> LocalAccounts::add(const std::string& canonical_address,
                                 const std::string& password) {
  auto credential = credential_of(password);
  if (!credential) return std::unexpected(credential.error());
  auto created = create_account_and_wait(*store_, canonical_address, std::move(*credential),
                                         settings_.limits.quota_octets);
  if (created) return {};
  if (created.error().kind() == ErrorKind::Exists) {
    return failure(ExitCode::CannotCreate, fmt::format("{} exists already", canonical_address),
                   fmt::format("restante account passwd {}", canonical_address));
  }
  return store_failure(created.error(), fmt::format("cannot add {}", canonical_address));
}

Outcome<void> LocalAccounts::set_quota(const std::string& canonical_address,
                                       std::optional<std::uint64_t> octets,
                                       std::optional<std::uint64_t> messages) {
  const auto account = find(canonical_address);
  if (!account) return std::unexpected(account.error());
  auto changed = set_quota_and_wait(*store_, account->id, octets.value_or(account->quota_octets),
                                    messages.value_or(account->quota_messages));
  if (changed) return {};
  return store_failure(changed.error(),
                       fmt::format("cannot change the quota of {}", canonical_address));
}

Outcome<void> LocalAccounts::set_password(const std::string& canonical_address,
                                          const std::string& password) {
  const auto account = find(canonical_address);
  if (!account) return std::unexpected(account.error());
  auto credential = credential_of(password);
  if (!credential) return std::unexpected(credential.error());
  auto changed = set_credential_and_wait(*store_, account->id, std::move(*credential));
  if (changed) return {};
  return store_failure(changed.error(),
                       fmt::format("cannot change the password of {}", canonical_address));
}

Outcome<void> LocalAccounts::remove(const std::string& canonical_address) {
  const auto account = find(canonical_address);
  if (!account) return std::unexpected(account.error());
  auto removed = remove_account_and_wait(*store_, account->id);
  if (removed) return {};
  return store_failure(removed.error(), fmt::format("cannot remove {}", canonical_address));
}

Outcome<std::vector<storage::Account>> LocalAccounts::list() {
  auto accounts = read_here<std::vector<storage::Account>>(
      *store_, [](storage::Reader& reader) { return reader.list_accounts(); });
  if (accounts) return std::move(*accounts);
  return store_failure(accounts.error(), "cannot list the accounts");
}

}  // namespace restante::cli
