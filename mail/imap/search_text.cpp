// Folding and the texts of a message. See search_text.h.
#include "mail/imap/search_text.h"

#include <string.h>  // memmem
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "mail/imap/octets.h"
#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

namespace restante::imap {

namespace {

constexpr std::size_t kPieceOctets = 64 * 1024;

// Appends the folded form of valid UTF-8 until out has limit octets.
void append_folded(std::string& out, std::string_view utf8, std::size_t limit) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  // In pieces: one character may become eighteen, and the result is bounded.
  while (!utf8.empty() && out.size() < limit) {
    std::size_t length = utf8.size();
    if (length > kPieceOctets) {
      const std::size_t blank = utf8.substr(0, kPieceOctets).find_last_of(" \n");
      length = blank == std::string_view::npos || blank == 0
                   ? message::utf8_boundary(utf8, kPieceOctets)
                   : blank;
    }
    const std::string_view piece = utf8.substr(0, length);
    utf8.remove_prefix(length);
    if (message::is_ascii(piece) || U_FAILURE(status) || casefold == nullptr) {
      out += to_lower(piece);
      continue;
    }
    icu::StringByteSink<std::string> sink(&out);
    casefold->normalizeUTF8(0, icu::StringPiece(piece.data(), static_cast<int32_t>(piece.size())),
                            sink, nullptr, status);
  }
}

// The header of the message that the index calls position; empty where it calls none.
const std::vector<message::HeaderField>* fields_of(const message::Index& index,
                                                   std::size_t position) {
  return position < index.messages.size() ? &index.messages[position].fields : nullptr;
}

}  // namespace

std::string fold(std::string_view utf8) {
  std::string out;
  if (message::is_utf8(utf8)) {
    append_folded(out, utf8, message::kNoLimit);
  } else {
    append_folded(out, message::guess_utf8(utf8), message::kNoLimit);
  }
  return out;
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
  if (!subject_) subject_ = fold(candidate_.index->subject);
  return *subject_;
}

const std::string& MessageText::addresses(SearchKind field) {
  const auto position =
      static_cast<std::size_t>(field) - static_cast<std::size_t>(SearchKind::From);
  std::optional<std::string>& lines = addresses_.at(position);
  if (lines) return *lines;
  const message::Envelope& all = envelope();
  const std::array lists{&all.from, &all.to, &all.cc, &all.bcc};
  std::string shown;
  for (const message::EnvelopeAddress& address : *lists.at(position)) {
    shown += message::display_name(address);
    if (address.kind == message::EnvelopeAddress::Kind::GroupStart)
      shown += message::decode_words(address.mailbox);
    else
      shown += " <" + message::addr_spec(address) + '>';
    shown += '\n';
  }
  return lines.emplace(fold(shown));
}

bool MessageText::holds_header(const SearchNode& node) const {
  const auto* fields = fields_of(*candidate_.index, 0);
  if (fields == nullptr) return false;
  for (const message::HeaderField& field : *fields) {
    if (!equals(message::field_name(*candidate_.octets, field), node.header)) continue;
    const std::string value =
        message::decode_words(message::unfold(message::field_body(*candidate_.octets, field)));
    if (imap::holds(fold(value), node.text)) return true;
  }
  return false;
}

void MessageText::add_header(std::string& out, std::size_t position) const {
  const auto* fields = fields_of(*candidate_.index, position);
  if (fields == nullptr) return;
  for (const message::HeaderField& field : *fields) {
    if (out.size() >= kSearchedTextOctets) return;
    const std::string line =
        std::string(message::field_name(*candidate_.octets, field)) + ": " +
        message::decode_words(message::unfold(message::field_body(*candidate_.octets, field))) +
        '\n';
    append_folded(out, message::guess_utf8(line), kSearchedTextOctets);
  }
}

const std::string& MessageText::header() {
  if (!header_) {
    header_.emplace();
    add_header(*header_, 0);
  }
  return *header_;
}

// All text parts decoded, HTML both as it stands and as text, and the headers of embedded messages.
const std::string& MessageText::body() {
  if (body_) return *body_;
  std::string& out = body_.emplace();
  for (const message::Part& part : candidate_.index->parts) {
    if (out.size() >= kSearchedTextOctets) break;
    if (part.message != message::kNone) add_header(out, part.message);
    if (part.type != "text") continue;
    const std::string text = message::decoded_text(*candidate_.octets, part, kSearchedTextOctets);
    append_folded(out, text, kSearchedTextOctets);
    out += '\n';
    if (part.subtype != "html" || out.size() >= kSearchedTextOctets) continue;
    append_folded(out, message::html_to_text(text, kSearchedTextOctets), kSearchedTextOctets);
    out += '\n';
  }
  return out;
}

}  // namespace restante::imap
