// Placing and removing rows: the statements of the hot paths.
#include "storage/write_support.h"

#include <algorithm>

namespace restante::storage {

namespace {

[[noreturn]] void damaged(const WriteContext& context, const char* what) {
  throw sqlite::Failure(Error(ErrorKind::Corrupt, context.db.path() + " is damaged (" + what +
                                                      "); restore it from a backup"));
}

void insert_placement(WriteContext& context, MailboxId mailbox, Uid uid, const PlacedRow& row,
                      ModSeq modseq) {
  context.db.run(
      "INSERT INTO placement (mailbox, uid, number, blob, flags, keywords, modseq, size, "
      "internal_date, save_date) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      mailbox, uid, row.number, row.blob, row.flags, row.keywords, modseq, row.size,
      seconds_of(row.internal_date), seconds_of(context.now));
}

void release_blob(WriteContext& context, BlobId blob) {
  if (context.holds.keep_if_held(blob)) {
    context.db.run("UPDATE blob SET uses = uses - 1 WHERE id = ?1", blob);
    return;
  }
  context.db.run("DELETE FROM blob WHERE id = ?1 AND uses = 1", blob);
  if (context.db.changes() == 1) {
    context.db.run("DELETE FROM digest WHERE blob = ?1", blob);
    return;
  }
  context.db.run("UPDATE blob SET uses = uses - 1 WHERE id = ?1", blob);
}

void record_expunged(WriteContext& context, MailboxId mailbox, ModSeq modseq,
                     const std::vector<PlacedRow>& rows) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].uid.value() == rows[end - 1].uid.value() + 1) ++end;
    context.db.run("INSERT INTO expunged (mailbox, modseq, first, last) VALUES (?1, ?2, ?3, ?4)",
                   mailbox, modseq, rows[begin].uid, rows[end - 1].uid);
    begin = end;
  }
}

// Where message.mailbox and message.uid point, and how many placements there are in all.
struct Hold {
  MailboxId mailbox;
  Uid uid;
  std::uint64_t placements = 0;
};

Hold select_hold(WriteContext& context, AccountId account, MessageNumber number) {
  auto row = context.db.query(
      "SELECT mailbox, uid, placements FROM message WHERE account = ?1 AND number = ?2", account,
      number);
  if (!row.step()) damaged(context, "a placement without its message");
  return {row.get<MailboxId>(0), row.get<Uid>(1), row.get<std::uint64_t>(2)};
}

void delete_copy(WriteContext& context, AccountId account, MessageNumber number, MailboxId mailbox,
                 Uid uid) {
  context.db.run(
      "DELETE FROM copy WHERE account = ?1 AND number = ?2 AND mailbox = ?3 AND uid = ?4", account,
      number, mailbox, uid);
}

// One of several placements of a message is gone; the message stays.
void forget_placement(WriteContext& context, AccountId account, const PlacedRow& row,
                      MailboxId mailbox, const Hold& hold) {
  Hold home = hold;
  if (hold.mailbox == mailbox && hold.uid == row.uid) {
    auto next =
        context.db.query("SELECT mailbox, uid FROM copy WHERE account = ?1 AND number = ?2 LIMIT 1",
                         account, row.number);
    if (!next.step()) damaged(context, "a message without its placements");
    home.mailbox = next.get<MailboxId>(0);
    home.uid = next.get<Uid>(1);
  }
  if (hold.mailbox == mailbox && hold.uid == row.uid)
    delete_copy(context, account, row.number, home.mailbox, home.uid);
  else
    delete_copy(context, account, row.number, mailbox, row.uid);
  context.db.run(
      "UPDATE message SET placements = placements - 1, mailbox = ?3, uid = ?4 "
      "WHERE account = ?1 AND number = ?2",
      account, row.number, home.mailbox, home.uid);
}

}  // namespace

Result<void> write_unheld_blob(WriteContext& context, BlobId blob) {
  if (context.holds.keep_if_held(blob)) return {};
  context.db.run("DELETE FROM blob WHERE id = ?1 AND uses = 0", blob);
  if (context.db.changes() == 1) context.db.run("DELETE FROM digest WHERE blob = ?1", blob);
  return {};
}

