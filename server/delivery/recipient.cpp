#include "server/delivery/recipient.h"

#include <algorithm>

namespace restante::delivery {

bool is_local_domain(std::string_view domain, std::span<const std::string> local_domains) {
  return std::ranges::find(local_domains, domain) != local_domains.end();
}

Result<storage::Account> find_owner(storage::Reader& reader, const smtp::Mailbox& mailbox) {
  auto found = reader.find_account(smtp::to_string(mailbox));
  if (found || found.error().kind() != ErrorKind::NotFound) return found;
  const std::size_t plus = mailbox.local_part.find('+');
  if (plus == std::string::npos || plus == 0) return found;
  smtp::Mailbox untagged = mailbox;
  untagged.local_part.resize(plus);
  return reader.find_account(smtp::to_string(untagged));
}

Result<storage::Account> find_recipient(storage::Reader& reader, const smtp::Mailbox& mailbox) {
  auto found = find_owner(reader, mailbox);
  if (found || found.error().kind() != ErrorKind::NotFound) return found;
  if (mailbox.local_part.substr(0, mailbox.local_part.find('+')) != "postmaster") return found;
  auto accounts = reader.list_accounts();
  if (!accounts) return std::unexpected(accounts.error());
  const auto first = std::ranges::min_element(*accounts, {}, &storage::Account::id);
  if (first == accounts->end()) return found;
  return *first;
}

}  // namespace restante::delivery
