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
#include "storage/uid_set.h"

namespace restante::storage {

namespace {

constexpr std::string_view kRange =
    "SELECT uid, number, blob, flags, keywords, modseq, size, internal_date, save_date "
    "FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid";
constexpr std::string_view kChanged =
    "SELECT uid, modseq FROM placement WHERE mailbox = ?1 AND modseq > ?2 ORDER BY uid";
constexpr std::string_view kNewestFirst =
    "SELECT uid, modseq FROM placement WHERE mailbox = ?1 ORDER BY uid DESC";

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
UidSet new_uids(sqlite::Connection& db, MailboxId mailbox, ModSeq since,
                const std::vector<ModSeq>& known) {
  UidSet uids;  // descending
  auto row = db.query(kNewestFirst, mailbox);
  while (row.step() && row.get<ModSeq>(1) > since) {
    if (std::ranges::find(known, row.get<ModSeq>(1)) != known.end()) continue;
    const Uid uid = row.get<Uid>(0);
    if (!uids.empty() && uids.back().first.value() == uid.value() + 1) {
      uids.back().first = uid;
    } else {
      uids.push_back({uid, uid});
    }
  }
  std::ranges::reverse(uids);
  return uids;
}

UidSet changed_uids(sqlite::Connection& db, MailboxId mailbox, ModSeq since,
                    const std::vector<ModSeq>& known) {
  UidSet uids;
  auto row = db.query(kChanged, mailbox, since);
  while (row.step()) {
    if (std::ranges::find(known, row.get<ModSeq>(1)) == known.end()) append(uids, row.get<Uid>(0));
  }
  return uids;
}

// What is new, and of the messages that may have been changed those that were.
UidSet touched_uids(sqlite::Connection& db, MailboxId mailbox, ModSeq since, const UidSet& touched,
                    const std::vector<ModSeq>& known) {
  UidSet uids;
  for (const UidRange& range : touched) {
    auto row = db.query(
        "SELECT uid, modseq FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 "
        "AND modseq > ?4 ORDER BY uid",
        mailbox, range.first, range.last, since);
    while (row.step()) {
      const bool is_known = std::ranges::find(known, row.get<ModSeq>(1)) != known.end();
      if (!is_known) uids.push_back({row.get<Uid>(0), row.get<Uid>(0)});
    }
  }
  return united(normalized(std::move(uids)), new_uids(db, mailbox, since, known));
}

UidSet expunged_uids(sqlite::Connection& db, MailboxId mailbox, ModSeq since) {
  UidSet uids;
  auto row = db.query("SELECT first, last FROM expunged WHERE mailbox = ?1 AND modseq > ?2",
                      mailbox, since);
  while (row.step()) uids.push_back({row.get<Uid>(0), row.get<Uid>(1)});
  return normalized(std::move(uids));
}

std::unexpected<Error> no_blob() {
  return fail(ErrorKind::NotFound, "the message has been removed");
}

}  // namespace

SqliteReader::SqliteReader(const std::string& path, std::shared_ptr<BlobHolds> holds,
                           const FlagLog* flag_log)
    : holds_(std::move(holds)), db_(path, sqlite::OpenMode::ReadOnly), flag_log_(flag_log) {
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
    if (!db_.integer("SELECT 1 FROM mailbox WHERE id = ?1", id)) return no_mailbox();
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

// Unseen messages are usually the last: from the end until all have been seen.
Result<Uid> SqliteReader::first_unseen(MailboxId id, std::uint32_t unseen) {
  return guarded([&]() -> Result<Uid> {
    const auto first = db_.integer(
        "SELECT min(uid) FROM (SELECT uid FROM placement WHERE mailbox = ?1 AND flags & 1 = 0 "
        "ORDER BY uid DESC LIMIT ?2)",
        id, unseen);
    return Uid(static_cast<std::uint32_t>(first.value_or(0)));
  });
}

Result<Changes> SqliteReader::changes_since(MailboxId id, ModSeq modseq,
                                            const std::vector<ModSeq>& known) {
  return guarded([&]() -> Result<Changes> {
    const std::optional<Mailbox> found = select_mailbox(db_, id);
    if (!found) return no_mailbox();
    Changes changes;
    changes.highest_modseq = found->highest_modseq;
    changes.uid_next = found->uid_next;
    if (modseq >= found->highest_modseq) return changes;
    const auto flags_changed =
        db_.integer("SELECT changed_modseq FROM mailbox WHERE id = ?1", id).value_or(0);
    const ModSeq changed(static_cast<std::uint64_t>(flags_changed));
    std::optional<UidSet> touched;
    if (flag_log_ != nullptr && modseq < changed) touched = flag_log_->touched(id, modseq, changed);
    if (modseq >= changed)
      changes.changed = new_uids(db_, id, modseq, known);
    else if (touched)
      changes.changed = touched_uids(db_, id, modseq, *touched, known);
    else
      changes.changed = changed_uids(db_, id, modseq, known);
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

Result<message::Index> SqliteReader::stored_index(
    BlobId blob, Result<message::Index> (*decode)(std::string_view)) {
  return guarded([&]() -> Result<message::Index> {
    auto row = db_.query("SELECT structure FROM blob WHERE id = ?1", blob);
    if (!row.step()) return no_blob();
    return decode(row.blob(0));
  });
}

Result<message::Index> SqliteReader::index(BlobId blob) {
  return stored_index(blob, message::decode_index);
}

Result<message::Index> SqliteReader::structure(BlobId blob) {
  return stored_index(blob, message::decode_structure);
}

Result<void> SqliteReader::append_range(BlobId blob, std::uint64_t offset, std::uint64_t length,
                                        std::string& out) {
  // The first chunk stands beside the size: nearly every message is read by this statement alone.
  const bool from_first = offset < kChunkOctets;
  auto head = db_.query(from_first ? "SELECT size, body FROM blob WHERE id = ?1"
                                   : "SELECT size FROM blob WHERE id = ?1",
                        blob);
  if (!head.step()) return no_blob();
  const auto size = head.get<std::uint64_t>(0);
  if (offset >= size) return {};
  const std::uint64_t end = offset + std::min(length, size - offset);
  if (from_first) {
    const Result<void> unpacked =
        append_chunk(head.blob(1), std::min(kChunkOctets, size), {offset, end}, out);
    if (!unpacked) return unpacked;
  }
  for (std::uint64_t position = std::max<std::uint64_t>(offset / kChunkOctets, 1);
       position * kChunkOctets < end; ++position) {
    const std::uint64_t start = position * kChunkOctets;
    auto row =
        db_.query("SELECT body FROM blob_chunk WHERE blob = ?1 AND chunk = ?2", blob, position);
    if (!row.step()) return fail(ErrorKind::Corrupt, "a body chunk is missing");
    const Result<void> unpacked = append_chunk(row.blob(0), std::min(kChunkOctets, size - start),
                                               {std::max(offset, start) - start, end - start}, out);
    if (!unpacked) return unpacked;
  }
  return {};
}

Result<void> SqliteReader::append_octets(BlobId blob, std::uint64_t offset, std::uint64_t length,
                                         std::string& out) {
  const std::size_t before = out.size();
  const Result<void> appended =
      guarded([&]() -> Result<void> { return append_range(blob, offset, length, out); });
  if (!appended) out.resize(before);
  return appended;
}

}  // namespace restante::storage
