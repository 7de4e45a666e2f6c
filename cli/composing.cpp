// Every input is read and checked before anything is composed: what fails here was not sent.
#include "cli/composing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <utility>

#include "cli/files.h"
#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/date.h"
#include "mail/message/header.h"
#include "mail/message/index.h"

namespace restante::cli {
namespace {

constexpr std::size_t kEntropy = 32;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > 255 || domain.front() == '.' || domain.back() == '.') {
    return false;
  }
  if (domain.front() == '[') return domain.back() == ']';
  return domain.find("..") == std::string_view::npos &&
         std::all_of(domain.begin(), domain.end(), [](char c) {
           const auto octet = static_cast<unsigned char>(c);
           return octet >= 0x80 || std::isalnum(octet) != 0 || c == '-' || c == '.' || c == '_';
         });
}

// The lenient reader skips garbage; a bare address must therefore be the whole value.
bool is_whole(std::string_view value, const std::vector<message::Mailbox>& found) {
  if (value.find_first_of("<(\",") != std::string_view::npos) return true;
  const std::size_t begin = value.find_first_not_of(' ');
  const std::size_t end = value.find_last_not_of(' ');
  return found.size() == 1 && value.substr(begin, end + 1 - begin) == found.front().address;
}

std::string domain_of(const std::string& address) {
  return address.substr(std::min(address.rfind('@'), address.size() - 1) + 1);
}

std::chrono::minutes local_zone(std::chrono::sys_seconds time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return std::chrono::minutes(parts.tm_gmtoff / 60);
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void add_recipients(const std::vector<message::Mailbox>& mailboxes, Outgoing& outgoing) {
  for (const message::Mailbox& mailbox : mailboxes) {
    if (std::find(outgoing.recipients.begin(), outgoing.recipients.end(), mailbox.address) ==
        outgoing.recipients.end()) {
      outgoing.recipients.push_back(mailbox.address);
    }
  }
}

void add_recipients(const std::vector<message::EnvelopeAddress>& addresses, Outgoing& outgoing) {
  std::vector<message::Mailbox> mailboxes;
  for (const auto& address : addresses) {
    if (address.kind != message::EnvelopeAddress::Kind::Mailbox || address.host.empty()) continue;
    mailboxes.push_back({"", message::addr_spec(address)});
  }
  add_recipients(mailboxes, outgoing);
}

bool any_utf8(const message::Draft& draft) {
  for (const auto* list : {&draft.from, &draft.to, &draft.cc, &draft.bcc}) {
    for (const message::Mailbox& mailbox : *list) {
      if (!message::is_ascii(mailbox.address)) return true;
    }
  }
  return false;
}

Failure bad_data(const Error& error) {
  return {ExitCode::BadData, "cannot compose the message: " + error.message()};
}

std::string with_crlf(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() + octets.size() / 32);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n') continue;
    if (octets[i] == '\n' || octets[i] == '\r') {
      out += "\r\n";
    } else {
      out += octets[i];
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

// The fields a ready message lacks; message_id is filled in.
Outcome<std::string> missing_fields(const message::Index& index, const std::string& own_name,
                                    const std::string& own_address, std::string& message_id) {
  std::string fields;
  const message::Envelope& envelope = index.messages.front().envelope;
  if (!envelope.date) {
    fields += "Date: " + message::format_date(now(), local_zone(now())) + "\r\n";
  }
  if (!envelope.message_id) {
    auto id = message::make_message_id(random_octets(kEntropy), domain_of(own_address));
    if (!id) return std::unexpected(bad_data(id.error()));
    message_id = *id;
    fields += "Message-ID: <" + message_id + ">\r\n";
  }
  if (envelope.from.empty()) {
    if (!message::is_safe_header_value(own_name)) {
      return failure(ExitCode::Configuration, "the name of this account has control characters");
    }
    fields += message::fold_field("From", message::format_mailbox(own_name, own_address));
  }
  return fields;
}

}  // namespace

Outcome<std::vector<message::Mailbox>> parse_recipients(const std::vector<std::string>& values) {
  std::vector<message::Mailbox> mailboxes;
  for (const std::string& value : values) {
    const auto not_an_address = [&value] {
      return failure(ExitCode::Usage, fmt::format("'{}' is not an address", value),
                     "write NAME@DOMAIN, or 'Display Name <NAME@DOMAIN>'");
    };
    if (has_control(value) || !message::is_utf8(value)) return not_an_address();
    std::vector<message::Mailbox> found;
    for (const auto& address : message::parse_address_list(value)) {
      if (address.kind != message::EnvelopeAddress::Kind::Mailbox || address.mailbox.empty() ||
          !is_domain(address.host)) {
        return not_an_address();
      }
      found.push_back({message::display_name(address), message::addr_spec(address)});
    }
    if (found.empty() || !is_whole(value, found)) return not_an_address();
    mailboxes.insert(mailboxes.end(), found.begin(), found.end());
  }
  return mailboxes;
}

Outcome<std::optional<std::string>> read_text(const TextSource& source, const Context& context) {
  if (source.text && source.file) {
    return failure(ExitCode::Usage, "-m and -F exclude each other");
  }
  Outcome<std::string> text = source.text.value_or("");
  if (source.file) {
    text = read_input(*source.file, kInputLimit);
  } else if (!source.text && context.output.input_terminal()) {
    if (context.no_input) {
      return failure(ExitCode::Usage, "the message has no text", "use -m TEXT or -F FILE");
    }
    return std::optional<std::string>();
  } else if (!source.text) {
    text = read_input("-", kInputLimit);
  }
  if (!text) return std::unexpected(text.error());
  if (text->find('\0') != std::string::npos || !message::is_utf8(*text)) {
    return failure(ExitCode::BadData, "the text is not UTF-8", "send it as a file: -A FILE");
  }
  return std::optional<std::string>(std::move(*text));
}

Outcome<std::vector<message::Attachment>> read_attachments(const std::vector<std::string>& files) {
  std::vector<message::Attachment> attachments;
  for (const std::string& file : files) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
      return failure(ExitCode::NoInput, fmt::format("cannot attach {}: it is a folder", file));
    }
    auto octets = read_input(file, kInputLimit);
    if (!octets) return std::unexpected(octets.error());
    message::Attachment attachment;
    attachment.file_name = file == "-" ? "stdin" : std::filesystem::path(file).filename().string();
    if (has_control(attachment.file_name) || !message::is_utf8(attachment.file_name)) {
      return failure(ExitCode::BadData, "the name of an attached file is not UTF-8 text");
    }
    if (message::is_utf8(*octets) && octets->find('\0') == std::string::npos) {
      const std::string& name = attachment.file_name;
      if (name.ends_with(".txt") || name.ends_with(".log") || name.ends_with(".md")) {
        attachment.type = "text/plain; charset=utf-8";
      }
    }
    attachment.octets = std::move(*octets);
    attachments.push_back(std::move(attachment));
  }
  return attachments;
}

