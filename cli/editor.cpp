// The person's editor on a private temporary file: a short header, an empty line, the text.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "cli/child.h"
#include "cli/composing.h"
#include "cli/files.h"
#include "cli/profile.h"
#include "mail/message/address.h"
#include "mail/message/charset.h"

namespace restante::cli {
namespace {

std::string editor_command() {
  for (const char* variable : {"RESTANTE_EDITOR", "VISUAL", "EDITOR"}) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') return value;
  }
  return "vi";
}

std::string list_of(const std::vector<message::Mailbox>& mailboxes) {
  std::string out;
  for (const message::Mailbox& mailbox : mailboxes) {
    if (!out.empty()) out += ", ";
    out += message::format_mailbox(mailbox.name, mailbox.address, true);
  }
  return out;
}

std::string to_buffer(const message::Draft& draft) {
  return fmt::format("To: {}\nCc: {}\nSubject: {}\n\n{}", list_of(draft.to), list_of(draft.cc),
                     draft.subject, draft.text);
}

// Runs the editor on the file; its exit status, or a failure to start it.
Outcome<int> run_editor(const std::filesystem::path& file) {
  auto words = split_command(editor_command());
  if (!words) return std::unexpected(words.error());
  words->push_back(file.string());
  auto child = start_child(std::move(*words));
  if (!child) {
    return failure(child.error().code, child.error().message,
                   "set EDITOR, or use -m TEXT or -F FILE");
  }
  return wait_child(*child);
}

Outcome<void> from_buffer(std::string_view buffer, message::Draft& draft) {
  while (!buffer.empty()) {
    const std::size_t end = std::min(buffer.find('\n'), buffer.size());
    const std::string line(buffer.substr(0, end));
    buffer.remove_prefix(std::min(end + 1, buffer.size()));
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    const std::size_t value_at =
        colon == std::string::npos ? line.size() : line.find_first_not_of(' ', colon + 1);
    const std::string value = value_at < line.size() ? line.substr(value_at) : std::string();
    if (name == "Subject") {
      draft.subject = value;
    } else if (name == "To" || name == "Cc") {
      auto mailboxes =
          value.empty() ? Outcome<std::vector<message::Mailbox>>() : parse_recipients({value});
      if (!mailboxes) return std::unexpected(mailboxes.error());
      (name == "To" ? draft.to : draft.cc) = std::move(*mailboxes);
    } else {
      return failure(ExitCode::Usage, fmt::format("the header line '{}' is not known here", line),
                     "To, Cc and Subject, then an empty line, then the text");
    }
  }
  draft.text = buffer;
  return {};
}

}  // namespace

Outcome<void> edit_draft(message::Draft& draft) {
  const std::string before = to_buffer(draft);
  const auto file =
      std::filesystem::temp_directory_path() / fmt::format("restante-{}.eml", ::getpid());
  if (auto written = replace_file(file, before, 0600); !written) return written;
  auto status = run_editor(file);
  auto after = status ? read_input(file.string(), kInputLimit) : Outcome<std::string>();
  if (!status || !after) {
    ::unlink(file.c_str());
    return std::unexpected(status ? after.error() : status.error());
  }
  if (*status != 0) {
    return failure(ExitCode::No,
                   fmt::format("cancelled: the editor failed with status {}", *status),
                   "your text is kept in " + file.string());
  }
  if (*after == before || !message::is_utf8(*after)) {
    ::unlink(file.c_str());
    return failure(ExitCode::No, "cancelled: nothing was written");
  }
  if (auto read = from_buffer(*after, draft); !read) {
    Failure reason = read.error();
    reason.hint = "your text is kept in " + file.string();
    return std::unexpected(reason);
  }
  if (draft.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    ::unlink(file.c_str());
    return failure(ExitCode::No, "cancelled: the message has no text");
  }
  ::unlink(file.c_str());
  return {};
}

}  // namespace restante::cli
