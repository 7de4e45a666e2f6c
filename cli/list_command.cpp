// `restante inbox` and `restante list [MAILBOX]`: the newest messages of a mailbox.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/account_access.h"
#include "cli/commands.h"
#include "cli/remote_mail.h"

namespace restante::cli {
namespace {

constexpr std::size_t kTerminalRows = 25;

struct ListOptions {
  std::string mailbox = "INBOX";
  std::optional<std::uint32_t> count;
  bool unread = false;
};

Outcome<void> list(const ListOptions& options, Context& context) {
  auto access = AccountAccess::choose(context);
  if (!access) return std::unexpected(access.error());
  auto client = access->imap();
  if (!client) return std::unexpected(client.error());
  RemoteMail mail(std::move(*client));
  const Output& output = context.output;
  const std::size_t standard = output.terminal() && !output.json() ? kTerminalRows : 0;
  auto messages = mail.list(options.mailbox, options.count.value_or(standard), options.unread);
  if (!messages) return std::unexpected(messages.error());
  if (output.json()) {
    for (const MessageSummary& one : *messages) {
      context.output.record(summary_json(one));
      if (output.closed()) break;
    }
  } else {
    bool sent = false;
    if (options.mailbox != "INBOX") {
      auto name = mail.special_mailbox("\\Sent", "Sent");
      if (!name) return std::unexpected(name.error());
      sent = *name == options.mailbox;
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    context.output.table(summary_table(*messages, now, sent));
  }
  mail.close();
  return {};
}

ExitCode run_list(const ListOptions& options, Context& context) {
  if (options.count == 0U) return ExitCode::Done;
  if (auto done = list(options, context); !done) return context.output.fail(done.error());
  return ExitCode::Done;
}

void add_options(CLI::App* command, const std::shared_ptr<ListOptions>& options, Context& context) {
  command->add_option("-n,--count", options->count,
                      "At most so many, the newest (default: 25 on a terminal, else all)");
  command->add_flag("--unread", options->unread, "Only messages not marked seen");
  on_run(command, context, [options, &context] { return run_list(*options, context); });
}

}  // namespace

void add_list_commands(CLI::App& app, Context& context) {
  auto inbox = std::make_shared<ListOptions>();
  add_options(app.add_subcommand("inbox", "List what has arrived"), inbox, context);
  auto other = std::make_shared<ListOptions>();
  CLI::App* command = app.add_subcommand("list", "List a mailbox");
  command->add_option("mailbox", other->mailbox, "Mailbox (default INBOX)");
  add_options(command, other, context);
}

ExitCode run_inbox(Context& context) {
  return run_list(ListOptions{}, context);
}

}  // namespace restante::cli
