// Address lists of header fields (RFC 5322 s3.4 and the obsolete forms of s4.4, RFC 6532) and how
// to write a mailbox. Pure; knows nothing of messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::message {

// Reads the body of an address field (folded or not) into at most limit elements: groups, comments,
// quoted strings, routes, obsolete and 8-bit forms are understood, garbage is skipped; never fails,
// time linear in the length (RFC 5322 s3.4, s4.4). A trailing comment serves as the name of a
// mailbox that has none.
std::vector<EnvelopeAddress> parse_address_list(std::string_view field_body,
                                                std::size_t limit = 10'000);

// The address of a mailbox as `local@domain`, quoted where the local part needs it; empty for group
// marks; without `@` where there is no domain.
std::string addr_spec(const EnvelopeAddress& address);

// The decoded display name as UTF-8 on one line (RFC 2047); empty where there is none.
std::string display_name(const EnvelopeAddress& address);

// `Name <local@domain>` for a header field: the name is written plainly, quoted or, where it is not
// ASCII, as encoded-words (as it is with utf8). The address alone where name is empty. name must
// not hold CR, LF or NUL (see is_safe_header_value).
std::string format_mailbox(std::string_view name, std::string_view addr_spec, bool utf8 = false);

}  // namespace restante::message
