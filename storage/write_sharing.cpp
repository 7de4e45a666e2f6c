// Access control lists, annotations and quotas.
#include <fmt/format.h>

#include "storage/sharing_rows.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

Rights changed_rights(Rights before, RightsChange change, Rights by) {
  switch (change) {
    case RightsChange::Replace:
      return by;
    case RightsChange::Add:
      return before | by;
    case RightsChange::Remove:
      break;
  }
  return before.without(by);
}

Rights listed_rights(WriteContext& context, MailboxId mailbox, const Grantee& grantee) {
  const auto rights = context.db.integer(
      "SELECT rights FROM acl WHERE mailbox = ?1 AND grantee = ?2 AND negative = ?3", mailbox,
      grantee.account, grantee.negative);
  return Rights(static_cast<std::uint16_t>(rights.value_or(0)));
}

// The bounds of what a SETMETADATA leaves behind: RFC 5464 s4.1 lets a server have some.
Result<void> check_annotations(WriteContext& context, MailboxId mailbox, AccountId owner) {
  const auto entries = context.db.integer(
      "SELECT count(*) FROM annotation WHERE mailbox = ?1 AND account = ?2", mailbox, owner);
  if (entries.value_or(0) > static_cast<std::int64_t>(kAnnotationEntries))
    return fail(ErrorKind::OverQuota,
                fmt::format("too many annotations: a mailbox holds {}", kAnnotationEntries));
  constexpr std::string_view kOfAccount =
      "SELECT sum(length(value)) FROM annotation WHERE account = ?1";
  constexpr std::string_view kOfItsMailboxes =
      "SELECT sum(length(n.value)) FROM mailbox m JOIN annotation n "
      "ON n.mailbox = m.id AND n.account = 0 "
      "WHERE m.account = (SELECT account FROM mailbox WHERE id = ?1)";
  const auto octets =
      owner ? context.db.integer(kOfAccount, owner) : context.db.integer(kOfItsMailboxes, mailbox);
  if (octets.value_or(0) > static_cast<std::int64_t>(kAnnotationsOfAccount))
    return fail(ErrorKind::OverQuota, "the annotations of an account are too large");
  return {};
}

bool is_private(std::string_view entry) {
  return entry.starts_with("/private/");
}

void set_annotation(WriteContext& context, MailboxId mailbox, AccountId owner,
                    const Annotation& annotation) {
  if (!annotation.value) {
    context.db.run("DELETE FROM annotation WHERE mailbox = ?1 AND account = ?2 AND entry = ?3",
                   mailbox, owner, annotation.entry);
    return;
  }
  context.db.run(
      "INSERT INTO annotation (mailbox, account, entry, value) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT DO UPDATE SET value = excluded.value",
      mailbox, owner, annotation.entry, sqlite::Blob{*annotation.value});
}

// Sets those of one kind; `told` is the account whose watchers hear of them.
Result<void> set_kind(WriteContext& context, const SetAnnotations& change, bool of_actor,
                      AccountId told, ChangedAccounts& changed) {
  std::vector<std::string> entries;
  const AccountId owner = of_actor ? change.actor : AccountId();
  for (const Annotation& annotation : change.entries) {
    if (is_private(annotation.entry) != of_actor) continue;
    set_annotation(context, change.mailbox, owner, annotation);
    entries.push_back(annotation.entry);
  }
  if (entries.empty()) return {};
  Result<void> within = check_annotations(context, change.mailbox, owner);
  if (!within) return within;
  const ModSeq modseq = take_modseq(context, told);
  context.changes.touch_annotations(told, modseq, change.mailbox, entries);
  changed.emplace_back(told, modseq);
  return {};
}

}  // namespace

Result<void> write_acl(WriteContext& context, const SetAcl& change) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, change.mailbox);
  if (!mailbox) return no_mailbox();
  if (!select_rights(context.db, change.actor, *mailbox).has_all(Right::Administer))
    return fail(ErrorKind::Denied, "no right to administer the mailbox");
  const Grantee& grantee = change.grantee;
  if (grantee.account == mailbox->account)
    return fail(ErrorKind::Denied, "the owner of a mailbox always has all rights");
  if (grantee.account && !select_account(context.db, grantee.account)) return no_account();
  const Rights before = listed_rights(context, mailbox->id, grantee);
  const Rights after = changed_rights(before, change.change, change.rights);
  if (before == after) return {};
  if (after.empty()) {
    context.db.run("DELETE FROM acl WHERE mailbox = ?1 AND grantee = ?2 AND negative = ?3",
                   mailbox->id, grantee.account, grantee.negative);
  } else {
    const auto lines =
        context.db.integer("SELECT count(*) FROM acl WHERE mailbox = ?1", mailbox->id);
    if (before.empty() && lines.value_or(0) >= static_cast<std::int64_t>(kAclEntries))
      return fail(ErrorKind::Invalid,
                  fmt::format("too many rights: a mailbox lists {} accounts", kAclEntries));
    context.db.run(
        "INSERT INTO acl (mailbox, grantee, negative, rights) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET rights = excluded.rights",
        mailbox->id, grantee.account, grantee.negative, after.bits());
  }
  context.changes.touch_access(mailbox->account, take_modseq(context, mailbox->account),
                               mailbox->id);
  return {};
}

Result<ChangedAccounts> write_annotations(WriteContext& context, const SetAnnotations& change) {
  AccountId shared_with = change.actor;
  if (change.mailbox) {
    const std::optional<Mailbox> mailbox = select_mailbox(context.db, change.mailbox);
    if (!mailbox) return no_mailbox();
    shared_with = mailbox->account;
  }
  if (!select_account(context.db, change.actor)) return no_account();
  ChangedAccounts changed;
  Result<void> set = set_kind(context, change, false, shared_with, changed);
  if (!set) return std::unexpected(set.error());
  set = set_kind(context, change, true, change.actor, changed);
  if (!set) return std::unexpected(set.error());
  return changed;
}

Result<void> write_quota(WriteContext& context, AccountId account, std::uint64_t octets,
                         std::uint64_t messages) {
  if (!select_account(context.db, account)) return no_account();
  context.db.run("UPDATE account SET quota = ?2, quota_messages = ?3 WHERE id = ?1", account,
                 octets, messages);
  context.changes.touch(account, take_modseq(context, account), MailboxId());
  return {};
}

void inherit_acl(WriteContext& context, MailboxId from, MailboxId to) {
  context.db.run(
      "INSERT INTO acl (mailbox, grantee, negative, rights) "
      "SELECT ?2, grantee, negative, rights FROM acl WHERE mailbox = ?1",
      from, to);
}

void copy_annotations(WriteContext& context, MailboxId from, MailboxId to) {
  context.db.run(
      "INSERT INTO annotation (mailbox, account, entry, value) "
      "SELECT ?2, account, entry, value FROM annotation WHERE mailbox = ?1",
      from, to);
}

void forget_sharing(WriteContext& context, MailboxId mailbox) {
  context.db.run("DELETE FROM annotation WHERE mailbox = ?1", mailbox);
}

void forget_grantee(WriteContext& context, AccountId account) {
  std::vector<MailboxId> mailboxes;
  {
    auto row = context.db.query("SELECT DISTINCT mailbox FROM acl WHERE grantee = ?1", account);
    while (row.step()) mailboxes.push_back(row.get<MailboxId>(0));
  }
  for (const MailboxId mailbox : mailboxes)
    context.db.run("DELETE FROM acl WHERE mailbox = ?1 AND grantee = ?2", mailbox, account);
  context.db.run("DELETE FROM annotation WHERE account = ?1", account);
}

}  // namespace restante::storage
