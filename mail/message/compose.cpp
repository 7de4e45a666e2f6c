// Writes a draft as a message.
#include "mail/message/compose.h"

#include <algorithm>
#include <array>

#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/date.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/parameter.h"
#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

constexpr std::size_t kMinEntropy = 16;
constexpr std::size_t kLongestLine = 998;     // RFC 5322 s2.1.1
constexpr std::size_t kLongestAddress = 320;  // RFC 5321 s4.5.3.1: 64 + 1 + 255
constexpr std::size_t kLongestWord = 900;     // of a header; longer ones are encoded

std::string hex(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    out.push_back("0123456789abcdef"[octet >> 4]);
    out.push_back("0123456789abcdef"[octet & 15]);
  }
  return out;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool has_long_word(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    length = c == ' ' || c == '\t' ? 0 : length + 1;
    if (length > kLongestWord) return true;
  }
  return false;
}

// Unstructured text as it may stand in a header.
std::string encode_text(std::string_view text, bool utf8) {
  const bool plain = (utf8 || is_ascii(text)) && text.find("=?") == std::string_view::npos &&
                     !has_long_word(text) && std::none_of(text.begin(), text.end(), [](char c) {
                       return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
                     });
  const bool blank_ends = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (plain && !blank_ends) return std::string(text);
  return unfold(encode_words(text));
}

// RFC 5322 s3.4.1 as far as a header can be broken by it: one "@", no blank, no angle or comma.
bool is_usable_address(std::string_view address) {
  if (address.empty() || address.size() > kLongestAddress || !is_safe_header_value(address))
    return false;
  const auto list = parse_address_list(address, 2);
  if (list.size() != 1 || list[0].kind != EnvelopeAddress::Kind::Mailbox || !list[0].name.empty())
    return false;
  return !list[0].mailbox.empty() && addr_spec(list[0]) == address &&
         std::none_of(address.begin(), address.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != ':';
  });
}

bool is_id(std::string_view id) {
  return !id.empty() && id.size() < kLongestWord && is_safe_header_value(id) &&
         id.find_first_of("<> \t") == std::string_view::npos;
}

// The kinds of body, by what the octets need.
enum class BodyKind { SevenBit, QuotedPrintable, Base64 };

BodyKind body_kind(std::string_view text) {  // CRLF line ends
  std::size_t line = 0;
  std::size_t special = 0;
  bool plain = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      line = 0;
      ++i;
      continue;
    }
    if (line == 0 && text.substr(i, 5) == "From ") plain = false;  // some store rewrites it
    if (++line > kLongestLine) plain = false;
    if (c >= 0x80 || (c < ' ' && c != '\t') || c == 0x7f) {
      plain = false;
      ++special;
    }
  }
  if (plain) return BodyKind::SevenBit;
  return special * 6 > text.size() ? BodyKind::Base64 : BodyKind::QuotedPrintable;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r') {
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      out.append("\r\n");
    } else {
      out.push_back(text[i]);
    }
  }
  if (!out.empty() && !out.ends_with("\r\n")) out.append("\r\n");
  return out;
}

class Composer {
 public:
  Composer(const Draft& draft, std::string_view entropy) : draft_(draft), entropy_(entropy) {}

  Result<std::string> run() {
    if (entropy_.size() < kMinEntropy)
      return fail(ErrorKind::Invalid, "too little entropy for a boundary");
    if (auto checked = check(); !checked) return std::unexpected(checked.error());
    write_header();
    out_.append("MIME-Version: 1.0\r\n");
    if (draft_.attachments.empty()) {
      write_text_part();
    } else {
      write_mixed();
    }
    return std::move(out_);
  }

 private:
  Result<void> check_mailboxes(std::string_view field, const std::vector<Mailbox>& list) const {
    for (const Mailbox& mailbox : list) {
      if (!is_safe_header_value(mailbox.name) || has_long_word(mailbox.name)) {
        return fail(ErrorKind::Invalid,
                    "a name in " + std::string(field) + " holds what no header may hold");
      }
      if (!is_usable_address(mailbox.address)) {
        return fail(ErrorKind::Invalid,
                    "an address in " + std::string(field) + " is not an address");
      }
      if (!draft_.utf8_headers && !is_ascii(mailbox.address)) {
        return fail(ErrorKind::Invalid,
                    "an address in " + std::string(field) + " needs a header in UTF-8");
      }
    }
    return {};
  }

