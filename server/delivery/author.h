// Who a message says it is from: the addresses of a From or Sender field, read strictly (RFC 5322
// s3.4, s3.6.2). What could be read in two ways is not read at all, because these addresses decide
// who may send. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mail/smtp/address.h"

namespace restante::delivery {

// The mailboxes of a mailbox-list, folded or not. nullopt: not a mailbox-list of 1 to 100 mailboxes
// (groups, obsolete forms but dots in names, and malformed text are not).
std::optional<std::vector<smtp::Mailbox>> parse_authors(std::string_view field_body);

}  // namespace restante::delivery
