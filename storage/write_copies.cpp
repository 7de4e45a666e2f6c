// COPY, MOVE and EXPUNGE: placements of messages that are kept already.
#include "storage/write_support.h"

namespace restante::storage {

namespace {

struct Ends {
  Mailbox from;
  Mailbox to;
};

Result<Ends> select_ends(WriteContext& context, MailboxId from, MailboxId to) {
  std::optional<Mailbox> source = select_mailbox(context.db, from);
  std::optional<Mailbox> target = select_mailbox(context.db, to);
  if (!source || !target) return no_mailbox();
  if (source->account != target->account)
    return fail(ErrorKind::Invalid, "cannot copy to a mailbox of another account");
  return Ends{std::move(*source), std::move(*target)};
}

CopyResult result_of(const std::vector<PlacedRow>& rows, const std::vector<Uid>& uids,
                     UidValidity uid_validity, ModSeq modseq) {
  CopyResult result;
  result.uid_validity = uid_validity;
  result.modseq = modseq;
  result.copied.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    result.copied.push_back({rows[i].uid, uids[i], rows[i].number});
  return result;
}

}  // namespace

Result<CopyResult> write_copy(WriteContext& context, MailboxId from, const UidSet& uids,
                              MailboxId to) {
  const Result<Ends> ends = select_ends(context, from, to);
  if (!ends) return std::unexpected(ends.error());
  const std::vector<PlacedRow> rows = select_rows(context, from, uids, Which::All);
  if (rows.empty()) return result_of({}, {}, ends->to.uid_validity, ends->to.highest_modseq);
  const ModSeq modseq = take_modseq(context, ends->to.account);
  const Result<std::vector<Uid>> placed = place_rows(context, ends->from, rows, ends->to, modseq);
  if (!placed) return std::unexpected(placed.error());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    context.db.run("INSERT INTO copy (account, number, mailbox, uid) VALUES (?1, ?2, ?3, ?4)",
                   ends->to.account, rows[i].number, to, (*placed)[i]);
    context.db.run(
        "UPDATE message SET placements = placements + 1 WHERE account = ?1 AND number = ?2",
        ends->to.account, rows[i].number);
  }
  return result_of(rows, *placed, ends->to.uid_validity, modseq);
}

Result<CopyResult> write_move(WriteContext& context, MailboxId from, const UidSet& uids,
                              MailboxId to) {
  const Result<Ends> ends = select_ends(context, from, to);
  if (!ends) return std::unexpected(ends.error());
  const std::vector<PlacedRow> rows = select_rows(context, from, uids, Which::All);
  if (rows.empty()) return result_of({}, {}, ends->to.uid_validity, ends->to.highest_modseq);
  const ModSeq modseq = take_modseq(context, ends->to.account);
  const Result<std::vector<Uid>> placed = place_rows(context, ends->from, rows, ends->to, modseq);
  if (!placed) return std::unexpected(placed.error());
  remove_rows(context, ends->from, rows, modseq);
  relocate_messages(context, ends->from, rows, ends->to, *placed);
  return result_of(rows, *placed, ends->to.uid_validity, modseq);
}

Result<ExpungeResult> write_expunge(WriteContext& context, MailboxId id, const UidSet& uids) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, id);
  if (!mailbox) return no_mailbox();
  ExpungeResult result;
  result.modseq = mailbox->highest_modseq;
  const std::vector<PlacedRow> rows = select_rows(context, id, uids, Which::OnlyDeleted);
  if (rows.empty()) return result;
  result.modseq = take_modseq(context, mailbox->account);
  remove_rows(context, *mailbox, rows, result.modseq);
  forget_messages(context, *mailbox, rows);
  result.expunged.reserve(rows.size());
  for (const PlacedRow& row : rows) result.expunged.push_back(row.uid);
  return result;
}

}  // namespace restante::storage