  Result<void> check() const {
    if (draft_.from.empty()) return fail(ErrorKind::Invalid, "a message needs a From address");
    const std::vector<Mailbox> sender =
        draft_.sender ? std::vector<Mailbox>{*draft_.sender} : std::vector<Mailbox>{};
    using Field = std::pair<std::string_view, const std::vector<Mailbox>*>;
    for (const auto& [name, list] : {Field{"From", &draft_.from}, Field{"Sender", &sender},
                                     Field{"Reply-To", &draft_.reply_to}, Field{"To", &draft_.to},
                                     Field{"Cc", &draft_.cc}, Field{"Bcc", &draft_.bcc}}) {
      if (auto checked = check_mailboxes(name, *list); !checked) return checked;
    }
    if (!is_safe_header_value(draft_.subject))
      return fail(ErrorKind::Invalid, "the subject holds what no header may hold");
    if (!is_utf8(draft_.text)) return fail(ErrorKind::Invalid, "the text is not UTF-8");
    for (const auto& [name, value] : draft_.extra) {
      if (!is_field_name(name) || !is_safe_header_value(value)) {
        return fail(ErrorKind::Invalid, "a header field holds what no header may hold");
      }
    }
    return check_ids_and_attachments();
  }

  Result<void> check_ids_and_attachments() const {
    for (const auto* ids : {&draft_.in_reply_to, &draft_.references}) {
      if (!std::all_of(ids->begin(), ids->end(), [](const std::string& id) { return is_id(id); })) {
        return fail(ErrorKind::Invalid, "a message id holds what no header may hold");
      }
    }
    if (!draft_.message_id.empty() && !is_id(draft_.message_id)) {
      return fail(ErrorKind::Invalid, "the message id holds what no header may hold");
    }
    for (const Attachment& attachment : draft_.attachments) {
      const ParameterizedValue type = parse_parameterized(attachment.type);
      if (!is_safe_header_value(attachment.file_name) || !is_safe_header_value(attachment.type) ||
          !is_ascii(attachment.type) || !is_field_name(type.value) ||
          !is_field_name(type.subvalue) || type.value == "multipart") {
        return fail(ErrorKind::Invalid, "the name or type of an attachment is not usable");
      }
    }
    return {};
  }

  void field(std::string_view name, std::string_view value) {
    out_.append(fold_field(name, value));
  }

  void mailboxes(std::string_view name, const std::vector<Mailbox>& list) {
    if (list.empty()) return;
    std::string value;
    for (const Mailbox& mailbox : list) {
      if (!value.empty()) value.append(", ");
      value.append(unfold(format_mailbox(mailbox.name, mailbox.address, draft_.utf8_headers)));
    }
    field(name, value);
  }

  void ids(std::string_view name, const std::vector<std::string>& list) {
    std::string value;
    for (const std::string& id : list)
      value.append(value.empty() ? "<" : " <").append(id).append(">");
    if (!value.empty()) field(name, value);
  }

  void write_header() {
    if (draft_.date) field("Date", format_date(*draft_.date, draft_.zone));
    mailboxes("From", draft_.from);
    if (draft_.sender) mailboxes("Sender", {*draft_.sender});
    mailboxes("Reply-To", draft_.reply_to);
    mailboxes("To", draft_.to);
    mailboxes("Cc", draft_.cc);
    if (draft_.keep_bcc) mailboxes("Bcc", draft_.bcc);
    if (!draft_.subject.empty()) field("Subject", encode_text(draft_.subject, draft_.utf8_headers));
    if (!draft_.message_id.empty()) ids("Message-ID", {draft_.message_id});
    ids("In-Reply-To", draft_.in_reply_to);
    ids("References", draft_.references);
    for (const auto& [name, value] : draft_.extra)
      field(name, encode_text(value, draft_.utf8_headers));
  }

