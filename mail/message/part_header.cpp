// Reads the fields that decide what a part is.
#include "mail/message/part_header.h"

#include <algorithm>

#include "mail/message/address.h"
#include "mail/message/header.h"
#include "mail/message/parameter.h"

namespace restante::message {
namespace {

struct Name {
  std::string_view name;
  KnownField field;
};
constexpr std::array kNames = {
    Name{"content-type", KnownField::ContentType},
    Name{"content-transfer-encoding", KnownField::ContentTransferEncoding},
    Name{"content-disposition", KnownField::ContentDisposition},
    Name{"content-id", KnownField::ContentId},
    Name{"content-description", KnownField::ContentDescription},
    Name{"content-md5", KnownField::ContentMd5},
    Name{"content-location", KnownField::ContentLocation},
    Name{"content-language", KnownField::ContentLanguage},
    Name{"date", KnownField::Date},
    Name{"subject", KnownField::Subject},
    Name{"from", KnownField::From},
    Name{"sender", KnownField::Sender},
    Name{"reply-to", KnownField::ReplyTo},
    Name{"to", KnownField::To},
    Name{"cc", KnownField::Cc},
    Name{"bcc", KnownField::Bcc},
    Name{"in-reply-to", KnownField::InReplyTo},
    Name{"message-id", KnownField::MessageId},
    Name{"references", KnownField::References}};

constexpr std::size_t kLongestName = 25;

std::optional<std::string> optional_body(const KnownFields& fields, KnownField field) {
  if (!fields.has(field)) return std::nullopt;
  return unfold(fields.body(field));
}

// An empty field says nothing about a part.
std::optional<std::string> nonempty_body(const KnownFields& fields, KnownField field) {
  auto body = optional_body(fields, field);
  if (body && body->empty()) body.reset();
  return body;
}

void read_type(const KnownFields& fields, bool in_digest, const Limits& limits, Part& part) {
  part.type = in_digest ? "message" : "text";
  part.subtype = in_digest ? "rfc822" : "plain";
  if (!fields.has(KnownField::ContentType)) return;
  ParameterizedValue type =
      parse_parameterized(fields.body(KnownField::ContentType), limits.parameters);
  part.parameters = std::move(type.parameters);
  if (type.value.empty()) return;
  if (type.subvalue.empty() && type.value != "multipart") {
    part.type = "text";
    part.subtype = "plain";
    return;
  }
  part.type = std::move(type.value);
  part.subtype = type.subvalue.empty() ? "mixed" : std::move(type.subvalue);
}

void read_disposition(const KnownFields& fields, const Limits& limits, Part& part) {
  if (!fields.has(KnownField::ContentDisposition)) return;
  const std::size_t left =
      limits.parameters - std::min<std::size_t>(limits.parameters, part.parameters.size());
  ParameterizedValue value = parse_parameterized(fields.body(KnownField::ContentDisposition), left);
  if (value.value.empty() && value.parameters.empty()) return;
  part.disposition = Disposition{value.value.empty() ? "attachment" : std::move(value.value),
                                 std::move(value.parameters)};
}

void read_languages(const KnownFields& fields, const Limits& limits, Part& part) {
  std::string_view body = fields.body(KnownField::ContentLanguage);
  while (!body.empty() && part.languages.size() < limits.parameters) {
    const std::size_t comma = std::min(body.find(','), body.size());
    ParameterizedValue tag = parse_parameterized(body.substr(0, comma), 0);
    if (!tag.value.empty()) part.languages.push_back(std::move(tag.value));
    body.remove_prefix(std::min(comma + 1, body.size()));
  }
}

}  // namespace

KnownField known_field(std::string_view name) {
  if (name.size() > kLongestName) return KnownField::None;
  for (const Name& known : kNames) {
    if (known.name.size() == name.size() && equal_ignoring_case(known.name, name))
      return known.field;
  }
  return KnownField::None;
}

void read_mime_fields(const KnownFields& fields, bool in_digest, const Limits& limits, Part& part) {
  read_type(fields, in_digest, limits, part);
  if (fields.has(KnownField::ContentTransferEncoding)) {
    std::string encoding =
        parse_parameterized(fields.body(KnownField::ContentTransferEncoding), 0).value;
    std::erase(encoding, '"');
    if (!encoding.empty()) part.encoding = std::move(encoding);
  }
  read_disposition(fields, limits, part);
  part.id = nonempty_body(fields, KnownField::ContentId);
  part.description = nonempty_body(fields, KnownField::ContentDescription);
  part.md5 = nonempty_body(fields, KnownField::ContentMd5);
  part.location = nonempty_body(fields, KnownField::ContentLocation);
  read_languages(fields, limits, part);
  std::optional<std::string> name;
  if (part.disposition) name = decoded_parameter(part.disposition->parameters, "filename");
  if (!name || name->empty()) name = decoded_parameter(part.parameters, "name");
  if (name) part.file_name = std::move(*name);
}

void read_envelope(const KnownFields& fields, const Limits& limits, Envelope& envelope) {
  envelope.date = optional_body(fields, KnownField::Date);
  envelope.subject = optional_body(fields, KnownField::Subject);
  const auto list = [&](KnownField field) {
    return parse_address_list(fields.body(field), limits.addresses);
  };
  envelope.from = list(KnownField::From);
  envelope.sender = list(KnownField::Sender);
  envelope.reply_to = list(KnownField::ReplyTo);
  envelope.to = list(KnownField::To);
  envelope.cc = list(KnownField::Cc);
  envelope.bcc = list(KnownField::Bcc);
  envelope.in_reply_to = optional_body(fields, KnownField::InReplyTo);
  envelope.message_id = optional_body(fields, KnownField::MessageId);
}

std::vector<std::string> read_message_ids(std::string_view body, std::size_t limit) {
  std::vector<std::string> ids;
  const auto keep = [&](std::string id) {
    if (id.empty() || limit == 0) return;
    if (ids.size() >= limit) {  // the parent stands last: make room in the middle
      const std::size_t drop = std::max<std::size_t>(1, limit / 2);
      const std::size_t first = limit - drop;
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(first),
                ids.end() - static_cast<std::ptrdiff_t>(drop - drop / 2));
    }
    ids.push_back(std::move(id));
  };
  const bool angles = body.find('<') != std::string_view::npos;
  std::size_t at = 0;
  while (at < body.size()) {
    std::string id;
    if (angles) {
      at = body.find('<', at);
      if (at == std::string_view::npos) break;
      const std::size_t end = body.find_first_of("<>", at + 1);
      if (end == std::string_view::npos) break;
      if (body[end] == '>') {
        for (const char c : body.substr(at + 1, end - at - 1)) {
          if (static_cast<unsigned char>(c) > ' ') id.push_back(c);
        }
        at = end + 1;
      } else {
        at = end;
      }
    } else {
      at = std::min(body.find_first_not_of(" \t\r\n", at), body.size());
      const std::size_t end = std::min(body.find_first_of(" \t\r\n", at), body.size());
      const std::string_view word = body.substr(at, end - at);
      if (word.find('@') != std::string_view::npos) id = std::string(word);
      at = end;
    }
    keep(std::move(id));
  }
  return ids;
}

}  // namespace restante::message
