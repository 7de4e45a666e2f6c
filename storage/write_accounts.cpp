// Accounts: made with their mailboxes, changed, removed with all they hold.
#include <array>
#include <utility>

#include "storage/threads.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

constexpr std::size_t kAddressOctets = 320;  // RFC 5321 s4.5.3.1: 64 + "@" + 255

constexpr std::array<std::pair<std::string_view, SpecialUse>, 6> kFirstMailboxes = {{
    {"INBOX", SpecialUse::None},
    {"Archive", SpecialUse::Archive},
    {"Drafts", SpecialUse::Drafts},
    {"Junk", SpecialUse::Junk},
    {"Sent", SpecialUse::Sent},
    {"Trash", SpecialUse::Trash},
}};

Result<void> check_address(std::string_view address) {
  if (address.empty() || address.size() > kAddressOctets)
    return fail(ErrorKind::Invalid, "address is empty or too long");
  for (const char octet : address)
    if (static_cast<unsigned char>(octet) <= 0x20 || octet == 0x7f)
      return fail(ErrorKind::Invalid, "address has a space or a control character");
  return {};
}

}  // namespace

Result<Account> write_new_account(WriteContext& context, std::string_view address,
                                  const Credential& credential, std::uint64_t quota_octets) {
  Result<void> valid = check_address(address);
  if (!valid) return std::unexpected(valid.error());
  if (context.db.integer("SELECT account FROM address WHERE address = ?1", address))
    return fail(ErrorKind::Exists, "address " + std::string(address) + " exists");
  context.db.run(
      "INSERT INTO account (address, salt, iterations, stored_key, server_key, quota) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      address, sqlite::Blob{credential.salt}, credential.iterations,
      sqlite::Blob{credential.stored_key}, sqlite::Blob{credential.server_key}, quota_octets);
  const AccountId id(static_cast<std::uint64_t>(context.db.last_insert_id()));
  context.db.run("INSERT INTO address (address, account) VALUES (?1, ?2)", address, id);
  for (const auto& [name, use] : kFirstMailboxes) {
    Result<Mailbox> mailbox = write_new_mailbox(context, id, name, use);
    if (!mailbox) return std::unexpected(mailbox.error());
    Result<void> subscribed = write_subscription(context, id, name, true);
    if (!subscribed) return std::unexpected(subscribed.error());
  }
  return *select_account(context.db, id);
}

Result<void> write_credential(WriteContext& context, AccountId account,
                              const Credential& credential) {
  context.db.run(
      "UPDATE account SET salt = ?2, iterations = ?3, stored_key = ?4, server_key = ?5 "
      "WHERE id = ?1",
      account, sqlite::Blob{credential.salt}, credential.iterations,
      sqlite::Blob{credential.stored_key}, sqlite::Blob{credential.server_key});
  if (context.db.changes() == 0) return no_account();
  return {};
}

Result<void> write_removed_account(WriteContext& context, AccountId account) {
  if (!select_account(context.db, account)) return no_account();
  const ModSeq modseq = take_modseq(context, account);
  for (const Mailbox& mailbox : select_mailboxes(context.db, account)) {
    const std::vector<PlacedRow> rows = select_rows(context, mailbox.id, all_uids(), Which::All);
    context.db.run("DELETE FROM placement WHERE mailbox = ?1", mailbox.id);
    forget_messages(context, mailbox, rows);
    forget_sharing(context, mailbox.id);
    context.db.run("DELETE FROM mailbox WHERE id = ?1", mailbox.id);
    context.changes.touch(account, modseq, mailbox.id);
  }
  forget_grantee(context, account);
  remove_threads(context.db, account);
  context.db.run("DELETE FROM account WHERE id = ?1", account);
  return {};
}

}  // namespace restante::storage
