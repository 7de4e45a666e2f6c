// Strong types for every identifier (names: RFC 9051, RFC 8474, RFC 8621). Plain values, no I/O.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace restante {

// An integer that cannot be mistaken for an integer of another meaning; 0 is "none".
template <class Tag, class Number = std::uint64_t>
class Id {
 public:
  using number_type = Number;
  constexpr Id() = default;
  constexpr explicit Id(Number value) : value_(value) {}
  constexpr Number value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr auto operator<=>(const Id&) const = default;

 private:
  Number value_ = 0;
};

using AccountId = Id<struct AccountIdTag>;
using MailboxId = Id<struct MailboxIdTag>;  // never reused: also the MAILBOXID of RFC 8474
using BlobId = Id<struct BlobIdTag>;        // the octets of a message, shared by its recipients
using MessageNumber = Id<struct MessageNumberTag>;  // permanent within one account, never reused
using ThreadId = Id<struct ThreadIdTag>;
using Uid = Id<struct UidTag, std::uint32_t>;                  // RFC 9051 s2.3.1.1
using UidValidity = Id<struct UidValidityTag, std::uint32_t>;  // RFC 9051 s2.3.1.1
using ModSeq = Id<struct ModSeqTag>;  // RFC 7162 s3.1: one counter per account

}  // namespace restante

template <class Tag, class Number>
struct std::hash<restante::Id<Tag, Number>> {
  std::size_t operator()(const restante::Id<Tag, Number>& id) const noexcept {
    return std::hash<Number>{}(id.value());
  }
};
