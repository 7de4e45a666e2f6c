// CREATE, RENAME, DELETE, SUBSCRIBE and \Recent (RFC 9051 s6.3.4 to s6.3.8).
#include <fmt/format.h>

#include <algorithm>

#include "storage/mailbox_name.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

// Later than every one given before, and later than those of a database restored from a backup.
UidValidity take_uid_validity(WriteContext& context) {
  auto row = context.db.query(
      "UPDATE store SET last_uid_validity = max(last_uid_validity + 1, ?1) "
      "RETURNING last_uid_validity",
      seconds_of(context.now));
  row.step();
  return row.get<UidValidity>(0);
}

MailboxId insert_mailbox(WriteContext& context, AccountId account, std::string_view name,
                         SpecialUse use, ModSeq modseq) {
  context.db.run(
      "INSERT INTO mailbox (account, name, special_use, uid_validity, highest_modseq, "
      "changed_modseq) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
      account, name, static_cast<int>(use), take_uid_validity(context), modseq);
  const MailboxId id(static_cast<std::uint64_t>(context.db.last_insert_id()));
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
    if (const auto parent = select_mailbox(context.db, account, name.substr(0, slash)))
      inherit_acl(context, parent->id, id);
  context.changes.touch(account, modseq, id);
  return id;
}

constexpr std::int64_t kMostMailboxes = 10'000;

bool has_room(WriteContext& context, AccountId account) {
  return context.db.integer("SELECT count(*) FROM mailbox WHERE account = ?1", account)
             .value_or(0) < kMostMailboxes;
}

bool exists(WriteContext& context, AccountId account, std::string_view name) {
  return context.db
      .integer("SELECT id FROM mailbox WHERE account = ?1 AND name = ?2", account, name)
      .has_value();
}

void insert_superiors(WriteContext& context, AccountId account, std::string_view name,
                      ModSeq modseq) {
  for (const std::string& superior : superior_names(name))
    if (!exists(context, account, superior))
      insert_mailbox(context, account, superior, SpecialUse::None, modseq);
}

// The mailboxes below name: '0' is the character after '/'.
std::vector<Mailbox> select_inferiors(WriteContext& context, AccountId account,
                                      const std::string& name) {
  std::vector<Mailbox> inferiors;
  const std::string prefix = name + "/";
  for (Mailbox& mailbox : select_mailboxes(context.db, account))
    if (mailbox.name.starts_with(prefix)) inferiors.push_back(std::move(mailbox));
  return inferiors;
}

// RFC 9051 s6.3.6: the messages go to a new mailbox, INBOX and those below it stay.
Result<void> rename_inbox(WriteContext& context, const Mailbox& inbox, const std::string& to) {
  const ModSeq modseq = take_modseq(context, inbox.account);
  insert_superiors(context, inbox.account, to, modseq);
  const MailboxId id = insert_mailbox(context, inbox.account, to, SpecialUse::None, modseq);
  const std::optional<Mailbox> target = select_mailbox(context.db, id);
  copy_annotations(context, inbox.id, id);  // RFC 5464 s4.1
  const std::vector<PlacedRow> rows = select_rows(context, inbox.id, all_uids(), Which::All);
  if (rows.empty()) return {};
  const Result<std::vector<Uid>> placed = place_rows(context, inbox, rows, *target, modseq);
  if (!placed) return std::unexpected(placed.error());
  remove_rows(context, inbox, rows, modseq);
  relocate_messages(context, inbox, rows, *target, *placed);
  return {};
}

Result<void> rename_one(WriteContext& context, const Mailbox& mailbox, const std::string& name,
                        ModSeq modseq) {
  const Result<std::string> valid = valid_mailbox_name(name);
  if (!valid) return std::unexpected(valid.error());
  if (exists(context, mailbox.account, name))
    return fail(ErrorKind::Exists, "a mailbox of the new name exists");
  context.db.run("UPDATE mailbox SET name = ?2, highest_modseq = ?3 WHERE id = ?1", mailbox.id,
                 name, modseq);
  context.changes.touch(mailbox.account, modseq, mailbox.id);
  return {};
}

}  // namespace

