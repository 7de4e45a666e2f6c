// The canonical form of an address: two spellings of one mailbox become the same text, which is
// what the store keeps and looks up. Pure functions over ICU; any thread.
//
// Local part: NFC, then lower case of all Unicode letters (restante's accounts are not case
// sensitive, which RFC 5321 s2.4 leaves to the server that owns the mailbox), quoted only where
// RFC 5321 demands it. Domain: UTS 46 (non-transitional) to A-labels in lower case; an address
// literal is only made lower case.
#pragma once

#include <string>
#include <string_view>

#include "mail/error.h"
#include "mail/smtp/address.h"

namespace restante::delivery {

// Errors: Invalid (not a domain name, forbidden characters, too long).
Result<std::string> canonical_domain(std::string_view domain);

// Both halves in canonical form, the local part without quotes. Errors: Invalid.
Result<smtp::Mailbox> canonical_mailbox(const smtp::Mailbox& mailbox);

// The canonical text of an address as a person types it, "Jo@Bücher.example". Errors: Invalid.
Result<std::string> canonical_address(std::string_view text);

}  // namespace restante::delivery