  void write_text_part() {
    const std::string text = with_crlf(draft_.text);
    const BodyKind kind = body_kind(text);
    field("Content-Type",
          is_ascii(text) ? "text/plain; charset=us-ascii" : "text/plain; charset=utf-8");
    if (kind == BodyKind::SevenBit) {
      out_.append("Content-Transfer-Encoding: 7bit\r\n\r\n").append(text);
    } else if (kind == BodyKind::QuotedPrintable) {
      out_.append("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
          .append(encode_quoted_printable(text));
    } else {
      out_.append("Content-Transfer-Encoding: base64\r\n\r\n").append(encode_base64(text));
    }
  }

  // A boundary no line of the parts can hold: "_" and "=" stand in no encoded line, and what is not
  // encoded is searched.
  std::string make_boundary() const {
    const std::string stem = "=_" + hex(entropy_.substr(0, 24));
    for (std::size_t attempt = 0;; ++attempt) {
      std::string boundary = attempt == 0 ? stem : stem + "_" + std::to_string(attempt);
      const bool taken = draft_.text.find(boundary) != std::string::npos ||
                         std::any_of(draft_.attachments.begin(), draft_.attachments.end(),
                                     [&](const Attachment& attachment) {
                                       return attachment.octets.find(boundary) != std::string::npos;
                                     });
      if (!taken) return boundary;
    }
  }

  void write_mixed() {
    const std::string boundary = make_boundary();
    field("Content-Type", "multipart/mixed; boundary=\"" + boundary + "\"");
    out_.append("\r\n");
    if (!draft_.text.empty()) {
      out_.append("--").append(boundary).append("\r\n");
      write_text_part();
      out_.append("\r\n");
    }
    for (const Attachment& attachment : draft_.attachments) {
      out_.append("--").append(boundary).append("\r\n");
      write_attachment(attachment);
      out_.append("\r\n");
    }
    out_.append("--").append(boundary).append("--\r\n");
  }

  // The octets of an embedded message must not be encoded (RFC 2046 s5.2.1): it is sent as it is if
  // it is a clean one, and as opaque octets otherwise.
  static bool is_clean_message(std::string_view octets) {
    for (std::size_t i = 0, line = 0; i < octets.size(); ++i) {
      const auto c = static_cast<unsigned char>(octets[i]);
      if (c == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n') {
        line = 0;
        ++i;
        continue;
      }
      if (c == '\r' || c == '\n' || c == 0 || c >= 0x80 || ++line > kLongestLine) return false;
    }
    return true;
  }

  void write_attachment(const Attachment& attachment) {
    const ParameterizedValue type = parse_parameterized(attachment.type);
    const bool message = type.value == "message";
    const bool as_it_is = message && is_clean_message(attachment.octets);
    std::string value =
        message && !as_it_is ? "application/octet-stream" : type.value + "/" + type.subvalue;
    for (const Parameter& parameter : type.parameters) {
      if (parameter.name == "name" || parameter.name == "boundary") continue;
      append_parameter(value, parameter.name, parameter.value);
    }
    if (!attachment.file_name.empty()) append_parameter(value, "name", attachment.file_name);
    field("Content-Type", value);
    std::string disposition = "attachment";
    if (!attachment.file_name.empty())
      append_parameter(disposition, "filename", attachment.file_name);
    field("Content-Disposition", disposition);
    if (as_it_is) {
      out_.append("Content-Transfer-Encoding: 7bit\r\n\r\n").append(attachment.octets);
    } else {
      out_.append("Content-Transfer-Encoding: base64\r\n\r\n")
          .append(encode_base64(attachment.octets));
    }
  }

  void append_parameter(std::string& value, std::string_view name, std::string_view content) const {
    for (const std::string& piece : encode_parameter(name, content, draft_.utf8_headers)) {
      value.append("; ").append(piece);
    }
  }

  const Draft& draft_;
  std::string_view entropy_;
  std::string out_;
};

}  // namespace

Result<std::string> compose(const Draft& draft, std::string_view entropy) {
  return Composer(draft, entropy).run();
}

Result<std::string> make_message_id(std::string_view entropy, std::string_view domain) {
  if (entropy.size() < kMinEntropy)
    return fail(ErrorKind::Invalid, "too little entropy for a message id");
  if (domain.empty() || domain.size() > 255 || !is_printable_ascii(domain) ||
      domain.find_first_of("<>@") != std::string_view::npos) {
    return fail(ErrorKind::Invalid, "not a domain to make a message id of");
  }
  return hex(entropy.substr(0, 24)) + "@" + std::string(domain);
}

}  // namespace restante::message
