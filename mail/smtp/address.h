// The address grammar of SMTP: mailboxes and domains as they stand in commands (RFC 5321 s4.1.2,
// s4.1.3, RFC 6531 s3.3). Pure; knows nothing of accounts. Domains stay as written: their canonical
// form is the matter of server/delivery/address.h.
#pragma once

#include <string>
#include <string_view>

#include "mail/error.h"

namespace restante::smtp {

// Limits in octets (RFC 5321 s4.5.3.1).
inline constexpr std::size_t kMaxLocalPart = 64;
inline constexpr std::size_t kMaxDomain = 255;
inline constexpr std::size_t kMaxLabel = 63;
inline constexpr std::size_t kMaxPath = 256;  // with < and >

struct Mailbox {
  std::string local_part;  // quoting removed
  std::string domain;  // as written, "[...]" for an address literal; empty only for <postmaster>
  bool operator==(const Mailbox&) const = default;
};

// Parses local-part@domain, all of text; octets above 127 must be UTF-8. Errors: Invalid.
Result<Mailbox> parse_mailbox(std::string_view text);

// Parses a mailbox at the start of text and removes it from there. Errors: Invalid.
Result<Mailbox> take_mailbox(std::string_view& text);

// The mailbox with the least quoting (RFC 5321 s4.1.2).
std::string to_string(const Mailbox& mailbox);

// Whether text is a Domain, labels of letters, digits, hyphens and UTF-8 (RFC 6531 s3.3).
bool is_domain(std::string_view text);

// Whether text is an address literal with its brackets (RFC 5321 s4.1.3).
bool is_address_literal(std::string_view text);

bool is_ascii(std::string_view text);

// Whether text is well-formed UTF-8 (RFC 3629 s4) without C1 controls.
bool is_clean_utf8(std::string_view text);

}  // namespace restante::smtp
