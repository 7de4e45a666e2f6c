// Reads of rights, shared mailboxes and annotations.
#include <algorithm>
#include <map>

#include "storage/guarded.h"
#include "storage/sharing_rows.h"
#include "storage/sqlite_reader.h"

namespace restante::storage {

namespace {

// Annotations are named by levels: whether entry is `above` or at most depth levels below it.
bool is_named(std::string_view entry, std::string_view above, std::optional<unsigned> depth) {
  if (entry == above) return true;
  if (!entry.starts_with(above) || entry[above.size()] != '/') return false;
  if (!depth) return true;
  return static_cast<std::size_t>(std::ranges::count(entry.substr(above.size()), '/')) <= *depth;
}

}  // namespace

Result<Rights> SqliteReader::rights(AccountId actor, MailboxId id) {
  return guarded([&]() -> Result<Rights> {
    const std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    return select_rights(db_, actor, *found);
  });
}

Result<std::vector<SharedMailbox>> SqliteReader::list_shared(AccountId actor) {
  return guarded([&]() -> Result<std::vector<SharedMailbox>> {
    std::vector<MailboxId> candidates;
    {
      auto row = db_.query(
          "SELECT DISTINCT mailbox FROM acl WHERE grantee IN (0, ?1) AND negative = 0", actor);
      while (row.step()) candidates.push_back(row.get<MailboxId>(0));
    }
    std::map<AccountId, std::string> owners;
    std::vector<SharedMailbox> shared;
    for (const MailboxId id : candidates) {
      std::optional<Mailbox> mailbox = select_mailbox(db_, id);
      if (!mailbox || mailbox->account == actor) continue;
      const Rights rights = select_rights(db_, actor, *mailbox);
      if (rights.empty()) continue;
      std::string& owner = owners[mailbox->account];
      if (owner.empty()) {
        const std::optional<Account> account = select_account(db_, mailbox->account);
        if (!account) continue;
        owner = account->address;
      }
      shared.push_back(SharedMailbox{std::move(*mailbox), owner, rights});
    }
    return shared;
  });
}

Result<std::vector<AclEntry>> SqliteReader::acl(MailboxId id) {
  return guarded([&]() -> Result<std::vector<AclEntry>> {
    if (!select_mailbox(db_, id)) return no_mailbox();
    return select_acl(db_, id);
  });
}

Result<AnnotationValues> SqliteReader::annotations(const AnnotationQuery& query) {
  return guarded([&]() -> Result<AnnotationValues> {
    if (query.mailbox && !select_mailbox(db_, query.mailbox)) return no_mailbox();
    AnnotationValues values;
    auto row = db_.query(
        "SELECT entry, length(value), value FROM annotation "
        "WHERE mailbox = ?1 AND account IN (0, ?2) ORDER BY entry",
        query.mailbox, query.actor);
    while (row.step()) {
      const std::string_view entry = row.text(0);
      const bool named = std::ranges::any_of(query.entries, [&](const std::string& above) {
        return is_named(entry, above, query.depth);
      });
      if (!named) continue;
      const auto octets = row.get<std::uint64_t>(1);
      if (query.max_octets && octets > *query.max_octets) {
        values.longest_left_out = std::max(values.longest_left_out, octets);
        values.left_out.emplace_back(entry);
        continue;
      }
      values.found.push_back(Annotation{std::string(entry), std::string(row.blob(2))});
    }
    return values;
  });
}

Result<std::uint64_t> SqliteReader::deleted_octets(MailboxId id) {
  return guarded([&]() -> Result<std::uint64_t> {
    const std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    if (found->deleted == 0) return std::uint64_t{0};
    return static_cast<std::uint64_t>(
        db_.integer("SELECT coalesce(sum(p.size), 0) FROM placement p "
                    "WHERE p.mailbox = ?1 AND p.flags & 8 <> 0 AND NOT EXISTS "
                    "(SELECT 1 FROM copy c WHERE c.account = ?2 AND c.number = p.number)",
                    id, found->account)
            .value_or(0));
  });
}

}  // namespace restante::storage
