// Rules of mailbox names: UTF-8, levels separated by '/', INBOX without case (RFC 9051 s5.1). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"

namespace restante::storage {

inline constexpr std::size_t kMailboxNameOctets = 1000;
inline constexpr std::size_t kMailboxNameLevels = 50;

// The form a name is looked up by: a first level that reads INBOX in any case is in upper case.
std::string canonical_mailbox_name(std::string_view name);

// The canonical form of a name that may be created. Errors: Invalid (not UTF-8, a control, a
// wildcard, an empty level, "." or "..", too long, too deep).
Result<std::string> valid_mailbox_name(std::string_view name);

// "a/b/c" -> "a", "a/b": the names above, shortest first.
std::vector<std::string> superior_names(std::string_view name);

}  // namespace restante::storage
