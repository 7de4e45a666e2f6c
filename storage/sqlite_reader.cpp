// Reads of accounts, mailboxes and placements, each one or two statements.
#include "storage/sqlite_reader.h"

#include <algorithm>

#include "storage/guarded.h"
#include "storage/mailbox_name.h"
#include "storage/prepared_message.h"
#include "storage/rows.h"
#include "storage/schema.h"
#include "storage/sqlite/transaction.h"
#include "storage/threads.h"

namespace restante::storage {

namespace {

constexpr std::string_view kRange =
    "SELECT uid, number, blob, flags, keywords, modseq, size, internal_date, save_date "
    "FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid";
constexpr std::string_view kChanged =
    "SELECT uid, number, blob, flags, keywords, modseq, size, internal_date, save_date "
    "FROM placement WHERE mailbox = ?1 AND modseq > ?2 ORDER BY uid";
constexpr std::string_view kNewestFirst =
    "SELECT uid, number, blob, flags, keywords, modseq, size, internal_date, save_date "
    "FROM placement WHERE mailbox = ?1 ORDER BY uid DESC";

// Rows of placement as values; the keywords of the mailbox are read when the first row needs them.
class PlacementRows {
 public:
  PlacementRows(sqlite::Connection& db, MailboxId mailbox) : db_(db), mailbox_(mailbox) {}

  Placement placement_of(const sqlite::Statement& row) {
    Placement placement;
    placement.uid = row.get<Uid>(0);
    placement.number = row.get<MessageNumber>(1);
    placement.blob = row.get<BlobId>(2);
    placement.flags.system = row.get<std::uint8_t>(3);
    const auto bits = row.get<std::uint64_t>(4);
    if (bits != 0) placement.flags.keywords = names_of(names(), bits);
    placement.modseq = row.get<ModSeq>(5);
    placement.size_octets = row.get<std::uint64_t>(6);
    placement.internal_date = time_of(row.integer(7));
    placement.save_date = time_of(row.integer(8));
    return placement;
  }

 private:
  const KeywordNames& names() {
    if (!names_) names_ = select_keywords(db_, mailbox_);
    return *names_;
  }

