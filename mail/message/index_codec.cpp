// The stored form of an index: a version octet, then the members in order as variable-length
// numbers (7 bits an octet, low first) and counted strings. Reading trusts nothing.
#include <limits>
#include <utility>

#include "mail/message/index.h"

namespace restante::message {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kReserved = 32;  // elements at most for which memory is taken in advance

class Writer {
 public:
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void signed_number(std::int64_t value) {  // zigzag
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void position(std::uint32_t value) { number(value == kNone ? 0 : std::uint64_t{value} + 1); }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  void optional(const std::optional<std::string>& value) {
    number(value ? value->size() + 1 : 0);
    if (value) out_.append(*value);
  }
  void range(Range value) {
    number(value.offset);
    number(value.length);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  void octet(char value) { out_.push_back(value); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// After the first thing that is wrong every read gives nothing, and failed() says so.
class Reader {
 public:
  explicit Reader(std::string_view stored) : left_(stored) {}
  bool failed() const { return failed_; }
  bool at_end() const { return left_.empty(); }
  void fail() { failed_ = true; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (failed_ || left_.empty()) break;
      const auto octet = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      if (shift == 63 && octet > 1) break;
      value |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
      if ((octet & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::uint32_t small() {
    const std::uint64_t value = number();
    if (value > std::numeric_limits<std::uint32_t>::max()) failed_ = true;
    return failed_ ? 0 : static_cast<std::uint32_t>(value);
  }
  std::uint32_t position() {
    const std::uint64_t value = number();
    if (value > std::numeric_limits<std::uint32_t>::max()) failed_ = true;
    return failed_ || value == 0 ? kNone : static_cast<std::uint32_t>(value - 1);
  }
  std::string octets(std::uint64_t length) {
    if (failed_ || length > left_.size()) {
      failed_ = true;
      return {};
    }
    std::string value(left_.substr(0, length));
    left_.remove_prefix(length);
    return value;
  }
  std::string text() { return octets(number()); }
  std::optional<std::string> optional() {
    const std::uint64_t mark = number();
    if (mark == 0) return std::nullopt;
    return octets(mark - 1);
  }
  Range range(std::uint64_t size) {
    Range value{number(), number()};
    if (value.offset > size || value.length > size - value.offset) failed_ = true;
    return value;
  }
  // A count of elements, each of which takes at least one octet.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > left_.size()) failed_ = true;
    return failed_ ? 0 : static_cast<std::size_t>(value);
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::size_t left = count(); left > 0 && !failed_; --left) values.push_back(text());
    return values;
  }

 private:
  std::string_view left_;
  bool failed_ = false;
};

void write(Writer& out, const std::vector<Parameter>& parameters) {
  out.number(parameters.size());
  for (const Parameter& parameter : parameters) {
    out.text(parameter.name);
    out.text(parameter.value);
  }
}

void read(Reader& in, std::vector<Parameter>& parameters) {
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    Parameter& parameter = parameters.emplace_back();
    parameter.name = in.text();
    parameter.value = in.text();
  }
}

void write(Writer& out, const std::vector<EnvelopeAddress>& list) {
  out.number(list.size());
  for (const EnvelopeAddress& address : list) {
    out.number(static_cast<std::uint64_t>(address.kind));
    out.text(address.name);
    out.text(address.mailbox);
    out.text(address.host);
  }
}

void read(Reader& in, std::vector<EnvelopeAddress>& list) {
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    EnvelopeAddress& address = list.emplace_back();
    const std::uint64_t kind = in.number();
    if (kind > static_cast<std::uint64_t>(EnvelopeAddress::Kind::GroupEnd)) in.fail();
    address.kind =
        in.failed() ? EnvelopeAddress::Kind::Mailbox : static_cast<EnvelopeAddress::Kind>(kind);
    address.name = in.text();
    address.mailbox = in.text();
    address.host = in.text();
  }
}

void write(Writer& out, const EmbeddedMessage& message) {
  const Envelope& envelope = message.envelope;
  out.optional(envelope.date);
  out.optional(envelope.subject);
  for (const auto* list : {&envelope.from, &envelope.sender, &envelope.reply_to, &envelope.to,
                           &envelope.cc, &envelope.bcc}) {
    write(out, *list);
  }
  out.optional(envelope.in_reply_to);
  out.optional(envelope.message_id);
  out.number(message.fields.size());
  std::uint64_t end = 0;  // fields follow each other: the distance is nearly always 0
  for (const HeaderField& field : message.fields) {
    out.number(field.whole.offset - end);
    out.number(field.whole.length);
    out.number(field.name_length);
    end = field.whole.offset + field.whole.length;
  }
}

void read(Reader& in, Envelope& envelope) {
  envelope.date = in.optional();
  envelope.subject = in.optional();
  for (auto* list : {&envelope.from, &envelope.sender, &envelope.reply_to, &envelope.to,
                     &envelope.cc, &envelope.bcc}) {
    read(in, *list);
  }
  envelope.in_reply_to = in.optional();
  envelope.message_id = in.optional();
}

void read(Reader& in, EmbeddedMessage& message, std::uint64_t size) {
  read(in, message.envelope);
  std::uint64_t end = 0;
  std::size_t left = in.count();
  message.fields.reserve(std::min(left, kReserved));
  for (; left > 0 && !in.failed(); --left) {
    HeaderField& field = message.fields.emplace_back();
    const std::uint64_t distance = in.number();
    field.whole.length = in.number();
    field.name_length = in.small();
    if (distance > size - end || field.whole.length > size - end - distance ||
        field.name_length > field.whole.length) {
      in.fail();
      return;
    }
    field.whole.offset = end + distance;
    end = field.whole.offset + field.whole.length;
  }
}

void write(Writer& out, const Part& part) {
  out.position(part.parent);
  out.position(part.first_child);
  out.position(part.next_sibling);
  out.position(part.message);
  out.text(part.type);
  out.text(part.subtype);
  write(out, part.parameters);
  for (const auto* text : {&part.id, &part.description, &part.md5, &part.location})
    out.optional(*text);
  out.text(part.encoding);
  out.number(part.disposition ? 1 : 0);
  if (part.disposition) {
    out.text(part.disposition->type);
    write(out, part.disposition->parameters);
  }
  out.texts(part.languages);
  out.text(part.file_name);
  out.range(part.header);
  out.range(part.body);
  out.number(part.lines);
}

void read(Reader& in, Part& part, std::uint64_t size) {
  part.parent = in.position();
  part.first_child = in.position();
  part.next_sibling = in.position();
  part.message = in.position();
  part.type = in.text();
  part.subtype = in.text();
  read(in, part.parameters);
  for (auto* text : {&part.id, &part.description, &part.md5, &part.location}) *text = in.optional();
  part.encoding = in.text();
  if (in.number() != 0) {
    part.disposition.emplace();
    part.disposition->type = in.text();
    read(in, part.disposition->parameters);
  }
  part.languages = in.texts();
  part.file_name = in.text();
  part.header = in.range(size);
  part.body = in.range(size);
  part.lines = in.number();
}

// Passes over the fields of a message.
void skip_fields(Reader& in) {
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left)
    for (int number = 0; number < 3; ++number) in.number();
}

// Whether the tree is one: links lead forward (back for parents) and to what exists.
bool links_are_sound(const Index& index) {
  const auto count = static_cast<std::uint32_t>(index.parts.size());
  for (std::uint32_t number = 0; number < count; ++number) {
    const Part& part = index.parts[number];
    if ((number == 0) != (part.parent == kNone)) return false;
    if (number != 0 && part.parent >= number) return false;
    if (part.first_child != kNone && (part.first_child != number + 1 || part.first_child >= count))
      return false;
    if (part.next_sibling != kNone && (part.next_sibling <= number || part.next_sibling >= count))
      return false;
    if (part.message != kNone &&
        (part.message >= index.messages.size() || part.first_child == kNone))
      return false;
  }
  for (const Part& part : index.parts) {
    if (part.first_child != kNone && index.parts[part.first_child].parent !=
                                         static_cast<std::uint32_t>(&part - index.parts.data()))
      return false;
    if (part.next_sibling != kNone && index.parts[part.next_sibling].parent != part.parent)
      return false;
  }
  return index.parts[0].next_sibling == kNone;
}

Index read_parts(Reader& in) {
  Index index;
  index.size = in.number();
  const std::size_t parts = in.count();
  index.parts.reserve(std::min(parts, kReserved));
  for (std::size_t i = 0; i < parts && !in.failed(); ++i)
    read(in, index.parts.emplace_back(), index.size);
  return index;
}

std::unexpected<Error> unknown_version() {
  return fail(ErrorKind::Corrupt, "the stored structure of a message has an unknown version");
}

std::unexpected<Error> damaged() {
  return fail(ErrorKind::Corrupt, "the stored structure of a message is damaged");
}

}  // namespace

std::string encode_index(const Index& index) {
  Writer out;
  out.octet(kVersion);
  out.number(index.size);
  out.number(index.parts.size());
  for (const Part& part : index.parts) write(out, part);
  out.number(index.messages.size());
  for (const EmbeddedMessage& message : index.messages) write(out, message);
  out.text(index.subject);
  out.text(index.preview);
  out.number(index.date ? 1 : 0);
  if (index.date) out.signed_number(index.date->time_since_epoch().count());
  out.text(index.message_id);
  out.texts(index.in_reply_to);
  out.texts(index.references);
  out.number(index.has_attachment ? 1 : 0);
  return out.take();
}

Result<Index> decode_structure(std::string_view stored) {
  if (stored.empty() || stored.front() != kVersion) return unknown_version();
  Reader in(stored.substr(1));
  Index index = read_parts(in);
  const std::size_t messages = in.count();
  for (std::size_t i = 0; i < messages && !in.failed(); ++i) {
    read(in, index.messages.emplace_back().envelope);
    if (i + 1 < messages) skip_fields(in);
  }
  if (in.failed() || index.parts.empty() || index.messages.empty() || !links_are_sound(index))
    return damaged();
  return index;
}

Result<Index> decode_index(std::string_view stored) {
  if (stored.empty() || stored.front() != kVersion) return unknown_version();
  Reader in(stored.substr(1));
  Index index = read_parts(in);
  const std::size_t messages = in.count();
  for (std::size_t i = 0; i < messages && !in.failed(); ++i)
    read(in, index.messages.emplace_back(), index.size);
  index.subject = in.text();
  index.preview = in.text();
  if (in.number() != 0)
    index.date = std::chrono::sys_seconds(std::chrono::seconds(in.signed_number()));
  index.message_id = in.text();
  index.in_reply_to = in.texts();
  index.references = in.texts();
  index.has_attachment = in.number() != 0;
  if (in.failed() || !in.at_end() || index.parts.empty() || index.messages.empty() ||
      !links_are_sound(index)) {
    return damaged();
  }
  return index;
}

}  // namespace restante::message
