#include "server/session/imap/mailbox_access.h"

#include <algorithm>
#include <optional>

#include "mail/imap/mailbox_name.h"

namespace restante::session {
namespace {

using storage::Right;
using storage::Rights;

// Of an address as one level of a name: what would separate levels or be a wildcard is written as
// "=" and two digits.
constexpr std::string_view kEncoded = "/*%=";
constexpr std::string_view kDigits = "0123456789ABCDEF";

std::string level_of(std::string_view address) {
  std::string level;
  for (const char c : address) {
    if (kEncoded.find(c) == std::string_view::npos) {
      level += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    level += '=';
    level += kDigits[octet >> 4U];
    level += kDigits[octet & 15U];
  }
  return level;
}

// nullopt: not what level_of() makes.
std::optional<std::string> address_of(std::string_view level) {
  std::string address;
  for (std::size_t at = 0; at < level.size(); ++at) {
    if (level[at] != '=') {
      address += level[at];
      continue;
    }
    if (at + 2 >= level.size()) return std::nullopt;
    const auto high = kDigits.find(level[at + 1]);
    const auto low = kDigits.find(level[at + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    address += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (level_of(address) != level) return std::nullopt;
  return address;
}

// Whether a name belongs to the namespace of others.
bool is_of_others(std::string_view name) {
  if (!name.starts_with(kOtherUsers)) return false;
  return name.size() == kOtherUsers.size() || name[kOtherUsers.size()] == imap::kSeparator;
}

std::unexpected<Error> no_mailbox() {
  return fail(ErrorKind::NotFound, "no such mailbox");
}

std::unexpected<Error> denied() {
  return fail(ErrorKind::Denied, "you have no right to do this in the mailbox");
}

// Whatever rights the account has there: at least one.
Result<MailboxAccess> find_any(storage::Reader& reader, AccountId account, std::string_view name) {
  const auto resolved = resolve_name(reader, account, name);
  if (!resolved) return std::unexpected(resolved.error());
  auto mailbox = reader.find_mailbox(resolved->owner, resolved->name);
  if (!mailbox) return std::unexpected(mailbox.error());
  MailboxAccess access;
  access.rights = Rights::all();
  if (resolved->owner == account) {
    access.name = mailbox->name;
  } else {
    const auto rights = reader.rights(account, mailbox->id);
    if (!rights) return std::unexpected(rights.error());
    if (rights->empty()) return no_mailbox();
    access.rights = *rights;
    const auto last_of_prefix = name.find(imap::kSeparator, kOtherUsers.size() + 1);
    access.name = std::string(name.substr(0, last_of_prefix + 1)) + mailbox->name;
  }
  access.mailbox = std::move(*mailbox);
  return access;
}

// A mailbox one may not look up must look as if there were none (RFC 4314 s6).
std::unexpected<Error> refusal(const MailboxAccess& access) {
  if (access.rights.has_all(Right::Lookup)) return denied();
  return no_mailbox();
}

}  // namespace

std::string shown_name(std::string_view owner_address, std::string_view name) {
  std::string shown(kOtherUsers);
  shown += imap::kSeparator;
  shown += level_of(owner_address);
  shown += imap::kSeparator;
  shown += name;
  return shown;
}

Result<OwnedName> resolve_name(storage::Reader& reader, AccountId account, std::string_view name) {
  if (!is_of_others(name)) return OwnedName{account, std::string(name)};
  std::string_view rest = name.substr(std::min(name.size(), kOtherUsers.size() + 1));
  const auto end = rest.find(imap::kSeparator);
  if (end == std::string_view::npos || end + 1 == rest.size()) return no_mailbox();
  const auto address = address_of(rest.substr(0, end));
  if (!address) return no_mailbox();
  const auto owner = reader.find_account(*address);
  if (!owner && owner.error().kind() != ErrorKind::NotFound) return std::unexpected(owner.error());
  // Neither by an alias nor one's own: a mailbox has one name.
  if (!owner || owner->address != *address || owner->id == account) return no_mailbox();
  return OwnedName{owner->id, std::string(rest.substr(end + 1))};
}

Result<MailboxAccess> find_mailbox(storage::Reader& reader, AccountId account,
                                   std::string_view name, Rights needed) {
  auto access = find_any(reader, account, name);
  if (access && !access->rights.has_all(needed)) return refusal(*access);
  return access;
}

Result<MailboxAccess> find_mailbox_with_any(storage::Reader& reader, AccountId account,
                                            std::string_view name, Rights sufficient) {
  auto access = find_any(reader, account, name);
  if (access && !access->rights.has_any(sufficient)) return refusal(*access);
  return access;
}

Result<OwnedName> find_new_place(storage::Reader& reader, AccountId account,
                                 std::string_view name) {
  auto place = resolve_name(reader, account, name);
  if (place && place->owner == account) return place;
  if (!place && place.error().kind() != ErrorKind::NotFound) return place;
  // An account that is not there and one that shares nothing look alike.
  if (!place) return denied();
  std::string_view above = place->name;
  for (auto slash = above.rfind(imap::kSeparator); slash != std::string_view::npos;
       slash = above.rfind(imap::kSeparator)) {
    above = above.substr(0, slash);
    const auto parent = reader.find_mailbox(place->owner, above);
    if (!parent && parent.error().kind() != ErrorKind::NotFound)
      return std::unexpected(parent.error());
    if (!parent) continue;
    const auto rights = reader.rights(account, parent->id);
    if (!rights) return std::unexpected(rights.error());
    if (rights->has_all(Right::CreateMailboxes)) return place;
    break;
  }
  return denied();
}

Result<std::vector<MailboxAccess>> visible_mailboxes(storage::Reader& reader, AccountId account) {
  auto own = reader.list_mailboxes(account);
  if (!own) return std::unexpected(own.error());
  auto shared = reader.list_shared(account);
  if (!shared) return std::unexpected(shared.error());
  std::vector<MailboxAccess> visible;
  visible.reserve(own->size() + shared->size());
  for (storage::Mailbox& mailbox : *own) {
    std::string name = mailbox.name;
    visible.push_back(MailboxAccess{std::move(mailbox), std::move(name), Rights::all()});
  }
  if (shared->empty()) return visible;
  for (storage::SharedMailbox& each : *shared) {
    if (!each.rights.has_all(Right::Lookup)) continue;
    std::string name = shown_name(each.owner, each.mailbox.name);
    each.mailbox.special_use = storage::SpecialUse::None;
    visible.push_back(MailboxAccess{std::move(each.mailbox), std::move(name), each.rights});
  }
  std::ranges::sort(visible, {}, &MailboxAccess::name);
  return visible;
}

}  // namespace restante::session
