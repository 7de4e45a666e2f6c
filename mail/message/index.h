// The index of a message: everything IMAP, search and the command line ask about a message, found
// in one pass over its octets (RFC 5322, 2045-2047, 2183, 2231, 6532). Values only; safe on any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"

namespace restante::message {

// A run of octets of the message: [offset, offset + length).
struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const Range&) const = default;
};

// One header field; the name is the first name_length octets of whole.
struct HeaderField {
  Range whole;  // from the first octet of the name up to and including the last CRLF (with folding)
  std::uint32_t name_length = 0;
  bool operator==(const HeaderField&) const = default;
};

// One element of an address list as ENVELOPE shows it (RFC 9051 s7.5.2, "address structure"):
// octets as they stand in the message, comments and quoting removed, encoded-words not decoded.
struct EnvelopeAddress {
  enum class Kind : std::uint8_t { Mailbox, GroupStart, GroupEnd };
  Kind kind = Kind::Mailbox;
  std::string name;     // display name; empty: none
  std::string mailbox;  // local part; for GroupStart the group's name
  std::string host;     // domain; empty where the address has none
  bool operator==(const EnvelopeAddress&) const = default;
};

// RFC 9051 s7.5.2: the fields of ENVELOPE, unfolded, not decoded. nullopt: the field is absent.
// sender and reply_to are left empty where absent; the IMAP writer applies their defaults.
struct Envelope {
  std::optional<std::string> date;
  std::optional<std::string> subject;
  std::vector<EnvelopeAddress> from, sender, reply_to, to, cc, bcc;
  std::optional<std::string> in_reply_to;
  std::optional<std::string> message_id;
  bool operator==(const Envelope&) const = default;
};

struct Parameter {
  std::string name;   // lower case, as written otherwise (RFC 2231 continuations keep "*0*")
  std::string value;  // quoting removed, not decoded
  bool operator==(const Parameter&) const = default;
};

struct Disposition {
  std::string type;  // lower case
  std::vector<Parameter> parameters;
  bool operator==(const Disposition&) const = default;
};

// The message itself (entry 0) or one message/rfc822 part in it: what only whole messages have.
struct EmbeddedMessage {
  Envelope envelope;
  std::vector<HeaderField> fields;  // offsets count from the first octet of the outermost message
  bool operator==(const EmbeddedMessage&) const = default;
};

inline constexpr std::uint32_t kNone = 0xffffffff;

// One body part. Parts stand in a flat vector in pre-order; part 0 is the message's own body.
// A message/rfc822 part has exactly one child: the body of the embedded message. One that is
// encoded in base64 or quoted-printable, or lies beyond the limits, is opaque: no child, message ==
// kNone (to be shown as application/octet-stream). A multipart in which no delimiter was found has
// no child.
struct Part {
  std::uint32_t parent = kNone;        // position in Index::parts
  std::uint32_t first_child = kNone;   // position in Index::parts
  std::uint32_t next_sibling = kNone;  // position in Index::parts
  std::uint32_t message = kNone;  // position in Index::messages if type is message/rfc822 or global
  std::string type = "text";      // lower case
  std::string subtype = "plain";  // lower case
  std::vector<Parameter> parameters;
  std::optional<std::string> id, description, md5, location;
  std::string encoding = "7bit";  // lower case
  std::optional<Disposition> disposition;
  std::vector<std::string> languages;
  std::string file_name;    // decoded (RFC 2231, 2047), UTF-8; empty: none
  Range header;             // the header block that belongs to this part: for a body part its MIME
                            // header; for part 0 and the child of message/rfc822 that message's
                            // header; including the empty line
  Range body;               // without the CRLF before the boundary
  std::uint64_t lines = 0;  // of body (BODYSTRUCTURE of text and message/rfc822)
  bool is_multipart() const { return type == "multipart"; }
  bool operator==(const Part&) const = default;
};

// Bounds on what is indexed; what lies beyond stays part of the octets but is one opaque part.
struct Limits {
  std::uint32_t parts = 10'000;
  std::uint32_t depth = 100;
  std::uint32_t header_fields = 10'000;      // per message; the rest is not listed
  std::uint32_t header_octets = 10'485'760;  // per message
  std::uint32_t addresses = 10'000;          // per field
  std::uint32_t parameters = 1'000;          // per part
  std::uint32_t references = 1'000;          // ids of References: the first and the last ones
  std::uint32_t preview_characters = 200;    // RFC 8970 s3.1 allows 256
};

struct Index {
  std::uint64_t size = 0;                        // octets of the whole message
  std::vector<Part> parts;                       // never empty
  std::vector<EmbeddedMessage> messages;         // never empty; [0] is the message itself
  std::string subject;                           // decoded, one line, UTF-8
  std::string preview;                           // first words of the text, one line, UTF-8
  std::optional<std::chrono::sys_seconds> date;  // of the Date field
  std::string message_id;                        // without < >; empty: none
  std::vector<std::string> in_reply_to;          // ids without < >
  std::vector<std::string> references;           // ids without < >, in order
  bool has_attachment = false;  // a part with disposition attachment or a file name
  bool operator==(const Index&) const = default;
};

// Indexes octets in one pass, time linear in size, without recursion; never fails: what is not a
// message is indexed as one text/plain part. Line ends are CRLF or a bare LF. Where a message is
// ambiguous there is one reading for everybody: of several fields or parameters of one name the
// first counts; a delimiter is a whole line but for trailing blanks, and the innermost open
// multipart that it fits takes it; a line that is no header line ends the header, as an empty line
// would; the transfer encoding of a multipart is ignored; a "From " line before the first field is
// skipped.
Index index(std::string_view octets, const Limits& limits = {});

// The stored form of an index (docs/schema.md, blob.structure) and back. Errors: Corrupt.
std::string encode_index(const Index& index);
Result<Index> decode_index(std::string_view stored);
// Only what ENVELOPE and BODYSTRUCTURE show: parts and envelopes; the rest stays empty. Much
// faster.
Result<Index> decode_structure(std::string_view stored);

// The text of the message for search: decoded subject, addresses and all text parts (HTML reduced
// to its text), UTF-8, at most limit octets.
std::string search_text(std::string_view octets, const Index& index, std::size_t limit);

}  // namespace restante::message
