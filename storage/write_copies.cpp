// COPY, MOVE and EXPUNGE: placements of messages that are kept already, also into mailboxes of
// another account.
#include "storage/sharing_rows.h"
#include "storage/threads.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

// What is copied, and the two mailboxes.
struct Task {
  Mailbox from;
  Mailbox to;
  std::vector<PlacedRow> standing;  // as they are
  std::vector<PlacedRow> rows;      // as they are to be placed
  bool same_account() const { return from.account == to.account; }
};

// Rows with the flags that may be set in the target. Errors: NotFound, Denied.
Result<Task> plan(WriteContext& context, const Copy& job, Rights needed_in_source) {
  std::optional<Mailbox> from = select_mailbox(context.db, job.from);
  std::optional<Mailbox> to = select_mailbox(context.db, job.to);
  if (!from || !to) return no_mailbox();
  Rights rights = Rights::all();
  if (job.actor) {
    rights = select_rights(context.db, job.actor, *to);
    const bool may_read = select_rights(context.db, job.actor, *from).has_all(needed_in_source);
    if (!may_read || !rights.has_all(Right::Insert)) return no_right();
  }
  Task task;
  task.standing = select_rows(context, job.from, job.uids, Which::All);
  task.rows = task.standing;
  task.from = std::move(*from);
  task.to = std::move(*to);
  const std::uint8_t kept = changeable_flags(rights);
  for (PlacedRow& row : task.rows) {
    row.flags = static_cast<std::uint8_t>(row.flags & kept);
    if (!rights.has_all(Right::Write)) row.keywords = 0;
  }
  return task;
}

CopyResult nothing_copied(const Task& task) {
  CopyResult result;
  result.uid_validity = task.to.uid_validity;
  result.modseq = task.to.highest_modseq;
  return result;
}

CopyResult result_of(const Task& task, const std::vector<Uid>& uids, ModSeq modseq) {
  CopyResult result;
  result.uid_validity = task.to.uid_validity;
  result.modseq = modseq;
  result.copied.reserve(task.rows.size());
  for (std::size_t i = 0; i < task.rows.size(); ++i)
    result.copied.push_back({task.rows[i].uid, uids[i], task.rows[i].number});
  return result;
}

// Further placements of messages that the account holds already.
Result<CopyResult> copy_within(WriteContext& context, const Task& task) {
  const Result<Charged> charged = charge(context, task.to.account, Charge{task.rows.size(), 0, 0});
  if (!charged) return std::unexpected(charged.error());
  const Result<std::vector<Uid>> placed =
      place_rows(context, task.from, task.rows, task.to, charged->modseq);
  if (!placed) return std::unexpected(placed.error());
  for (std::size_t i = 0; i < task.rows.size(); ++i) {
    context.db.run("INSERT INTO copy (account, number, mailbox, uid) VALUES (?1, ?2, ?3, ?4)",
                   task.to.account, task.rows[i].number, task.to.id, (*placed)[i]);
    context.db.run(
        "UPDATE message SET placements = placements + 1 WHERE account = ?1 AND number = ?2",
        task.to.account, task.rows[i].number);
  }
  return result_of(task, *placed, charged->modseq);
}

// New messages of the account of the target, of the same octets.
Result<CopyResult> copy_across(WriteContext& context, Task task) {
  const Result<Charged> charged =
      charge(context, task.to.account,
             Charge{task.rows.size(), task.rows.size(), sums_of(task.rows).size});
  if (!charged) return std::unexpected(charged.error());
  const Result<void> translated = translate_keywords(context, task.from, task.to, task.rows);
  if (!translated) return std::unexpected(translated.error());
  std::uint64_t number = charged->first_number.value();
  for (PlacedRow& row : task.rows) row.number = MessageNumber(number++);
  const auto insert = [&](const PlacedRow& row, Uid uid) {
    context.db.run("UPDATE blob SET uses = uses + 1 WHERE id = ?1", row.blob);
    const ThreadId thread = assign_thread(context.db, task.to.account, row.number, row.blob).raw;
    insert_message(context,
                   {task.to.account, row.number, task.to.id, uid, row.blob, thread, row.flags,
                    row.keywords, charged->modseq, row.size, row.internal_date});
  };
  const std::vector<Uid> uids = place_rows(context, task.rows, task.to, charged->modseq, insert);
  return result_of(task, uids, charged->modseq);
}

Result<CopyResult> move_across(WriteContext& context, const Task& task) {
  Result<CopyResult> copied = copy_across(context, task);
  if (!copied) return copied;
  remove_rows(context, task.from, task.standing, take_modseq(context, task.from.account));
  forget_messages(context, task.from, task.standing);
  return copied;
}

}  // namespace

Result<CopyResult> write_copy(WriteContext& context, const Copy& job) {
  Result<Task> task = plan(context, job, Right::Read);
  if (!task) return std::unexpected(task.error());
  if (task->rows.empty()) return nothing_copied(*task);
  if (task->same_account()) return copy_within(context, *task);
  return copy_across(context, std::move(*task));
}

Result<CopyResult> write_move(WriteContext& context, const Copy& job) {
  const Result<Task> task =
      plan(context, job, Right::Read | Right::DeleteMessages | Right::Expunge);
  if (!task) return std::unexpected(task.error());
  if (task->rows.empty()) return nothing_copied(*task);
  if (!task->same_account()) return move_across(context, *task);
  const ModSeq modseq = take_modseq(context, task->to.account);
  const Result<std::vector<Uid>> placed =
      place_rows(context, task->from, task->rows, task->to, modseq);
  if (!placed) return std::unexpected(placed.error());
  remove_rows(context, task->from, task->standing, modseq);
  relocate_messages(context, task->from, task->standing, task->to, *placed);
  return result_of(*task, *placed, modseq);
}

Result<ExpungeResult> write_expunge(WriteContext& context, const Expunge& job) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, job.mailbox);
  if (!mailbox) return no_mailbox();
  if (job.actor && !select_rights(context.db, job.actor, *mailbox).has_all(Right::Expunge))
    return no_right();
  ExpungeResult result;
  result.modseq = mailbox->highest_modseq;
  const Which which = job.without_deleted ? Which::All : Which::OnlyDeleted;
  const std::vector<PlacedRow> rows = select_rows(context, job.mailbox, job.uids, which);
  if (rows.empty()) return result;
  result.modseq = take_modseq(context, mailbox->account);
  remove_rows(context, *mailbox, rows, result.modseq);
  forget_messages(context, *mailbox, rows);
  result.expunged.reserve(rows.size());
  for (const PlacedRow& row : rows) result.expunged.push_back(row.uid);
  return result;
}

}  // namespace restante::storage
