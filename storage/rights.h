// The rights of RFC 4314 s2.1 that an account may have in a mailbox. A value.
#pragma once

#include <cstdint>

namespace restante::storage {

enum class Right : std::uint16_t {
  Lookup = 1,            // l: it is listed
  Read = 2,              // r
  KeepSeen = 4,          // s: \Seen
  Write = 8,             // w: flags but \Seen and \Deleted
  Insert = 16,           // i: APPEND, COPY into it
  Post = 32,             // p: kept, but nothing here asks for it
  CreateMailboxes = 64,  // k: below it
  DeleteMailbox = 128,   // x
  DeleteMessages = 256,  // t: \Deleted
  Expunge = 512,         // e
  Administer = 1024,     // a: its access control list
};

class Rights {
 public:
  constexpr Rights() = default;
  constexpr explicit Rights(std::uint16_t bits) : bits_(bits) {}
  // A single right stands for the set of itself.
  constexpr Rights(Right right) : bits_(static_cast<std::uint16_t>(right)) {}

  static constexpr Rights all() { return Rights(2047); }

  constexpr std::uint16_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool has_all(Rights of) const { return (bits_ & of.bits_) == of.bits_; }
  constexpr bool has_any(Rights of) const { return (bits_ & of.bits_) != 0; }

  constexpr Rights operator|(Rights other) const {
    return Rights(static_cast<std::uint16_t>(bits_ | other.bits_));
  }
  constexpr Rights without(Rights other) const {
    return Rights(static_cast<std::uint16_t>(bits_ & ~other.bits_));
  }
  constexpr bool operator==(const Rights&) const = default;

 private:
  std::uint16_t bits_ = 0;
};

constexpr Rights operator|(Right a, Right b) {
  return Rights(a) | Rights(b);
}

}  // namespace restante::storage
