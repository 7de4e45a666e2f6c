// The meaning of one header block: which fields matter and what they say. Used by the index only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::message {

enum class KnownField : std::uint8_t {
  ContentType,
  ContentTransferEncoding,
  ContentDisposition,
  ContentId,
  ContentDescription,
  ContentMd5,
  ContentLocation,
  ContentLanguage,
  Date,
  Subject,
  From,
  Sender,
  ReplyTo,
  To,
  Cc,
  Bcc,
  InReplyTo,
  MessageId,
  References,
  None,
};

// The field of that name (any case), or None.
KnownField known_field(std::string_view name);

// The bodies of the known fields of one header block, still folded. Of several fields of one name
// the first counts (a filter and a reader must not see two messages: the rule is one for all).
class KnownFields {
 public:
  void clear() { seen_ = 0; }
  void add(KnownField field, std::string_view body) {
    const auto bit = std::uint32_t{1} << static_cast<std::uint32_t>(field);
    if (field == KnownField::None || (seen_ & bit) != 0) return;
    seen_ |= bit;
    bodies_[static_cast<std::size_t>(field)] = body;
  }
  bool has(KnownField field) const {
    return (seen_ & (std::uint32_t{1} << static_cast<std::uint32_t>(field))) != 0;
  }
  std::string_view body(KnownField field) const {
    return has(field) ? bodies_[static_cast<std::size_t>(field)] : std::string_view();
  }

 private:
  std::uint32_t seen_ = 0;
  std::array<std::string_view, static_cast<std::size_t>(KnownField::None)> bodies_{};
};

// Fills what the MIME fields say into part. in_digest: the default type is message/rfc822 (RFC 2046
// s5.1.5). A Content-Type without subtype is text/plain (RFC 2045 s5.2), but multipart is
// multipart/mixed; an empty one is as none.
void read_mime_fields(const KnownFields& fields, bool in_digest, const Limits& limits, Part& part);

// Fills the envelope of a message.
void read_envelope(const KnownFields& fields, const Limits& limits, Envelope& envelope);

// Message identifiers of a field body without < > (RFC 5322 s3.6.4), at most limit: of more, the
// first and the last ones. Without any angle brackets the words that hold an "@".
std::vector<std::string> read_message_ids(std::string_view body, std::size_t limit);

}  // namespace restante::message
