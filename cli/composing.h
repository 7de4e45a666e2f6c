// From what a person gives on the command line to a finished message: recipients, text, files,
// editor. Nothing here sends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "mail/message/compose.h"

namespace restante::cli {

// Where the text of a message comes from: -m, -F, standard input, or an editor on a terminal.
struct TextSource {
  std::optional<std::string> text;  // -m
  std::optional<std::string> file;  // -F, "-" is standard input
};

// The octets limit of a message or attachment read here; the server has its own.
inline constexpr std::size_t kInputLimit = std::size_t{256} * 1024 * 1024;

// The mailboxes in the values of -c, -b or TO: "Name <a@b>", lists by commas. Errors: Usage (a
// value that is no address, a group, a control character).
Outcome<std::vector<message::Mailbox>> parse_recipients(const std::vector<std::string>& values);

// Reads -m, -F or standard input; nullopt: an editor is to be used (stdin is a terminal). Errors:
// Usage (both given, or --no-input), NoInput, BadData (not UTF-8, NUL).
Outcome<std::optional<std::string>> read_text(const TextSource& source, const Context& context);

// All the files or none. Errors: NoInput, BadData.
Outcome<std::vector<message::Attachment>> read_attachments(const std::vector<std::string>& files);

// Lets the person edit To, Cc, Subject and the text in their editor. Errors: No (left without a
// text, or the editor failed), Usage (a recipient that is no address), Io.
Outcome<void> edit_draft(message::Draft& draft);

// The message that is submitted, and the copy that is kept, which differs by its Bcc only.
struct Outgoing {
  std::string from;                     // addr-spec of the envelope
  std::vector<std::string> recipients;  // each once
  std::string submitted;
  std::string copy;
  std::string message_id;  // without < >
};

// Completes a draft (date, Message-ID, From of the account) and composes both forms. Errors: Usage
// (no recipient), BadData (what compose refuses).
Outcome<Outgoing> finish(message::Draft draft, const std::string& own_name,
                         const std::string& own_address);

// A ready message: CRLF line ends, Date, Message-ID and From added where missing, recipients from
// To, Cc and Bcc. Errors: BadData (no header, no recipients).
Outcome<Outgoing> finish_raw(std::string octets, const std::string& own_name,
                             const std::string& own_address);

}  // namespace restante::cli
