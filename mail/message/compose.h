// New messages and replies (RFC 5322, 2045-2047, 2183, 2231, 6532). Pure: time and randomness are
// passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/error.h"
#include "mail/message/index.h"

namespace restante::message {

struct Mailbox {
  std::string name;     // UTF-8, decoded; empty: none
  std::string address;  // addr-spec
  bool operator==(const Mailbox&) const = default;
};

struct Attachment {
  std::string file_name;                          // UTF-8, without folders
  std::string type = "application/octet-stream";  // type/subtype, parameters allowed
  std::string octets;
};

struct Draft {
  std::vector<Mailbox> from;  // at least one
  std::optional<Mailbox> sender;
  std::vector<Mailbox> reply_to, to, cc, bcc;  // bcc is written only with keep_bcc
  std::string subject;                         // UTF-8
  std::string text;                            // UTF-8, LF or CRLF line ends
  std::vector<Attachment> attachments;
  std::vector<std::string> in_reply_to;  // ids without < >
  std::vector<std::string> references;   // ids without < >
  std::string message_id;                // without < >; empty: the field is left out
  std::optional<std::chrono::sys_seconds> date;
  std::chrono::minutes zone{0};
  std::vector<std::pair<std::string, std::string>> extra;  // further fields: name, value (UTF-8)
  bool utf8_headers = false;  // RFC 6532 header instead of encoded-words (needs SMTPUTF8)
  bool keep_bcc = false;
};

// The message with CRLF line ends, ASCII only unless utf8_headers. entropy: at least 16 random
// octets, from which boundaries are made; they are checked against the content. Errors: Invalid (no
// From, a header value with CR, LF or NUL, not UTF-8, an address that is none, too little entropy).
Result<std::string> compose(const Draft& draft, std::string_view entropy);

// A Message-ID without < > from at least 16 random octets and the sender's domain (RFC 5322
// s3.6.4). Errors: Invalid.
Result<std::string> make_message_id(std::string_view entropy, std::string_view domain);

struct ReplyOptions {
  std::vector<std::string>
      own_addresses;  // never recipients of a reply, unless nobody else is left
  bool all = false;
  bool quote = true;  // put the answered text, marked with "> ", below an attribution
  std::size_t quote_limit = std::size_t{1024} * 1024;
};

// The draft of an answer (RFC 5322 s3.6.2, s3.6.4): To from Reply-To or From, with all the other
// recipients in Cc; one "Re: "; In-Reply-To and References; the quoted text. from, date and
// message_id are left to the caller.
Draft reply_draft(std::string_view octets, const Index& index, const ReplyOptions& options);

// The subject with exactly one "Re: " in front (RFC 5322 s3.6.5).
std::string reply_subject(std::string_view subject);

}  // namespace restante::message
