// SELECTs that the reader and the writer share.
#include "storage/rows.h"

namespace restante::storage {

namespace {

constexpr std::string_view kAccountById =
    "SELECT id, address, salt, iterations, stored_key, server_key, quota, used, modseq, "
    "next_number, quota_messages, messages "
    "FROM account WHERE id = ?1";
constexpr std::string_view kAccounts =
    "SELECT id, address, salt, iterations, stored_key, server_key, quota, used, modseq, "
    "next_number, quota_messages, messages "
    "FROM account ORDER BY address";

constexpr std::string_view kMailboxById =
    "SELECT m.id, m.account, m.name, m.special_use, m.uid_validity, m.uid_next, m.highest_modseq, "
    "m.messages, m.unseen, m.deleted, m.first_recent, m.size, s.name IS NOT NULL "
    "FROM mailbox m LEFT JOIN subscription s ON s.account = m.account AND s.name = m.name "
    "WHERE m.id = ?1";
constexpr std::string_view kMailboxByName =
    "SELECT m.id, m.account, m.name, m.special_use, m.uid_validity, m.uid_next, m.highest_modseq, "
    "m.messages, m.unseen, m.deleted, m.first_recent, m.size, s.name IS NOT NULL "
    "FROM mailbox m LEFT JOIN subscription s ON s.account = m.account AND s.name = m.name "
    "WHERE m.account = ?1 AND m.name = ?2";
constexpr std::string_view kMailboxesOfAccount =
    "SELECT m.id, m.account, m.name, m.special_use, m.uid_validity, m.uid_next, m.highest_modseq, "
    "m.messages, m.unseen, m.deleted, m.first_recent, m.size, s.name IS NOT NULL "
    "FROM mailbox m LEFT JOIN subscription s ON s.account = m.account AND s.name = m.name "
    "WHERE m.account = ?1 ORDER BY m.name";

Account account_of(const sqlite::Statement& row) {
  Account account;
  account.id = row.get<AccountId>(0);
  account.address = row.text(1);
  account.credential.salt = row.blob(2);
  account.credential.iterations = row.get<std::uint32_t>(3);
  account.credential.stored_key = row.blob(4);
  account.credential.server_key = row.blob(5);
  account.quota_octets = row.get<std::uint64_t>(6);
  account.used_octets = row.get<std::uint64_t>(7);
  account.modseq = row.get<ModSeq>(8);
  account.next_number = row.get<MessageNumber>(9);
  account.quota_messages = row.get<std::uint64_t>(10);
  account.messages = row.get<std::uint64_t>(11);
  return account;
}

Mailbox mailbox_of(const sqlite::Statement& row) {
  Mailbox mailbox;
  mailbox.id = row.get<MailboxId>(0);
  mailbox.account = row.get<AccountId>(1);
  mailbox.name = row.text(2);
  mailbox.special_use = static_cast<SpecialUse>(row.get<std::uint8_t>(3));
  mailbox.uid_validity = row.get<UidValidity>(4);
  mailbox.uid_next = row.get<Uid>(5);
  mailbox.highest_modseq = row.get<ModSeq>(6);
  mailbox.messages = row.get<std::uint32_t>(7);
  mailbox.unseen = row.get<std::uint32_t>(8);
  mailbox.deleted = row.get<std::uint32_t>(9);
  mailbox.first_recent = row.get<Uid>(10);
  mailbox.size_octets = row.get<std::uint64_t>(11);
  mailbox.subscribed = row.integer(12) != 0;
  return mailbox;
}

}  // namespace

std::optional<Account> select_account(sqlite::Connection& db, AccountId id) {
  auto row = db.query(kAccountById, id);
  if (!row.step()) return std::nullopt;
  return account_of(row);
}

std::vector<Account> select_accounts(sqlite::Connection& db) {
  std::vector<Account> accounts;
  auto row = db.query(kAccounts);
  while (row.step()) accounts.push_back(account_of(row));
  return accounts;
}

std::optional<Mailbox> select_mailbox(sqlite::Connection& db, MailboxId id) {
  auto row = db.query(kMailboxById, id);
  if (!row.step()) return std::nullopt;
  return mailbox_of(row);
}

std::optional<Mailbox> select_mailbox(sqlite::Connection& db, AccountId account,
                                      std::string_view name) {
  auto row = db.query(kMailboxByName, account, name);
  if (!row.step()) return std::nullopt;
  return mailbox_of(row);
}

std::vector<Mailbox> select_mailboxes(sqlite::Connection& db, AccountId account) {
  std::vector<Mailbox> mailboxes;
  auto row = db.query(kMailboxesOfAccount, account);
  while (row.step()) mailboxes.push_back(mailbox_of(row));
  return mailboxes;
}

KeywordNames select_keywords(sqlite::Connection& db, MailboxId mailbox) {
  KeywordNames names;
  auto row = db.query("SELECT bit, name FROM keyword WHERE mailbox = ?1", mailbox);
  while (row.step()) names[row.get<std::size_t>(0) & 63U] = row.text(1);
  return names;
}

std::vector<std::string> names_of(const KeywordNames& names, std::uint64_t bits) {
  std::vector<std::string> result;
  for (std::size_t bit = 0; bits != 0; ++bit, bits >>= 1U)
    if ((bits & 1U) != 0) result.push_back(names[bit]);
  return result;
}

}  // namespace restante::storage
