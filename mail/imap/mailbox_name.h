// Mailbox names: modified UTF-7 and UTF-8 (RFC 3501 s5.1.3), INBOX, and what a new name may be.
// Names are keys, never paths. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/error.h"

namespace restante::imap {

inline constexpr char kSeparator = '/';
inline constexpr std::size_t kMaxMailboxNameOctets = 1000;  // UTF-8
inline constexpr std::size_t kMaxMailboxDepth = 50;         // levels

// Strict: nullopt for 8-bit octets, broken or non-canonical base64, surrogates that do not pair,
// printable ASCII inside a shift, or adjacent shifts.
std::optional<std::string> decode_modified_utf7(std::string_view name);
// utf8 must be valid.
std::string encode_modified_utf7(std::string_view utf8);

// The name with a first level INBOX (any case) in upper case (RFC 9051 s5.1).
std::string canonical_mailbox_name(std::string_view utf8);

// A mailbox argument as the client wrote it, as canonical UTF-8; utf8: names are UTF-8 by the
// present mode, else modified UTF-7. nullopt: not valid in that encoding.
std::optional<std::string> decode_mailbox_name(std::string_view written, bool utf8);

// Whether a mailbox of this name may be made. Errors: Invalid: empty name or level, "." or ".."
// as a level, controls, wildcards, not UTF-8, too long, too deep.
Result<void> check_new_mailbox_name(std::string_view utf8);

}  // namespace restante::imap
