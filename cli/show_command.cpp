// `restante show ID...` (alias `read`): a message as a person or a program reads it.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cli/account_access.h"
#include "cli/commands.h"
#include "cli/message_view.h"
#include "cli/remote_mail.h"
#include "cli/safe_text.h"

namespace restante::cli {
namespace {

struct ShowOptions {
  std::vector<std::string> names;
  bool headers = false;
  bool raw = false;
  bool peek = false;
  bool mark_seen = false;
  std::uint32_t part = 0;
};

// Writes one part as octets; to a terminal only what is text.
Outcome<void> show_part(const ShowOptions& options, const MessageView& view, Context& context) {
  const ViewPart* part = view.part(options.part);
  if (part == nullptr) {
    return failure(ExitCode::NoInput,
                   fmt::format("message {} has no part {}", view.number(), options.part),
                   fmt::format("restante show {} lists the parts", view.number()));
  }
  if (!context.output.terminal()) {
    context.output.raw(view.part_octets(*part));
    return {};
  }
  if (!part->is_text) {
    return failure(ExitCode::Usage,
                   fmt::format("part {} is {}, not for a terminal", options.part, part->type),
                   fmt::format("restante show {} --part {} >FILE", view.number(), options.part));
  }
  context.output.text(view.part_text(*part));
  return {};
}

Outcome<void> show_one(const ShowOptions& options, RemoteMail& mail, const Placement& placement,
                       bool first, Context& context) {
  auto summary = mail.summary(placement);
  if (!summary) return std::unexpected(summary.error());
  auto octets = mail.octets(placement);
  if (!octets) return std::unexpected(octets.error());
  const MessageView view(*summary, std::move(*octets));
  Output& output = context.output;
  if (options.part != 0) {
    if (auto shown = show_part(options, view, context); !shown) return shown;
  } else if (options.raw) {
    if (output.terminal()) {
      output.text(view.octets());
    } else {
      output.raw(view.octets());
    }
  } else if (output.json()) {
    output.record(view.json(options.headers));
  } else {
    if (!first) output.text("\n");
    output.text(options.headers ? view.all_headers() : view.for_people());
  }
  const bool mark = options.mark_seen || (output.terminal() && !options.peek);
  if (!mark || summary->seen) return {};
  return mail.add_flag(placement, "\\Seen");
}

ExitCode run_show(const ShowOptions& options, Context& context) {
  Output& output = context.output;
  auto names = parse_message_names(options.names);
  if (!names) return output.fail(names.error());
  if (options.headers + options.raw + (options.part != 0) > 1) {
    return output.fail(Failure(ExitCode::Usage, "--headers, --raw and --part exclude each other"));
  }
  if (output.json() && (options.raw || options.part != 0)) {
    return output.fail(Failure(ExitCode::Usage, "--json does not go with --raw or --part"));
  }
  auto access = AccountAccess::choose(context);
  if (!access) return output.fail(access.error());
  auto client = access->imap();
  if (!client) return output.fail(client.error());
  RemoteMail mail(std::move(*client));
  ExitCode worst = ExitCode::Done;
  std::size_t shown = 0;
  for (const MessageName& name : *names) {
    auto placements = mail.find(name);
    if (!placements) return output.fail(placements.error());
    if (placements->empty()) {
      worst = output.fail(Failure(ExitCode::NoInput, "no message " + show_name(name)));
    }
    for (const Placement& placement : *placements) {
      if (output.closed()) break;
      if (auto done = show_one(options, mail, placement, shown == 0, context); !done) {
        worst = output.fail(done.error());
        // A lost connection does not come back for the next message.
        if (worst == ExitCode::TryLater || worst == ExitCode::Protocol) return worst;
      } else {
        ++shown;
      }
    }
  }
  mail.close();
  return worst != ExitCode::Done && shown > 0 ? ExitCode::SomeFailed : worst;
}

}  // namespace

void add_show_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "Read messages")->alias("read");
  command->add_option("id", options->names, "Numbers, 40-45, 40,42 or <Message-ID>")->required();
  command->add_flag("--headers", options->headers, "All header fields instead of the text");
  command->add_flag("--raw", options->raw, "The message as it is kept");
  command->add_option("--part", options->part, "One part, decoded")->check(CLI::PositiveNumber);
  command->add_flag("--peek", options->peek, "Do not mark as seen");
  command->add_flag("--mark-seen", options->mark_seen,
                    "Mark as seen also where stdout is not a terminal");
  on_run(command, context, [options, &context] { return run_show(*options, context); });
}

}  // namespace restante::cli
