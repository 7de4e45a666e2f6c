// Whether a text key holds for a message. See search_text.h.
#include "mail/imap/search_text.h"

#include <string.h>  // memmem

#include <algorithm>

#include "mail/imap/octets.h"
#include "mail/message/header.h"
#include "mail/message/searched_text.h"

namespace restante::imap {

std::string fold(std::string_view utf8) {
  return message::fold(utf8);
}

bool holds(std::string_view text, std::string_view needle) {
  if (needle.empty()) return true;
  if (text.size() < needle.size()) return false;
  return ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

bool MessageText::holds(const SearchNode& node) {
  switch (node.kind) {
    case SearchKind::From:
    case SearchKind::To:
    case SearchKind::Cc:
    case SearchKind::Bcc: {
      const std::string& lines = addresses(node.kind);
      return !lines.empty() && imap::holds(lines, node.text);
    }
    case SearchKind::Subject:
      return envelope().subject && imap::holds(subject(), node.text);
    case SearchKind::Header:
      return holds_header(node);
    case SearchKind::Body:
      return imap::holds(body(), node.text);
    case SearchKind::Text:
      return imap::holds(header(), node.text) || imap::holds(body(), node.text);
    default:
      return false;
  }
}

const message::Envelope& MessageText::envelope() const {
  static const message::Envelope kNoEnvelope;
  const auto& messages = candidate_.index->messages;
  return messages.empty() ? kNoEnvelope : messages[0].envelope;
}

const std::string& MessageText::subject() {
  if (!subject_) subject_ = message::searched_subject(*candidate_.index);
  return *subject_;
}

const std::string& MessageText::addresses(SearchKind field) {
  const auto position =
      static_cast<std::size_t>(field) - static_cast<std::size_t>(SearchKind::From);
  std::optional<std::string>& lines = addresses_.at(position);
  if (lines) return *lines;
  const message::Envelope& all = envelope();
  const std::array lists{&all.from, &all.to, &all.cc, &all.bcc};
  return lines.emplace(message::searched_addresses(*lists.at(position)));
}

bool MessageText::holds_header(const SearchNode& node) const {
  if (candidate_.index->messages.empty()) return false;
  const auto& fields = candidate_.index->messages[0].fields;
  return std::ranges::any_of(fields, [&](const message::HeaderField& field) {
    return equals(message::field_name(*candidate_.octets, field), node.header) &&
           imap::holds(message::searched_field(*candidate_.octets, field), node.text);
  });
}

const std::string& MessageText::header() {
  if (!header_) header_ = message::searched_header(*candidate_.octets, *candidate_.index);
  return *header_;
}

const std::string& MessageText::body() {
  if (!body_) body_ = message::searched_body(*candidate_.octets, *candidate_.index);
  return *body_;
}

}  // namespace restante::imap
