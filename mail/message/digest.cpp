// The stored form of a digest: a version octet, an octet of marks, then what the marks say is there
// and six texts with their lengths. Keys are 8 octets, low first; numbers are of variable length.
#include "mail/message/digest.h"

#include <limits>

#include "mail/message/address.h"
#include "mail/message/base_subject.h"
#include "mail/message/casemap.h"
#include "mail/message/part_header.h"

namespace restante::message {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyOctets = sizeof(std::uint64_t);

enum Mark : unsigned { kReply = 1, kSent = 2, kMessageId = 4, kInReplyTo = 8 };

// FNV-1a, then the last step of MurmurHash3, which spreads it over all bits.
std::uint64_t hash(std::string_view octets, std::uint64_t seed) {
  std::uint64_t value = 0xcbf29ce484222325U ^ seed;
  for (const char c : octets) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdU;
  value ^= value >> 33U;
  value *= 0xc4ceb9fe1a85ec53U;
  value ^= value >> 33U;
  return value == 0 ? 1 : value;
}

void append_key(std::string& out, std::uint64_t key) {
  for (std::size_t octet = 0; octet < kKeyOctets; ++octet)
    out.push_back(static_cast<char>((key >> (8 * octet)) & 0xffU));
}

void append_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out.push_back(static_cast<char>((number & 0x7fU) | 0x80U));
  out.push_back(static_cast<char>(number));
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out.append(text);
}

// Valid identifiers of the Message-ID and In-Reply-To fields of the message itself.
std::uint64_t first_id_key(const std::optional<std::string>& field) {
  if (!field) return 0;
  const auto ids = read_message_ids(*field, 1);
  return ids.empty() ? 0 : message_id_key(ids.front());
}

void append_references(std::string& out, const std::vector<std::string>& ids) {
  const std::size_t most = kFirstReferences + kLastReferences;
  const bool all = ids.size() <= most;
  append_number(out, all ? ids.size() : most);
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (all || i < kFirstReferences || i >= ids.size() - kLastReferences)
      append_key(out, message_id_key(ids[i]));
}

std::string mailbox_key(const std::vector<EnvelopeAddress>& list) {
  return list.empty() ? std::string() : casemap(list.front().mailbox, kAddressKeyOctets);
}

std::string display_key(const std::vector<EnvelopeAddress>& list) {
  if (list.empty()) return {};
  const EnvelopeAddress& first = list.front();
  const std::string name = display_name(first);
  if (!name.empty()) return casemap(name, kAddressKeyOctets);
  const std::string whole = first.host.empty() ? first.mailbox : first.mailbox + '@' + first.host;
  return casemap(whole, kAddressKeyOctets);
}

class Input {
 public:
  explicit Input(std::string_view stored) : left_(stored) {}
  bool failed() const { return failed_; }
  bool at_end() const { return left_.empty(); }

  std::string_view octets(std::uint64_t length) {
    if (length > left_.size()) failed_ = true;
    if (failed_) return {};
    const std::string_view taken = left_.substr(0, length);
    left_.remove_prefix(length);
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view octet = octets(1);
      if (failed_) return 0;
      value |= static_cast<std::uint64_t>(octet[0] & 0x7f) << shift;
      if ((octet[0] & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  std::string_view text() { return octets(number()); }
  std::uint64_t key() {
    const std::string_view stored = octets(kKeyOctets);
    return failed_ ? 0 : KeyRange(stored)[0];
  }
  KeyRange keys() {
    const std::uint64_t count = number();
    if (count > kFirstReferences + kLastReferences) failed_ = true;
    return KeyRange(octets(failed_ ? 0 : count * kKeyOctets));
  }

 private:
  std::string_view left_;
  bool failed_ = false;
};

}  // namespace

std::uint64_t KeyRange::operator[](std::size_t position) const {
  std::uint64_t key = 0;
  for (std::size_t octet = 0; octet < kKeyOctets; ++octet)
    key |= static_cast<std::uint64_t>(
               static_cast<unsigned char>(octets_[position * kKeyOctets + octet]))
           << (8 * octet);
  return key;
}

std::uint64_t message_id_key(std::string_view message_id) {
  if (message_id.find('"') == std::string_view::npos) return hash(message_id, 0);
  std::string plain;
  for (std::size_t at = 0; at < message_id.size(); ++at) {
    if (message_id[at] == '"') continue;
    if (message_id[at] == '\\' && at + 1 < message_id.size()) ++at;
    plain.push_back(message_id[at]);
  }
  return hash(plain, 0);
}

std::uint64_t subject_key(std::string_view base_subject) {
  return hash(base_subject, 0x5375626a656374U);
}

std::string encode_digest(const Index& index) {
  const Envelope& envelope = index.messages.front().envelope;
  const BaseSubject base = base_subject(index.subject);
  const std::uint64_t message_id = first_id_key(envelope.message_id);
  const std::uint64_t in_reply_to =
      index.in_reply_to.empty() ? 0 : message_id_key(index.in_reply_to.front());
  const unsigned marks = (base.is_reply_or_forward ? kReply : 0U) | (index.date ? kSent : 0U) |
                         (message_id != 0 ? kMessageId : 0U) | (in_reply_to != 0 ? kInReplyTo : 0U);
  std::string out;
  out.push_back(kVersion);
  out.push_back(static_cast<char>(marks));
  if (index.date)
    append_key(out, static_cast<std::uint64_t>(index.date->time_since_epoch().count()));
  if (message_id != 0) append_key(out, message_id);
  if (in_reply_to != 0) append_key(out, in_reply_to);
  append_references(out, index.references);
  append_text(out, casemap(base.text, kSubjectOctets));
  for (const auto* list : {&envelope.from, &envelope.to, &envelope.cc})
    append_text(out, mailbox_key(*list));
  append_text(out, display_key(envelope.from));
  append_text(out, display_key(envelope.to));
  return out;
}

Result<Digest> decode_digest(std::string_view stored) {
  if (stored.size() < 2 || stored[0] != kVersion)
    return fail(ErrorKind::Corrupt, "the stored digest of a message has an unknown version");
  const auto marks = static_cast<unsigned char>(stored[1]);
  Input in(stored.substr(2));
  Digest digest;
  digest.is_reply_or_forward = (marks & kReply) != 0;
  if ((marks & kSent) != 0)
    digest.sent =
        std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(in.key())));
  if ((marks & kMessageId) != 0) digest.message_id = in.key();
  if ((marks & kInReplyTo) != 0) digest.in_reply_to = in.key();
  digest.references = in.keys();
  for (auto* text : {&digest.subject, &digest.from, &digest.to, &digest.cc, &digest.display_from,
                     &digest.display_to})
    *text = in.text();
  if (in.failed() || !in.at_end())
    return fail(ErrorKind::Corrupt, "the stored digest of a message is damaged");
  return digest;
}

}  // namespace restante::message