ModSeq take_modseq(WriteContext& context, AccountId account) {
  auto row = context.db.query(
      "UPDATE account SET modseq = modseq + 1 WHERE id = ?1 RETURNING modseq", account);
  if (!row.step()) damaged(context, "a mailbox without its account");
  return row.get<ModSeq>(0);
}

Result<Charged> charge(WriteContext& context, AccountId account, const Charge& charge) {
  // Two statements: RETURNING would make a table for its row each time.
  Charged charged;
  {
    auto row = context.db.query(
        "SELECT modseq + 1, next_number, (quota_messages = 0 OR messages + ?2 <= quota_messages) "
        "AND (quota = 0 OR ?3 = 0 OR used + ?3 <= quota) FROM account WHERE id = ?1",
        account, charge.messages, charge.octets);
    if (!row.step()) return no_account();
    if (row.integer(2) == 0) return fail(ErrorKind::OverQuota, "mailbox is full");
    charged = {row.get<ModSeq>(0), row.get<MessageNumber>(1)};
  }
  context.db.run(
      "UPDATE account SET modseq = ?2, messages = messages + ?3, next_number = next_number + ?4, "
      "used = used + ?5 WHERE id = ?1",
      account, charged.modseq, charge.messages, charge.numbers, charge.octets);
  return charged;
}

BlobId insert_blob(WriteContext& context, const PreparedMessage& message, std::size_t uses) {
  context.db.run("INSERT INTO blob (uses, size, structure, body) VALUES (?1, ?2, ?3, ?4)", uses,
                 message.size, sqlite::Blob{message.structure},
                 sqlite::Blob{message.chunks.front()});
  const BlobId blob(static_cast<std::uint64_t>(context.db.last_insert_id()));
  context.db.run("INSERT INTO digest (blob, digest) VALUES (?1, ?2)", blob,
                 sqlite::Blob{message.digest});
  for (std::size_t chunk = 1; chunk < message.chunks.size(); ++chunk)
    context.db.run("INSERT INTO blob_chunk (blob, chunk, body) VALUES (?1, ?2, ?3)", blob, chunk,
                   sqlite::Blob{message.chunks[chunk]});
  return blob;
}

void insert_message(WriteContext& context, const NewMessage& message) {
  context.db.run(
      "INSERT INTO message (account, number, blob, received, placements, mailbox, uid, thread) "
      "VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)",
      message.account, message.number, message.blob, seconds_of(message.received), message.mailbox,
      message.uid, message.thread);
  insert_placement(context, message.mailbox, message.uid,
                   {message.uid, message.number, message.blob, message.flags, message.keywords,
                    message.size, message.received},
                   message.modseq);
}

UidSet all_uids() {
  return {UidRange{Uid(1), Uid(kLastUid)}};
}

std::vector<PlacedRow> select_rows(WriteContext& context, MailboxId mailbox, const UidSet& uids,
                                   Which which) {
  std::vector<PlacedRow> rows;
  for (const UidRange& range : uids) {
    auto row = context.db.query(
        "SELECT uid, number, blob, flags, keywords, size, internal_date FROM placement "
        "WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND (flags & ?4) = ?4 ORDER BY uid",
        mailbox, range.first, range.last,
        which == Which::All ? 0 : static_cast<int>(Flag::Deleted));
    while (row.step())
      rows.push_back({row.get<Uid>(0), row.get<MessageNumber>(1), row.get<BlobId>(2),
                      row.get<std::uint8_t>(3), row.get<std::uint64_t>(4),
                      row.get<std::uint64_t>(5), time_of(row.integer(6))});
  }
  return rows;
}

RowSums sums_of(const std::vector<PlacedRow>& rows) {
  RowSums sums;
  for (const PlacedRow& row : rows) {
    ++sums.messages;
    sums.unseen += (row.flags & static_cast<unsigned>(Flag::Seen)) == 0 ? 1 : 0;
    sums.deleted += (row.flags & static_cast<unsigned>(Flag::Deleted)) != 0 ? 1 : 0;
    sums.size += row.size;
  }
  return sums;
}

