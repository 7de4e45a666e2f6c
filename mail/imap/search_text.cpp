// Whether a text key holds for a message. See search_text.h.
#include "mail/imap/search_text.h"

#include <string.h>  // memmem

#include <algorithm>

#include "mail/imap/octets.h"
#include "mail/message/fuzzy.h"
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

unsigned MessageText::score(const SearchNode& node) {
  const message::FuzzyNeedle needle(node.text);
  if (needle.words().empty()) return holds_exactly(node) ? 100 : 0;
  message::FuzzyNeedle::Match match(needle);
  switch (node.kind) {
    case SearchKind::From:
    case SearchKind::To:
    case SearchKind::Cc:
    case SearchKind::Bcc:
      match.look_at(addresses(node.kind));
      break;
    case SearchKind::Subject:
      match.look_at(subject());
      break;
    case SearchKind::Header:
      for (const std::string& value : values_of(node.header)) match.look_at(value);
      break;
    case SearchKind::Text:
      match.look_at(header());
      match.look_at(body());
      break;
    default:
      match.look_at(body());
  }
  return match.score();
}

bool MessageText::holds(const SearchNode& node) {
  return node.fuzzy ? score(node) > 0 : holds_exactly(node);
}

bool MessageText::holds_exactly(const SearchNode& node) {
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
      return std::ranges::any_of(values_of(node.header), [&](const std::string& value) {
        return imap::holds(value, node.text);
      });
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

std::vector<std::string> MessageText::values_of(std::string_view name) const {
  std::vector<std::string> values;
  if (candidate_.index->messages.empty()) return values;
  for (const message::HeaderField& field : candidate_.index->messages[0].fields)
    if (equals(message::field_name(*candidate_.octets, field), name))
      values.push_back(message::searched_field(*candidate_.octets, field));
  return values;
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
