// `restante send TO...`: a new message; `send --raw [FILE]`: one that is ready.
#include <memory>
#include <optional>
#include <utility>

#include "cli/account_access.h"
#include "cli/commands.h"
#include "cli/composing.h"
#include "cli/files.h"
#include "cli/sending.h"

namespace restante::cli {
namespace {

struct SendOptions {
  std::vector<std::string> to;  // with --raw: the file
  std::vector<std::string> cc, bcc, files;
  std::string subject;
  TextSource text;
  bool raw = false;
};

// The message as far as the command line says it. Errors as those of its inputs.
Outcome<message::Draft> draft_of(const SendOptions& options, const Context& context) {
  message::Draft draft;
  const std::pair<const std::vector<std::string>*, std::vector<message::Mailbox>*> lists[] = {
      {&options.to, &draft.to}, {&options.cc, &draft.cc}, {&options.bcc, &draft.bcc}};
  for (const auto& [values, mailboxes] : lists) {
    auto parsed = parse_recipients(*values);
    if (!parsed) return std::unexpected(parsed.error());
    *mailboxes = std::move(*parsed);
  }
  if (draft.to.empty() && draft.cc.empty() && draft.bcc.empty()) {
    return failure(ExitCode::Usage, "nobody to send to", "restante send TO -s SUBJECT -m TEXT");
  }
  draft.subject = options.subject;
  auto attachments = read_attachments(options.files);
  if (!attachments) return std::unexpected(attachments.error());
  draft.attachments = std::move(*attachments);
  auto text = read_text(options.text, context);
  if (!text) return std::unexpected(text.error());
  if (!*text) {
    if (auto edited = edit_draft(draft); !edited) return std::unexpected(edited.error());
    return draft;
  }
  const bool given = options.text.text.has_value();
  if ((*text)->empty() && !given && draft.attachments.empty()) {
    return failure(ExitCode::BadData, "the message has no text", "to send none: -m ''");
  }
  draft.text = std::move(**text);
  return draft;
}

Outcome<std::string> raw_of(const SendOptions& options) {
  if (options.to.size() > 1 || !options.cc.empty() || !options.bcc.empty() ||
      !options.subject.empty() || !options.files.empty() || options.text.text ||
      options.text.file) {
    return failure(ExitCode::Usage, "--raw takes one file and nothing else",
                   "the recipients are those of To, Cc and Bcc");
  }
  return read_input(options.to.empty() ? "-" : options.to.front(), kInputLimit);
}

ExitCode run_send(const SendOptions& options, Context& context) {
  Output& output = context.output;
  std::optional<message::Draft> draft;
  std::string raw;
  if (options.raw) {
    auto octets = raw_of(options);
    if (!octets) return output.fail(octets.error());
    raw = std::move(*octets);
  } else {
    auto made = draft_of(options, context);
    if (!made) return output.fail(made.error());
    draft = std::move(*made);
  }
  auto access = AccountAccess::choose(context);
  if (!access) return output.fail(access.error());
  auto client = access->imap();
  if (!client) return output.fail(client.error());
  RemoteMail mail(std::move(*client));
  auto outgoing = draft ? finish(std::move(*draft), access->name(), access->address())
                        : finish_raw(std::move(raw), access->name(), access->address());
  if (!outgoing) return output.fail(outgoing.error());
  const ExitCode code = send_and_report(context, *access, mail, *outgoing);
  mail.close();
  return code;
}

}  // namespace

void add_send_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<SendOptions>();
  CLI::App* command = app.add_subcommand("send", "Send a message");
  command->add_option("to", options->to, "Recipients; with --raw the file");
  one_value(command->add_option("-c,--cc", options->cc, "Recipient of a copy"));
  one_value(command->add_option("-b,--bcc", options->bcc, "Recipient the others do not see"));
  command->add_option("-s,--subject", options->subject, "Subject");
  one_value(command->add_option("-A,--attach", options->files, "File to attach"));
  command->add_option("-m,--message", options->text.text, "The text");
  command->add_option("-F,--file", options->text.file, "File with the text, - is standard input");
  command->add_flag("--raw", options->raw, "Send a ready message from a file or standard input");
  on_run(command, context, [options, &context] { return run_send(*options, context); });
}

}  // namespace restante::cli
