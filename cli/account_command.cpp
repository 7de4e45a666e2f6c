// `restante account add|passwd|quota|list|remove`: the operator's accounts, with and without a
// running server.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/local_accounts.h"
#include "cli/prompt.h"
#include "server/accounts.h"
#include "server/config.h"

namespace restante::cli {
namespace {

struct AccountOptions {
  std::string config;
  std::string address;
  bool password_stdin = false;
  bool generate = false;
  bool yes = false;
  std::string storage;  // "2 GiB"; empty: unchanged
  std::optional<std::uint64_t> messages;
};

constexpr const char* kInsteadOfAsking = "--password-stdin or --generate";

Outcome<std::string> ask_twice(const std::string& address, Context& context) {
  auto first =
      ask_password(context, fmt::format("New password for {}: ", address), kInsteadOfAsking);
  if (!first) return first;
  auto second = ask_password(context, "The same again: ", kInsteadOfAsking);
  if (!second) return second;
  if (*first == *second) return first;
  return failure(ExitCode::Usage, "the two passwords differ, nothing was changed");
}

Outcome<std::string> new_password(const AccountOptions& options, const std::string& address,
                                  Context& context) {
  if (options.generate) return random_password();
  if (options.password_stdin) return read_password_stdin();
  return ask_twice(address, context);
}

// Says what was done; a generated password is shown here and never again.
void tell(const char* done, const std::string& address, const std::string& password,
          const AccountOptions& options, Context& context) {
  if (context.output.json()) {
    Json object{{"type", "account"}, {"address", address}, {"done", done}};
    if (options.generate) object["password"] = password;
    return context.output.record(object);
  }
  if (!options.generate) return context.output.done(fmt::format("{} {}", done, address));
  context.output.text(
      fmt::format("{} {}   password: {}   (shown once)\n", done, address, password));
}

ExitCode run_password(const AccountOptions& options, Context& context, bool add) {
  auto accounts = LocalAccounts::open(options.config);
  if (!accounts) return context.output.fail(accounts.error());
  const auto address = accounts->canonical(options.address);
  if (!address) return context.output.fail(address.error());
  if (!add) {  // before asking for a password in vain
    if (auto known = accounts->find(*address); !known) return context.output.fail(known.error());
  }
  const auto password = new_password(options, *address, context);
  if (!password) return context.output.fail(password.error());
  auto changed =
      add ? accounts->add(*address, *password) : accounts->set_password(*address, *password);
  if (!changed) return context.output.fail(changed.error());
  tell(add ? "added" : "changed", *address, *password, options, context);
  return ExitCode::Done;
}

std::string for_people(std::uint64_t octets) {
  if (octets < 1024 * 1024) return fmt::format("{} KiB", (octets + 1023) / 1024);
  if (octets < 1024ULL * 1024 * 1024) return fmt::format("{} MiB", octets >> 20);
  return fmt::format("{:.1f} GiB", static_cast<double>(octets) / (1ULL << 30));
}

ExitCode run_list(const AccountOptions& options, Context& context) {
  auto accounts = LocalAccounts::open(options.config);
  if (!accounts) return context.output.fail(accounts.error());
  const auto all = accounts->list();
  if (!all) return context.output.fail(all.error());
  Table table({Column{"ADDRESS", false, true}, Column{"USED", true}, Column{"QUOTA", true}});
  for (const auto& account : *all) {
    if (context.output.json()) {
      context.output.record(Json{{"type", "account"},
                                 {"address", account.address},
                                 {"used_octets", account.used_octets},
                                 {"quota_octets", account.quota_octets},
                                 {"messages", account.messages},
                                 {"quota_messages", account.quota_messages}});
      continue;
    }
    std::string quota = account.quota_octets == 0 ? "none" : for_people(account.quota_octets);
    std::vector<Cell> cells;
    cells.emplace_back(account.address);
    cells.emplace_back(for_people(account.used_octets), std::to_string(account.used_octets));
    cells.emplace_back(std::move(quota), std::to_string(account.quota_octets));
    table.add(std::move(cells));
  }
  if (!context.output.json()) context.output.table(table);
  return ExitCode::Done;
}

ExitCode run_quota(const AccountOptions& options, Context& context) {
  if (options.storage.empty() && !options.messages) {
    return context.output.fail(failure(ExitCode::Usage, "name --storage, --messages or both",
                                       "restante account quota ADDRESS --storage \"2 GiB\"")
                                   .error());
  }
  std::optional<std::uint64_t> octets;
  if (!options.storage.empty()) {
    const auto size = parse_size(options.storage);
    if (!size) {
      return context.output.fail(
          failure(ExitCode::Usage, fmt::format("--storage: {}", size.error().message())).error());
    }
    octets = *size;
  }
  auto accounts = LocalAccounts::open(options.config);
  if (!accounts) return context.output.fail(accounts.error());
  const auto address = accounts->canonical(options.address);
  if (!address) return context.output.fail(address.error());
  if (auto changed = accounts->set_quota(*address, octets, options.messages); !changed) {
    return context.output.fail(changed.error());
  }
  tell("changed", *address, "", options, context);
  return ExitCode::Done;
}

ExitCode run_remove(const AccountOptions& options, Context& context) {
  auto accounts = LocalAccounts::open(options.config);
  if (!accounts) return context.output.fail(accounts.error());
  const auto address = accounts->canonical(options.address);
  if (!address) return context.output.fail(address.error());
  if (auto known = accounts->find(*address); !known) return context.output.fail(known.error());
  if (!options.yes) {
    const auto sure =
        ask_yes(context, fmt::format("Remove {} and all its mail for good?", *address), "--yes");
    if (!sure) return context.output.fail(sure.error());
    if (!*sure) return ExitCode::No;
  }
  if (auto removed = accounts->remove(*address); !removed) {
    return context.output.fail(removed.error());
  }
  tell("removed", *address, "", options, context);
  return ExitCode::Done;
}

void add_password_options(CLI::App* command, AccountOptions& options) {
  auto* from_stdin = command->add_flag("--password-stdin", options.password_stdin,
                                       "Read the password from the first line of standard input");
  command->add_flag("--generate", options.generate, "Make a random password and show it once")
      ->excludes(from_stdin);
}

}  // namespace

void add_account_command(CLI::App& app, Context& context) {
  CLI::App* account =
      app.add_subcommand("account", "Add, change, list and remove accounts (operator)");
  account->require_subcommand(1);
  const auto make = [account](const char* name, const char* what, bool with_address) {
    auto options = std::make_shared<AccountOptions>();
    CLI::App* command = account->add_subcommand(name, what);
    if (with_address) command->add_option("address", options->address, "Address")->required();
    command->add_option("-c,--config", options->config,
                        "Configuration file (default /etc/restante/restante.toml, else the trial)");
    return std::pair(command, options);
  };
  const auto [add, add_options] = make("add", "Add an account", true);
  add_password_options(add, *add_options);
  on_run(add, context, [o = add_options, &context] { return run_password(*o, context, true); });
  const auto [passwd, passwd_options] = make("passwd", "Change the password of an account", true);
  add_password_options(passwd, *passwd_options);
  on_run(passwd, context,
         [o = passwd_options, &context] { return run_password(*o, context, false); });
  const auto [quota, quota_options] = make("quota", "Limit what an account may hold", true);
  quota->add_option("--storage", quota_options->storage, "Size such as \"2 GiB\"; 0: no limit");
  quota->add_option("--messages", quota_options->messages, "Number of messages; 0: no limit");
  on_run(quota, context, [o = quota_options, &context] { return run_quota(*o, context); });
  const auto [list, list_options] = make("list", "List the accounts", false);
  on_run(list, context, [o = list_options, &context] { return run_list(*o, context); });
  const auto [remove, remove_options] = make("remove", "Remove an account and all its mail", true);
  remove->add_flag("--yes", remove_options->yes, "Do not ask");
  on_run(remove, context, [o = remove_options, &context] { return run_remove(*o, context); });
}

}  // namespace restante::cli
