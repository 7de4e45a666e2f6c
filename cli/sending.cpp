// The order matters: everything that can fail before the submission fails before it.
#include "cli/sending.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace restante::cli {
namespace {

Json sent_json(const Outgoing& outgoing, const MessageSummary* copy) {
  Json object;
  if (copy != nullptr) {
    object["id"] = copy->number;
    if (copy->thread != 0) object["thread"] = copy->thread;
  }
  object["message_id"] = outgoing.message_id;
  if (copy != nullptr) {
    object["mailbox"] = copy->mailbox;
    object["uid"] = copy->uid;
  }
  object["to"] = outgoing.recipients;
  return object;
}

}  // namespace

std::string show_recipients(const std::vector<std::string>& recipients) {
  constexpr std::size_t kNamed = 3;
  std::string out;
  for (std::size_t i = 0; i < recipients.size() && i < kNamed; ++i) {
    out += (i == 0 ? "" : ", ") + recipients[i];
  }
  if (recipients.size() == kNamed + 1) out += " and 1 other";
  if (recipients.size() > kNamed + 1)
    out += fmt::format(" and {} others", recipients.size() - kNamed);
  return out;
}

ExitCode send_and_report(Context& context, AccountAccess& access, RemoteMail& mail,
                         const Outgoing& outgoing) {
  Output& output = context.output;
  auto sent_mailbox = mail.special_mailbox("\\Sent", "Sent");
  if (!sent_mailbox) return output.fail(sent_mailbox.error());
  auto smtp = access.smtp();
  if (!smtp) return output.fail(smtp.error());
  Submission submission;
  submission.from = outgoing.from;
  submission.to = outgoing.recipients;
  submission.octets = outgoing.submitted;
  auto accepted = smtp->submit(submission);
  if (!accepted) return output.fail(accepted.error());
  smtp->quit();
  auto copy = mail.append(*sent_mailbox, "\\Seen", outgoing.copy, outgoing.message_id);
  const std::string to = show_recipients(outgoing.recipients);
  if (output.json()) {
    output.record(sent_json(outgoing, copy ? &*copy : nullptr));
  } else if (copy) {
    const std::string thread = copy->thread != 0 ? fmt::format(" (thread t{})", copy->thread) : "";
    output.done(fmt::format("sent {} to {}{}", copy->number, to, thread));
  } else {
    output.done("sent to " + to);
  }
  if (!copy) {
    Failure reason = copy.error();
    reason.message =
        fmt::format("the message was sent, but {} has no copy: {}", *sent_mailbox, reason.message);
    reason.hint = "do not send it again";
    output.fail(reason);
    return ExitCode::SomeFailed;
  }
  if (output.closed()) output.note(fmt::format("sent {} to {}", copy->number, to));
  return ExitCode::Done;
}

}  // namespace restante::cli
