// `restante reply ID`: an answer, joined to its conversation by In-Reply-To and References.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/account_access.h"
#include "cli/commands.h"
#include "cli/composing.h"
#include "cli/sending.h"
#include "mail/message/index.h"

namespace restante::cli {
namespace {

struct ReplyCommandOptions {
  std::string name;
  std::vector<std::string> files;
  TextSource text;
  bool all = false;
  bool no_quote = false;
};

Outcome<Placement> original(const std::string& argument, RemoteMail& mail) {
  auto names = parse_message_names(std::string_view(argument));
  if (!names) return std::unexpected(names.error());
  const auto* range = std::get_if<NumberRange>(&names->front());
  if (names->size() != 1 || (range != nullptr && !range->single())) {
    return failure(ExitCode::Usage, "reply answers one message", "restante help ids");
  }
  auto found = mail.find(names->front());
  if (!found) return std::unexpected(found.error());
  if (found->empty()) {
    return failure(ExitCode::NoInput, "no message " + show_name(names->front()));
  }
  return found->front();
}

// The person's text goes above the quoted one.
void put_text(const std::string& text, message::Draft& draft) {
  std::string own = text;
  if (!own.empty() && !own.ends_with('\n')) own += '\n';
  draft.text = draft.text.empty() ? own : own + "\n" + draft.text;
}

Outcome<message::Draft> answer(const ReplyCommandOptions& options, const std::string& octets,
                               const std::string& own_address, std::optional<std::string> text,
                               std::vector<message::Attachment> attachments) {
  message::ReplyOptions how;
  how.own_addresses = {own_address};
  how.all = options.all;
  how.quote = !options.no_quote;
  message::Draft draft = message::reply_draft(octets, message::index(octets), how);
  draft.attachments = std::move(attachments);
  if (text) {
    put_text(*text, draft);
    return draft;
  }
  if (!draft.text.empty()) draft.text = "\n\n" + draft.text;
  if (auto edited = edit_draft(draft); !edited) return std::unexpected(edited.error());
  return draft;
}

ExitCode run_reply(const ReplyCommandOptions& options, Context& context) {
  Output& output = context.output;
  auto attachments = read_attachments(options.files);
  if (!attachments) return output.fail(attachments.error());
  auto text = read_text(options.text, context);
  if (!text) return output.fail(text.error());
  if (*text && (*text)->empty() && !options.text.text && attachments->empty()) {
    return output.fail(Failure(ExitCode::BadData, "the answer has no text", "to send none: -m ''"));
  }
  auto access = AccountAccess::choose(context);
  if (!access) return output.fail(access.error());
  auto client = access->imap();
  if (!client) return output.fail(client.error());
  RemoteMail mail(std::move(*client));
  auto placement = original(options.name, mail);
  if (!placement) return output.fail(placement.error());
  auto octets = mail.octets(*placement);
  if (!octets) return output.fail(octets.error());
  auto draft =
      answer(options, *octets, access->address(), std::move(*text), std::move(*attachments));
  if (!draft) return output.fail(draft.error());
  auto outgoing = finish(std::move(*draft), access->name(), access->address());
  if (!outgoing) return output.fail(outgoing.error());
  const ExitCode code = send_and_report(context, *access, mail, *outgoing);
  if (code != ExitCode::Done) return code;
  if (auto marked = mail.add_flag(*placement, "\\Answered"); !marked) {
    output.fail(Failure(marked.error().code, fmt::format("the answer was sent, but {} is not "
                                                         "marked as answered: {}",
                                                         options.name, marked.error().message)));
    return ExitCode::SomeFailed;
  }
  mail.close();
  return code;
}

}  // namespace

void add_reply_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReplyCommandOptions>();
  CLI::App* command = app.add_subcommand("reply", "Answer a message");
  command->add_option("id", options->name, "Number or <Message-ID>")->required();
  command->add_flag("--all", options->all, "Answer all its recipients");
  command->add_flag("--no-quote", options->no_quote, "Without the text that is answered");
  one_value(command->add_option("-A,--attach", options->files, "File to attach"));
  command->add_option("-m,--message", options->text.text, "The text");
  command->add_option("-F,--file", options->text.file, "File with the text, - is standard input");
  on_run(command, context, [options, &context] { return run_reply(*options, context); });
}

}  // namespace restante::cli
