// Rows as the reader and the writer both see them: which columns, in which order.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "storage/sqlite/connection.h"
#include "storage/types.h"

namespace restante::storage {

inline Time time_of(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}
inline std::int64_t seconds_of(Time time) {
  return time.time_since_epoch().count();
}

inline constexpr std::uint32_t kLastUid = 0xffffffff;

std::optional<Account> select_account(sqlite::Connection& db, AccountId id);
std::optional<Mailbox> select_mailbox(sqlite::Connection& db, MailboxId id);
// name must be canonical.
std::optional<Mailbox> select_mailbox(sqlite::Connection& db, AccountId account,
                                      std::string_view name);
std::vector<Account> select_accounts(sqlite::Connection& db);
std::vector<Mailbox> select_mailboxes(sqlite::Connection& db, AccountId account);

// The keywords of a mailbox by the bit that stands for them in placement.keywords; empty: unused.
using KeywordNames = std::array<std::string, 64>;
KeywordNames select_keywords(sqlite::Connection& db, MailboxId mailbox);
std::vector<std::string> names_of(const KeywordNames& names, std::uint64_t bits);

}  // namespace restante::storage
