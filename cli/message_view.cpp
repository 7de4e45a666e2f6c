// Indexes the message with mail/message and puts the pieces into lines and keys.
#include "cli/message_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/safe_text.h"
#include "mail/message/address.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

namespace restante::cli {
namespace {

// A header field is one line for people: what it holds is filtered as such before the lines join.
std::string line(std::string_view name, std::string_view value) {
  return fmt::format("{}: {}\n", safe_line(name), safe_line(value));
}

std::string people(const std::vector<message::EnvelopeAddress>& addresses) {
  std::string out;
  for (const auto& address : addresses) {
    if (address.kind != message::EnvelopeAddress::Kind::Mailbox) continue;
    if (!out.empty()) out += ", ";
    const std::string name = message::display_name(address);
    const std::string spec = message::addr_spec(address);
    out += name.empty() ? spec : fmt::format("{} <{}>", name, spec);
  }
  return out;
}

std::vector<message::Mailbox> mailboxes(const std::vector<message::EnvelopeAddress>& addresses) {
  std::vector<message::Mailbox> out;
  for (const auto& address : addresses) {
    if (address.kind != message::EnvelopeAddress::Kind::Mailbox) continue;
    message::Mailbox mailbox;
    mailbox.name = message::display_name(address);
    mailbox.address = message::addr_spec(address);
    out.push_back(std::move(mailbox));
  }
  return out;
}

std::vector<ViewPart> leaves(const message::Index& index) {
  std::vector<ViewPart> out;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const message::Part& part = index.parts[i];
    if (part.is_multipart() || part.message != message::kNone) continue;
    ViewPart leaf;
    leaf.number = static_cast<std::uint32_t>(out.size() + 1);
    leaf.position = i;
    leaf.type = part.type + "/" + part.subtype;
    leaf.file_name = base_name(part.file_name);
    leaf.size = part.body.length;
    leaf.is_text = part.type == "text";
    leaf.attachment =
        !part.file_name.empty() || (part.disposition && part.disposition->type == "attachment");
    out.push_back(std::move(leaf));
  }
  return out;
}

}  // namespace

std::string show_size(std::uint64_t octets) {
  if (octets < 1024) return fmt::format("{} B", octets);
  const char* units[] = {"KiB", "MiB", "GiB"};
  double size = static_cast<double>(octets) / 1024;
  std::size_t unit = 0;
  while (size >= 1024 && unit < 2) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", size, size < 10 ? 1 : 0, units[unit]);
}

std::string base_name(std::string_view foreign) {
  const std::size_t slash = foreign.find_last_of("/\\");
  if (slash != std::string_view::npos) foreign.remove_prefix(slash + 1);
  return std::string(foreign);
}

MessageView::MessageView(MessageSummary summary, std::string octets)
    : summary_(std::move(summary)),
      octets_(std::move(octets)),
      index_(message::index(octets_)),
      parts_(leaves(index_)) {}

const ViewPart* MessageView::part(std::uint32_t number) const {
  if (number == 0 || number > parts_.size()) return nullptr;
  return &parts_[number - 1];
}

std::string MessageView::part_octets(const ViewPart& part) const {
  return message::decoded_body(octets_, index_.parts[part.position]);
}

std::string MessageView::part_text(const ViewPart& part) const {
  return message::decoded_text(octets_, index_.parts[part.position]);
}

std::string MessageView::for_people() const {
  const message::Envelope& envelope = index_.messages.front().envelope;
  std::string out =
      fmt::format("Message: {} in {}\n", summary_.number, safe_line(summary_.mailbox));
  out += line("From", people(envelope.from));
  if (!envelope.to.empty()) out += line("To", people(envelope.to));
  if (!envelope.cc.empty()) out += line("Cc", people(envelope.cc));
  if (!envelope.bcc.empty()) out += line("Bcc", people(envelope.bcc));
  if (index_.date) out += line("Date", full_time(*index_.date));
  out += line("Subject", index_.subject);
  out += "\n";
  out += message::readable_text(octets_, index_);
  if (!out.ends_with('\n')) out += '\n';
  bool any = false;
  for (const ViewPart& part : parts_) {
    if (!part.attachment) continue;
    out += any ? "" : "\n";
    any = true;
    const std::string name = part.file_name.empty() ? "(no name)" : safe_line(part.file_name);
    out += fmt::format("@{}.{}  {}  {}  {}\n", summary_.number, part.number, name,
                       safe_line(part.type), show_size(part.size));
  }
  return out;
}

std::string MessageView::all_headers() const {
  std::string out;
  for (const message::HeaderField& field : index_.messages.front().fields) {
    out += line(message::field_name(octets_, field),
                message::decode_words(message::unfold(message::field_body(octets_, field))));
  }
  return out;
}

Json MessageView::json(bool headers) const {
  const message::Envelope& envelope = index_.messages.front().envelope;
  Json object = summary_json(summary_);
  object["from"] = mailboxes_json(mailboxes(envelope.from));
  object["to"] = mailboxes_json(mailboxes(envelope.to));
  object["cc"] = mailboxes_json(mailboxes(envelope.cc));
  object["bcc"] = mailboxes_json(mailboxes(envelope.bcc));
  object["subject"] = index_.subject;
  object["in_reply_to"] = index_.in_reply_to;
  object["references"] = index_.references;
  object["text"] = message::readable_text(octets_, index_);
  Json parts = Json::array();
  std::uint32_t attachments = 0;
  for (const ViewPart& part : parts_) {
    Json one;
    one["part"] = part.number;
    one["type"] = part.type;
    one["name"] = part.file_name;
    one["size"] = part.size;
    one["attachment"] = part.attachment;
    attachments += part.attachment ? 1 : 0;
    parts.push_back(std::move(one));
  }
  object["attachments"] = attachments;
  object["parts"] = std::move(parts);
  if (!headers) return object;
  Json fields = Json::array();
  for (const message::HeaderField& field : index_.messages.front().fields) {
    Json one;
    one["name"] = std::string(message::field_name(octets_, field));
    one["value"] = message::decode_words(message::unfold(message::field_body(octets_, field)));
    fields.push_back(std::move(one));
  }
  object["headers"] = std::move(fields);
  return object;
}

}  // namespace restante::cli
