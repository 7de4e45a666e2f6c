// The values of sharing: access control lists (RFC 4314) and annotations (RFC 5464).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mail/ids.h"
#include "storage/rights.h"

namespace restante::storage {

// Whom a line of an access control list is about; no account: anyone who is logged in.
struct Grantee {
  AccountId account;
  bool negative = false;  // these rights are taken from what the others give (RFC 4314 s2)
  bool operator==(const Grantee&) const = default;
};

struct AclEntry {
  Grantee grantee;
  std::string address;  // of the account; empty: anyone
  Rights rights;        // never empty
};

enum class RightsChange : std::uint8_t { Replace, Add, Remove };

struct SetAcl {
  AccountId actor;  // needs the right to administer
  MailboxId mailbox;
  Grantee grantee;
  RightsChange change = RightsChange::Replace;
  Rights rights;
};

inline constexpr std::size_t kAclEntries = 200;  // of one mailbox

// An entry of a mailbox or, where mailbox is none, of the server.
inline constexpr std::size_t kAnnotationOctets = std::size_t{64} * 1024;  // of one value
inline constexpr std::size_t kAnnotationEntries = 100;  // shared or of one account, on one mailbox
// Of all private annotations of an account; of all shared ones on its mailboxes.
inline constexpr std::uint64_t kAnnotationsOfAccount = std::uint64_t{8} * 1024 * 1024;

struct Annotation {
  std::string entry;  // lower case, "/private/..." or "/shared/..."
  std::optional<std::string> value;
};

struct SetAnnotations {
  AccountId actor;    // whose the private ones are
  MailboxId mailbox;  // none: the server
  std::vector<Annotation> entries;
};

// Which accounts were changed, each with the modseq of the change.
using ChangedAccounts = std::vector<std::pair<AccountId, ModSeq>>;

// Which annotations a query names (RFC 5464 s4.2): entries, those below them down to depth, and
// only values of at most max_octets.
struct AnnotationQuery {
  AccountId actor;
  MailboxId mailbox;  // none: the server
  std::vector<std::string> entries;
  std::optional<unsigned> depth = 0;  // levels below; nullopt: all
  std::optional<std::uint64_t> max_octets;
};

struct AnnotationValues {
  std::vector<Annotation> found;      // ascending by entry, each once
  std::vector<std::string> left_out;  // larger than max_octets
  std::uint64_t longest_left_out = 0;
};

}  // namespace restante::storage