void remove_rows(WriteContext& context, const Mailbox& mailbox, const std::vector<PlacedRow>& rows,
                 ModSeq modseq) {
  for (const PlacedRow& row : rows)
    context.db.run("DELETE FROM placement WHERE mailbox = ?1 AND uid = ?2", mailbox.id, row.uid);
  record_expunged(context, mailbox.id, modseq, rows);
  const RowSums sums = sums_of(rows);
  context.db.run(
      "UPDATE mailbox SET messages = messages - ?2, unseen = unseen - ?3, deleted = deleted - ?4, "
      "size = size - ?5, highest_modseq = ?6 WHERE id = ?1",
      mailbox.id, sums.messages, sums.unseen, sums.deleted, sums.size, modseq);
  context.changes.touch(mailbox.account, modseq, mailbox.id);
}

void forget_messages(WriteContext& context, const Mailbox& mailbox,
                     const std::vector<PlacedRow>& rows) {
  if (rows.empty()) return;
  std::uint64_t freed = 0;
  for (const PlacedRow& row : rows) {
    const Hold hold = select_hold(context, mailbox.account, row.number);
    if (hold.placements > 1) {
      forget_placement(context, mailbox.account, row, mailbox.id, hold);
      continue;
    }
    context.db.run("DELETE FROM message WHERE account = ?1 AND number = ?2", mailbox.account,
                   row.number);
    release_blob(context, row.blob);
    freed += row.size;
  }
  context.db.run("UPDATE account SET used = used - ?2, messages = messages - ?3 WHERE id = ?1",
                 mailbox.account, freed, rows.size());
}

Result<void> translate_keywords(WriteContext& context, const Mailbox& from, const Mailbox& to,
                                std::vector<PlacedRow>& rows) {
  const bool any = std::ranges::any_of(rows, [](const auto& row) { return row.keywords != 0; });
  if (from.id == to.id || !any) return {};
  const KeywordNames names = select_keywords(context.db, from.id);
  for (PlacedRow& row : rows) {
    if (row.keywords == 0) continue;
    const Result<std::uint64_t> bits =
        keyword_bits(context, to, names_of(names, row.keywords), true);
    if (!bits) return std::unexpected(bits.error());
    row.keywords = *bits;
  }
  return {};
}

std::vector<Uid> place_rows(WriteContext& context, const std::vector<PlacedRow>& rows,
                            const Mailbox& to, ModSeq modseq, const PlaceRow& place) {
  std::vector<Uid> uids;
  uids.reserve(rows.size());
  std::uint32_t next = to.uid_next.value();
  for (const PlacedRow& row : rows) {
    const Uid uid(next++);
    place(row, uid);
    uids.push_back(uid);
  }
  const RowSums sums = sums_of(rows);
  context.db.run(
      "UPDATE mailbox SET messages = messages + ?2, unseen = unseen + ?3, deleted = deleted + ?4, "
      "size = size + ?5, highest_modseq = ?6, uid_next = uid_next + ?2 WHERE id = ?1",
      to.id, sums.messages, sums.unseen, sums.deleted, sums.size, modseq);
  context.changes.touch(to.account, modseq, to.id);
  return uids;
}

Result<std::vector<Uid>> place_rows(WriteContext& context, const Mailbox& from,
                                    std::vector<PlacedRow> rows, const Mailbox& to, ModSeq modseq) {
  const Result<void> translated = translate_keywords(context, from, to, rows);
  if (!translated) return std::unexpected(translated.error());
  return place_rows(context, rows, to, modseq, [&](const PlacedRow& row, Uid uid) {
    insert_placement(context, to.id, uid, row, modseq);
  });
}

void relocate_messages(WriteContext& context, const Mailbox& from,
                       const std::vector<PlacedRow>& rows, const Mailbox& to,
                       const std::vector<Uid>& uids) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    context.db.run(
        "UPDATE message SET mailbox = ?5, uid = ?6 "
        "WHERE account = ?1 AND number = ?2 AND mailbox = ?3 AND uid = ?4",
        from.account, rows[i].number, from.id, rows[i].uid, to.id, uids[i]);
    if (context.db.changes() == 1) continue;
    context.db.run(
        "UPDATE copy SET mailbox = ?5, uid = ?6 "
        "WHERE account = ?1 AND number = ?2 AND mailbox = ?3 AND uid = ?4",
        from.account, rows[i].number, from.id, rows[i].uid, to.id, uids[i]);
  }
}

}  // namespace restante::storage