Result<Mailbox> write_new_mailbox(WriteContext& context, AccountId account, std::string_view name,
                                  SpecialUse use) {
  if (!select_account(context.db, account)) return no_account();
  const Result<std::string> valid = valid_mailbox_name(name);
  if (!valid) return std::unexpected(valid.error());
  if (exists(context, account, *valid)) return fail(ErrorKind::Exists, "mailbox exists");
  if (!has_room(context, account))
    return fail(ErrorKind::Invalid,
                fmt::format("too many mailboxes: an account holds {}", kMostMailboxes));
  const ModSeq modseq = take_modseq(context, account);
  insert_superiors(context, account, *valid, modseq);
  const MailboxId id = insert_mailbox(context, account, *valid, use, modseq);
  return *select_mailbox(context.db, id);
}

Result<void> write_renamed_mailbox(WriteContext& context, AccountId account, std::string_view from,
                                   std::string_view to) {
  const Result<std::string> target = valid_mailbox_name(to);
  if (!target) return std::unexpected(target.error());
  const std::string source = canonical_mailbox_name(from);
  if (source == *target || exists(context, account, *target))
    return fail(ErrorKind::Exists, "a mailbox of the new name exists");
  if (target->starts_with(source + "/") && source != "INBOX")
    return fail(ErrorKind::Invalid, "cannot move a mailbox below itself");
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, account, source);
  if (source == "INBOX") {
    if (!mailbox) return no_account();
    return rename_inbox(context, *mailbox, *target);
  }
  std::vector<Mailbox> moved = select_inferiors(context, account, source);
  if (!mailbox && moved.empty()) return no_mailbox();
  if (mailbox) moved.insert(moved.begin(), *mailbox);
  const ModSeq modseq = take_modseq(context, account);
  insert_superiors(context, account, *target, modseq);
  for (const Mailbox& each : moved) {
    Result<void> renamed =
        rename_one(context, each, *target + each.name.substr(source.size()), modseq);
    if (!renamed) return renamed;
  }
  return {};
}

Result<void> write_deleted_mailbox(WriteContext& context, AccountId account,
                                   std::string_view name) {
  const std::string canonical = canonical_mailbox_name(name);
  if (canonical == "INBOX") return fail(ErrorKind::Denied, "INBOX cannot be deleted");
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, account, canonical);
  if (!mailbox) return no_mailbox();
  const ModSeq modseq = take_modseq(context, account);
  const std::vector<PlacedRow> rows = select_rows(context, mailbox->id, all_uids(), Which::All);
  context.db.run("DELETE FROM placement WHERE mailbox = ?1", mailbox->id);
  forget_messages(context, *mailbox, rows);
  forget_sharing(context, mailbox->id);
  context.db.run("DELETE FROM mailbox WHERE id = ?1", mailbox->id);
  context.changes.touch(account, modseq, mailbox->id);
  return {};
}

Result<void> write_subscription(WriteContext& context, AccountId account, std::string_view name,
                                bool subscribed) {
  const std::optional<Account> owner = select_account(context.db, account);
  if (!owner) return no_account();
  const auto notice_change = [&] {
    if (context.db.changes() != 0) context.changes.touch(account, owner->modseq, MailboxId());
  };
  const std::string canonical = canonical_mailbox_name(name);
  if (!subscribed) {
    context.db.run("DELETE FROM subscription WHERE account = ?1 AND name = ?2", account, canonical);
    notice_change();
    return {};
  }
  const Result<std::string> valid = valid_mailbox_name(name);
  if (!valid) return std::unexpected(valid.error());
  constexpr std::int64_t kMost = 10'000;
  const std::int64_t count =
      context.db.integer("SELECT count(*) FROM subscription WHERE account = ?1", account)
          .value_or(0);
  if (count >= kMost)
    return fail(ErrorKind::Invalid,
                fmt::format("too many subscriptions: an account holds {}", kMost));
  context.db.run("INSERT OR IGNORE INTO subscription (account, name) VALUES (?1, ?2)", account,
                 canonical);
  notice_change();
  return {};
}

Result<Uid> write_recent_claim(WriteContext& context, MailboxId id) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, id);
  if (!mailbox) return no_mailbox();
  if (mailbox->first_recent < mailbox->uid_next)
    context.db.run("UPDATE mailbox SET first_recent = uid_next WHERE id = ?1", id);
  return mailbox->first_recent;
}

}  // namespace restante::storage
