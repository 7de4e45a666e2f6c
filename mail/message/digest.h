// The digest of a message: what ordering and threading ask of it, in some 200 octets, so that
// mailboxes of any size are sorted and threaded without their bodies or structures (RFC 5256, RFC
// 5957). Made once, stored. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/error.h"
#include "mail/message/index.h"

namespace restante::message {

// The 64 bits that stand for a message identifier without < >; never 0. Two forms of quoting of one
// identifier have one key (RFC 5256 s3, THREAD); case counts.
std::uint64_t message_id_key(std::string_view message_id);
// The same for a base subject, as casemap() gives it.
std::uint64_t subject_key(std::string_view base_subject);

// A run of keys as they are stored.
class KeyRange {
 public:
  KeyRange() = default;
  explicit KeyRange(std::string_view octets) : octets_(octets) {}
  std::size_t size() const { return octets_.size() / sizeof(std::uint64_t); }
  bool empty() const { return octets_.empty(); }
  std::uint64_t operator[](std::size_t position) const;

 private:
  std::string_view octets_;
};

// References beyond these are passed over, from the middle: the first and the last ones count.
inline constexpr std::size_t kFirstReferences = 8;
inline constexpr std::size_t kLastReferences = 56;
// Of longer sort keys the rest does not count; of subjects kSubjectOctets.
inline constexpr std::size_t kAddressKeyOctets = 256;

// Views into the stored form. The texts are sort keys: as casemap() gives them, "" where absent.
struct Digest {
  bool is_reply_or_forward = false;              // base_subject.h
  std::optional<std::chrono::sys_seconds> sent;  // the Date field
  std::uint64_t message_id = 0;                  // key; 0: none that is valid
  std::uint64_t in_reply_to = 0;                 // key of its first identifier; 0: none
  KeyRange references;                           // of References
  std::string_view subject;                      // base subject
  std::string_view from, to, cc;                 // addr-mailbox of the first address
  std::string_view display_from, display_to;     // RFC 5957 s3
  // The references by which THREAD finds ancestors: References or, without, In-Reply-To.
  bool has_references() const { return !references.empty() || in_reply_to != 0; }
};

std::string encode_digest(const Index& index);
// The result points into stored. Errors: Corrupt.
Result<Digest> decode_digest(std::string_view stored);

}  // namespace restante::message
