// What a client has switched on in its session, by ENABLE (RFC 5161, RFC 9051 s6.3.1) or by a
// command that counts as such (RFC 7162 s3.1). A value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace restante::session {

// Bits. Nothing here is ever switched off but by UNAUTHENTICATE (RFC 8437).
enum class Extension : std::uint8_t {
  Imap4rev2 = 1,
  Utf8Accept = 2,  // RFC 6855
  CondStore = 4,   // RFC 7162 s3.1
  QResync = 8,     // RFC 7162 s3.2
  UidOnly = 16,    // RFC 9586
  Metadata = 128,  // RFC 5464: changes of annotations are told
};

// What may be named in ENABLE.
inline constexpr std::array<std::pair<std::string_view, Extension>, 6> kEnableNames{{
    {"METADATA", Extension::Metadata},
    {"IMAP4REV2", Extension::Imap4rev2},
    {"UTF8=ACCEPT", Extension::Utf8Accept},
    {"CONDSTORE", Extension::CondStore},
    {"QRESYNC", Extension::QResync},
    {"UIDONLY", Extension::UidOnly},
}};

class Enabled {
 public:
  bool has(Extension extension) const {
    return (bits_ & static_cast<std::uint8_t>(extension)) != 0;
  }
  void add(Extension extension) {
    bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(extension));
  }

  // Answers are those of RFC 9051 where the two revisions differ.
  bool rev2() const { return has(Extension::Imap4rev2); }
  // Strings and mailbox names are UTF-8 (RFC 6855 s3, RFC 9051 s5.1).
  bool utf8() const { return rev2() || has(Extension::Utf8Accept); }
  // FETCH responses have UID and MODSEQ (RFC 7162 s3.1, s3.2.4).
  bool condstore() const { return has(Extension::CondStore) || has(Extension::QResync); }
  // VANISHED instead of EXPUNGE (RFC 7162 s3.2.10).
  bool vanished() const { return has(Extension::QResync) || uid_only(); }
  // Message sequence numbers are neither sent nor taken (RFC 9586 s3).
  bool uid_only() const { return has(Extension::UidOnly); }

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace restante::session