Outcome<Outgoing> finish(message::Draft draft, const std::string& own_name,
                         const std::string& own_address) {
  Outgoing outgoing;
  outgoing.from = own_address;
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc}) add_recipients(*list, outgoing);
  if (outgoing.recipients.empty()) {
    return failure(ExitCode::Usage, "the message has no recipient");
  }
  draft.from = {{own_name, own_address}};
  draft.date = now();
  draft.zone = local_zone(*draft.date);
  draft.utf8_headers = any_utf8(draft);
  const std::string entropy = random_octets(kEntropy);
  auto id = message::make_message_id(entropy, domain_of(own_address));
  if (!id) return std::unexpected(bad_data(id.error()));
  draft.message_id = *id;
  outgoing.message_id = *id;
  const std::string boundaries = random_octets(kEntropy);  // the id is public, these need not be
  auto submitted = message::compose(draft, boundaries);
  if (!submitted) return std::unexpected(bad_data(submitted.error()));
  outgoing.submitted = std::move(*submitted);
  draft.keep_bcc = true;
  auto copy = message::compose(draft, boundaries);
  if (!copy) return std::unexpected(bad_data(copy.error()));
  outgoing.copy = std::move(*copy);
  return outgoing;
}

Outcome<Outgoing> finish_raw(std::string octets, const std::string& own_name,
                             const std::string& own_address) {
  if (octets.find('\0') != std::string::npos) {
    return failure(ExitCode::BadData, "the message contains NUL");
  }
  octets = with_crlf(octets);
  message::Index index = message::index(octets);
  if (index.messages.front().fields.empty()) {
    return failure(ExitCode::BadData, "the message has no header");
  }
  Outgoing outgoing;
  outgoing.from = own_address;
  outgoing.message_id = index.message_id;
  const message::Envelope& envelope = index.messages.front().envelope;
  for (const auto* list : {&envelope.to, &envelope.cc, &envelope.bcc}) {
    add_recipients(*list, outgoing);
  }
  if (outgoing.recipients.empty()) {
    return failure(ExitCode::BadData, "the message names no recipient in To, Cc or Bcc");
  }
  auto fields = missing_fields(index, own_name, own_address, outgoing.message_id);
  if (!fields) return std::unexpected(fields.error());
  outgoing.copy = *fields + octets;
  outgoing.submitted = message::remove_fields(outgoing.copy, {"Bcc"});
  return outgoing;
}

}  // namespace restante::cli