  sqlite::Connection& db_;
  MailboxId mailbox_;
  std::optional<KeywordNames> names_;
};

// Uids and modseqs of new messages rise together, so while no flags changed the newest first are
// all there is to look at.
std::vector<Placement> new_placements(sqlite::Connection& db, MailboxId mailbox, ModSeq since) {
  std::vector<Placement> placements;
  PlacementRows rows(db, mailbox);
  auto row = db.query(kNewestFirst, mailbox);
  while (row.step() && row.get<ModSeq>(5) > since) placements.push_back(rows.placement_of(row));
  std::ranges::reverse(placements);
  return placements;
}

std::vector<Placement> changed_placements(sqlite::Connection& db, MailboxId mailbox, ModSeq since) {
  std::vector<Placement> placements;
  PlacementRows rows(db, mailbox);
  auto row = db.query(kChanged, mailbox, since);
  while (row.step()) placements.push_back(rows.placement_of(row));
  return placements;
}

std::vector<Uid> expunged_uids(sqlite::Connection& db, MailboxId mailbox, ModSeq since) {
  std::vector<Uid> uids;
  auto row = db.query("SELECT first, last FROM expunged WHERE mailbox = ?1 AND modseq > ?2",
                      mailbox, since);
  while (row.step()) {
    const auto last = row.get<std::uint32_t>(1);
    for (auto uid = row.get<std::uint32_t>(0); uid <= last; ++uid) uids.emplace_back(uid);
  }
  std::ranges::sort(uids);
  return uids;
}

std::unexpected<Error> no_blob() {
  return fail(ErrorKind::NotFound, "the message has been removed");
}

}  // namespace

SqliteReader::SqliteReader(const std::string& path) : db_(path, sqlite::OpenMode::ReadOnly) {
  configure_reader(db_);
}

void SqliteReader::run(const std::function<void(Reader&)>& task) {
  // Where BEGIN fails the reads fail as well, each with its own error.
  std::optional<sqlite::Transaction> transaction;
  try {
    transaction.emplace(db_, sqlite::TransactionKind::Read);
  } catch (const sqlite::Failure&) {
    transaction.reset();
  }
  task(*this);
}

Result<Account> SqliteReader::find_account(std::string_view address) {
  return guarded([&]() -> Result<Account> {
    const auto id =
        db_.integer("SELECT account FROM address WHERE address = ?1 ORDER BY account", address);
    if (!id) return no_account();
    return account(AccountId(static_cast<std::uint64_t>(*id)));
  });
}

Result<Account> SqliteReader::account(AccountId id) {
  return guarded([&]() -> Result<Account> {
    std::optional<Account> found = select_account(db_, id);
    if (!found) return no_account();
    return std::move(*found);
  });
}

Result<std::vector<Account>> SqliteReader::list_accounts() {
  return guarded([&]() -> Result<std::vector<Account>> { return select_accounts(db_); });
}

Result<std::vector<Mailbox>> SqliteReader::list_mailboxes(AccountId account) {
  return guarded([&]() -> Result<std::vector<Mailbox>> { return select_mailboxes(db_, account); });
}

Result<std::vector<std::string>> SqliteReader::list_subscriptions(AccountId account) {
  return guarded([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> names;
    auto row = db_.query("SELECT name FROM subscription WHERE account = ?1 ORDER BY name", account);
    while (row.step()) names.emplace_back(row.text(0));
    return names;
  });
}

Result<Mailbox> SqliteReader::find_mailbox(AccountId account, std::string_view name) {
  return guarded([&]() -> Result<Mailbox> {
    std::optional<Mailbox> found = select_mailbox(db_, account, canonical_mailbox_name(name));
    if (!found) return no_mailbox();
    return std::move(*found);
  });
}

Result<Mailbox> SqliteReader::mailbox(MailboxId id) {
  return guarded([&]() -> Result<Mailbox> {
    std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    return std::move(*found);
  });
}

Result<std::vector<Placement>> SqliteReader::placements(MailboxId id, const UidSet& uids) {
  return guarded([&]() -> Result<std::vector<Placement>> {
    if (!select_mailbox(db_, id)) return no_mailbox();
    std::vector<Placement> placements;
    PlacementRows rows(db_, id);
    for (const UidRange& range : uids) {
      auto row = db_.query(kRange, id, range.first, range.last);
      while (row.step()) placements.push_back(rows.placement_of(row));
    }
    return placements;
  });
}

Result<std::vector<Uid>> SqliteReader::uids(MailboxId id) {
  return guarded([&]() -> Result<std::vector<Uid>> {
    const std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    std::vector<Uid> uids;
    uids.reserve(found->messages);
    auto row = db_.query("SELECT uid FROM placement WHERE mailbox = ?1 ORDER BY uid", id);
    while (row.step()) uids.push_back(row.get<Uid>(0));
    return uids;
  });
}

Result<Changes> SqliteReader::changes_since(MailboxId id, ModSeq modseq) {
  return guarded([&]() -> Result<Changes> {
    const std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    Changes changes;
    changes.highest_modseq = found->highest_modseq;
    changes.uid_next = found->uid_next;
    if (modseq >= found->highest_modseq) return changes;
    const auto flags_changed =
        db_.integer("SELECT changed_modseq FROM mailbox WHERE id = ?1", id).value_or(0);
    changes.changed = modseq.value() >= static_cast<std::uint64_t>(flags_changed)
                          ? new_placements(db_, id, modseq)
                          : changed_placements(db_, id, modseq);
    changes.expunged = expunged_uids(db_, id, modseq);
    return changes;
  });
}

Result<std::vector<std::string>> SqliteReader::keywords(MailboxId id) {
  return guarded([&]() -> Result<std::vector<std::string>> {
    if (!select_mailbox(db_, id)) return no_mailbox();
    std::vector<std::string> names;
    auto row = db_.query("SELECT name FROM keyword WHERE mailbox = ?1 ORDER BY name", id);
    while (row.step()) names.emplace_back(row.text(0));
    return names;
  });
}

Result<std::vector<Location>> SqliteReader::locate(AccountId account, MessageNumber number) {
  return guarded([&]() -> Result<std::vector<Location>> {
    std::vector<Location> locations;
    auto row = db_.query(
        "SELECT mailbox, uid FROM message WHERE account = ?1 AND number = ?2 "
        "UNION ALL SELECT mailbox, uid FROM copy WHERE account = ?1 AND number = ?2 "
        "ORDER BY 1, 2",
        account, number);
    while (row.step()) locations.push_back({row.get<MailboxId>(0), row.get<Uid>(1)});
    if (!locations.empty()) return locations;
    const auto next = db_.integer("SELECT next_number FROM account WHERE id = ?1", account);
    if (!next) return no_account();
    if (!number || number.value() >= static_cast<std::uint64_t>(*next))
      return fail(ErrorKind::NotFound, "no such message");
    return locations;
  });
}

Result<std::vector<ThreadId>> SqliteReader::threads(AccountId account,
                                                    std::span<const MessageNumber> numbers) {
  return guarded([&]() -> Result<std::vector<ThreadId>> {
    ThreadNames names(db_, account);
    std::vector<ThreadId> threads;
    threads.reserve(numbers.size());
    auto row = db_.query("SELECT thread FROM message WHERE account = ?1 AND number = ?2");
    for (const MessageNumber number : numbers) {
      row.reset();
      row.bind_all(false, account, number);
      threads.push_back(row.step() ? names.shown(row.get<ThreadId>(0)) : ThreadId());
    }
    return threads;
  });
}

Result<ThreadId> SqliteReader::thread(AccountId account, ThreadId name) {
  return guarded([&]() -> Result<ThreadId> { return ThreadNames(db_, account).shown(name); });
}

Result<void> SqliteReader::digests(std::span<const BlobId> blobs, const DigestVisitor& visit) {
  return guarded([&]() -> Result<void> {
    auto row = db_.query("SELECT digest FROM digest WHERE blob = ?1");
    for (std::size_t position = 0; position < blobs.size(); ++position) {
      row.reset();
      row.bind_all(false, blobs[position]);
      if (!row.step()) continue;
      const Result<message::Digest> digest = message::decode_digest(row.blob(0));
      if (!digest) return std::unexpected(digest.error());
      visit(position, *digest);
    }
    return {};
  });
}

Result<message::Index> SqliteReader::index(BlobId blob) {
  return guarded([&]() -> Result<message::Index> {
    auto row = db_.query("SELECT structure FROM blob WHERE id = ?1", blob);
    if (!row.step()) return no_blob();
    return message::decode_index(row.blob(0));
  });
}

// The octets of one chunk of a blob of that size.
std::string SqliteReader::chunk(BlobId blob, std::uint64_t position, std::uint64_t size) {
  constexpr std::string_view kFirst = "SELECT body FROM blob WHERE id = ?1 AND ?2 = 0";
  constexpr std::string_view kOther = "SELECT body FROM blob_chunk WHERE blob = ?1 AND chunk = ?2";
  auto row = db_.query(position == 0 ? kFirst : kOther, blob, position);
  const std::uint64_t length = std::min(kChunkOctets, size - position * kChunkOctets);
  Result<std::string> octets =
      row.step() ? unpack_chunk(row.blob(0), length)
                 : Result<std::string>(fail(ErrorKind::Corrupt, "a body chunk is missing"));
  if (!octets) throw sqlite::Failure(octets.error());
  return std::move(*octets);
}

Result<std::string> SqliteReader::octets(BlobId blob, std::uint64_t offset, std::uint64_t length) {
  return guarded([&]() -> Result<std::string> {
    const auto stored = db_.integer("SELECT size FROM blob WHERE id = ?1", blob);
    if (!stored) return no_blob();
    const auto size = static_cast<std::uint64_t>(*stored);
    if (offset >= size) return std::string();
    const std::uint64_t end = offset + std::min(length, size - offset);
    std::string result;
    while (offset < end) {
      const std::uint64_t position = offset / kChunkOctets;
      std::string octets = chunk(blob, position, size);
      const std::uint64_t skip = offset % kChunkOctets;
      const std::uint64_t take = std::min(end - offset, octets.size() - skip);
      if (result.empty() && skip == 0 && take == end - offset && take == octets.size())
        return octets;
      result.append(octets, skip, take);
      offset += take;
    }
    return result;
  });
}

}  // namespace restante::storage
