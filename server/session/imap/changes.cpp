// What happens to the selected mailbox, read from the store and told to the client (RFC 9051 s5.2,
// s7.5.1, RFC 7162 s3.2).
#include "mail/imap/writer.h"
#include "server/session/imap/fetching.h"
#include "server/session/imap/store_values.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::size_t kLargeOutput = 64 * 1024;

struct Snapshot {
  storage::Mailbox mailbox;
  storage::Changes changes;
  std::vector<std::string> keywords;
};

Result<Snapshot> read_snapshot(storage::Reader& reader, MailboxId id, ModSeq since,
                               const std::vector<ModSeq>& told) {
  auto mailbox = reader.mailbox(id);
  if (!mailbox) return std::unexpected(mailbox.error());
  auto changes = reader.changes_since(id, since, told);
  if (!changes) return std::unexpected(changes.error());
  auto keywords = reader.keywords(id);
  if (!keywords) return std::unexpected(keywords.error());
  return Snapshot{std::move(*mailbox), std::move(*changes), std::move(*keywords)};
}

}  // namespace

asio::awaitable<bool> ImapSession::read_changes() {
  bool claimed = view_->read_only() || enabled_.rev2();
  Uid recent_first;
  for (;;) {
    auto task = [id = view_->id(), since = view_->modseq(), told = view_->told_modseqs()](
                    storage::Reader& reader) { return read_snapshot(reader, id, since, told); };
    const auto snapshot = co_await read_store(services_.store, std::move(task));
    if (!snapshot) {
      if (snapshot.error().kind() == ErrorKind::NotFound) {
        const bool exists = co_await check_account();
        if (exists) bye("The selected mailbox was deleted");
      }
      watch_->mark_mailbox_changed();  // not known now: look again at the next command
      co_return !ended_;
    }
    const storage::Mailbox& mailbox = snapshot->mailbox;
    if (!claimed && mailbox.first_recent < mailbox.uid_next) {
      // Who waits in IDLE hears of new messages before the claim is on disk.
      const bool early = watch_->waiting() && contexts_.empty() && !notify_;
      if (early) {
        view_->apply(snapshot->changes, snapshot->keywords);
        const bool told = co_await tell_changes(Expunges::Permitted);
        if (!told) co_return false;
        const bool flushed = co_await flush();
        if (!flushed) co_return false;
      }
      // Claim first, then look again: what came meanwhile belongs to the next look.
      const auto first = co_await claim_recent(services_.store, view_->id());
      claimed = true;
      if (first) recent_first = *first;
      if (first || early) continue;
    }
    view_->apply(snapshot->changes, snapshot->keywords);
    if (enabled_.rev2()) co_return true;
    const Uid recent_end = view_->read_only() ? mailbox.uid_next : mailbox.first_recent;
    if (view_->read_only()) recent_first = mailbox.first_recent;
    if (recent_first && recent_end > recent_first) {
      view_->add_recent(recent_first, Uid(recent_end.value() - 1));
    }
    co_return true;
  }
}

asio::awaitable<bool> ImapSession::sync(Expunges expunges) {
  if (ended_) co_return false;
  const bool annotations_told = co_await tell_annotations();
  if (!annotations_told) co_return false;
  const bool may_read = co_await check_rights();
  if (!may_read) co_return false;
  if (!view_) co_return true;
  const imap::NotifyGroup* wanted = notify_ ? notify_->selected() : nullptr;
  if (notify_ && wanted == nullptr && !changes_messages_) co_return true;
  const Uid last_told = view_->last_uid();
  if (watch_->take_mailbox_changed()) {
    const bool there = co_await read_changes();
    if (!there) co_return false;
  }
  if (wanted != nullptr && !wanted->has(imap::NotifyEvent::FlagChange)) view_->forget_changed();
  if (!contexts_.empty()) {
    const bool updated = co_await update_contexts();
    if (!updated) co_return false;
  }
  const bool told = co_await tell_changes(expunges);
  if (!told) co_return false;
  if (last_told < view_->last_uid()) co_await tell_new_messages(last_told);
  co_return co_await flush_if_large();
}

// A message that changes again while this is told is left to the next look: no modseq goes out that
// other changes belong to which have not been told.
asio::awaitable<bool> ImapSession::tell_changes(Expunges expunges) {
  Telling telling;
  telling.expunges = expunges == Expunges::Permitted;
  telling.vanished = enabled_.vanished();
  while (!view_->announce(out_, telling, kLargeOutput)) {
    const bool flushed = co_await flush_if_large();
    if (!flushed) co_return false;
  }
  const auto changed = view_->take_changed();
  bool told = true;
  if (!changed.empty()) {
    FetchOptions options;
    options.up_to = view_->modseq();
    const auto answer = co_await send_messages(*this, items_told(true, true, enabled_.condstore()),
                                               changed, options);
    if (ended_) co_return false;
    told = !answer->error();
    if (!told) {
      view_->mark_changed(view_->uids_of(changed));
      watch_->mark_mailbox_changed();
    }
  }
  if (!contexts_.empty()) co_await tell_contexts();
  if (told) view_->mark_told();
  if (enabled_.condstore() && view_->told_modseq() < view_->modseq()) {
    tell_modseq("There are changes still to be told");
  }
  co_return co_await flush_if_large();
}

void ImapSession::tell_modseq(std::string_view text) {
  imap::append_status(out_, "", imap::Condition::Ok,
                      imap::code_highest_modseq(view_->told_modseq().value()), text);
}

}  // namespace restante::session
