// IMAP URLs that name a message of this server or a part of one (RFC 5092 s5 to s7), as CATENATE
// takes them (RFC 4469 s3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/imap/section.h"

namespace restante::imap {

struct MessageUrl {
  std::optional<std::string> mailbox;  // UTF-8; none: the selected one
  std::optional<std::uint32_t> uid_validity;
  std::uint32_t uid = 0;
  Section section;
  std::optional<Partial> partial;
  bool operator==(const MessageUrl&) const = default;
};

// `/MAILBOX[;UIDVALIDITY=n]/;UID=n[/;SECTION=s][/;PARTIAL=o[.l]]`, or from `;UID=` on within the
// selected mailbox. nullopt: it is broken, names a server, or no message.
std::optional<MessageUrl> parse_message_url(std::string_view url);

// The response code that names a URL which cannot be used: `BADURL url` (RFC 4469 s4.1).
std::string code_bad_url(std::string_view url);

}  // namespace restante::imap
