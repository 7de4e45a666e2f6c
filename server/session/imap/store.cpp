// STORE and UID STORE (RFC 9051 s6.4.6).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/fetching.h"
#include "server/session/imap/store_values.h"
#include "server/session/store_access.h"
#include "storage/uid_set.h"

namespace restante::session {
namespace {

storage::FlagChange change_of(imap::StoreMode mode) {
  switch (mode) {
    case imap::StoreMode::Replace:
      return storage::FlagChange::Replace;
    case imap::StoreMode::Add:
      return storage::FlagChange::Add;
    case imap::StoreMode::Remove:
      break;
  }
  return storage::FlagChange::Remove;
}

storage::UidSet set_of(const std::vector<Uid>& ascending) {
  storage::UidSet set;
  for (const Uid uid : ascending) storage::append(set, uid);
  return set;
}

// What became of a STORE.
struct Stored {
  storage::UidSet failed;     // UNCHANGEDSINCE forbade it (RFC 7162 s3.1.3)
  std::optional<ModSeq> own;  // of what was changed and nobody else had
};

// Changes flags of messages as the client knows them; where another session changed a message
// meanwhile, its flags are told all the same (RFC 9051 s6.4.6).
asio::awaitable<Result<Stored>> store_knowing(ImapSession& session, storage::StoreFlags change) {
  MailboxView& view = *session.view();
  const std::optional<ModSeq> limit = change.unchanged_since;
  storage::StoreFlags first = change;
  first.unchanged_since = std::min(view.modseq(), limit.value_or(view.modseq()));
  const auto changed = co_await store_flags(session.store(), std::move(first));
  if (!changed) co_return std::unexpected(changed.error());
  Stored stored;
  if (changed->changed) {
    view.told(changed->modseq);
    stored.own = changed->modseq;
  }
  stored.failed = set_of(changed->failed_unchanged_since);
  if (stored.failed.empty() || (limit && *limit <= view.modseq())) co_return stored;
  change.uids = stored.failed;
  const auto rest = co_await store_flags(session.store(), std::move(change));
  if (!rest) co_return std::unexpected(rest.error());
  stored.failed = set_of(rest->failed_unchanged_since);
  co_return stored;
}

bool may_change_all(storage::Rights rights, const imap::FlagList& flags) {
  const bool keywords = flags.keywords.empty() || rights.has_all(storage::Right::Write);
  return keywords && (flags.system & ~storage::changeable_flags(rights)) == 0;
}

// Changes flags and takes it that the answer tells them.
asio::awaitable<Result<Stored>> store_telling(ImapSession& session, storage::StoreFlags change) {
  const auto changed = co_await store_flags(session.store(), std::move(change));
  if (!changed) co_return std::unexpected(changed.error());
  Stored stored;
  if (changed->changed) {
    session.view()->told(changed->modseq);
    stored.own = changed->modseq;
  }
  stored.failed = set_of(changed->failed_unchanged_since);
  co_return stored;
}

// FETCH responses of what was stored and of what was not, then the tagged answer.
Executing answer_store(ImapSession& session, const imap::Command& command, const imap::Store& body,
                       const storage::UidSet& uids, const Stored& stored, bool silent) {
  MailboxView& view = *session.view();
  const bool modseq = session.enabled().condstore();
  const bool uid = body.uid || modseq || session.enabled().rev2();
  const Expunges expunges = body.uid ? Expunges::Permitted : Expunges::Withheld;
  FetchOptions options;
  if (silent && !body.unchanged_since) {
    // Only those whose modseq the client does not know.
    if (!modseq || !stored.own) co_return co_await session.complete(command, expunges);
    options.above = ModSeq(stored.own->value() - 1);
    options.up_to = stored.own;
  }
  const auto done = view.positions(storage::without(uids, stored.failed));
  auto items = items_told(uid, !silent, modseq);
  const auto answer = co_await send_messages(session, std::move(items), done, options);
  if (session.ended()) co_return;
  if (stored.failed.empty()) {
    if (silent) co_return co_await session.complete(command, expunges);
    co_return co_await finish_messages(session, command, *answer, expunges);
  }
  const auto failed = view.positions(stored.failed);
  auto all_items = items_told(true, true, true);
  const FetchOptions all;
  co_await send_messages(session, std::move(all_items), failed, all);
  if (session.ended()) co_return;
  const std::string code = imap::code_modified(body.uid ? sequence_ranges(stored.failed) : failed);
  co_await finish_messages(session, command, *answer, expunges, code);
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Store& body) {
  MailboxView& view = *session.view();
  if (view.read_only()) {
    co_return session.refuse(command.tag, "READ-ONLY", "The mailbox was opened with EXAMINE");
  }
  if (!body.uid && body.set.exceeds(view.size())) {
    co_return session.bad(command.tag, "No such message");
  }
  if (body.unchanged_since) session.enable(Extension::CondStore);
  const Expunges expunges = body.uid ? Expunges::Permitted : Expunges::Withheld;
  const auto positions = view.positions(body.set, body.uid);
  if (positions.empty()) co_return co_await session.complete(command, expunges);
  const storage::UidSet uids = view.uids_of(positions);
  storage::StoreFlags change(view.id(), uids, change_of(body.mode), flags_of(body.flags));
  change.actor = session.account_id();
  // Who may not change all the flags must see what became of them.
  const bool silent = body.silent && may_change_all(session.rights(), body.flags);
  if (body.unchanged_since) change.unchanged_since = ModSeq(*body.unchanged_since);
  Result<Stored> stored = Stored();
  if (silent) {
    stored = co_await store_knowing(session, std::move(change));
  } else {
    stored = co_await store_telling(session, std::move(change));
  }
  if (!stored) co_return session.refuse(command.tag, stored.error());
  if (!silent && body.mode != imap::StoreMode::Remove &&
      session.rights().has_all(storage::Right::Write) && view.learn_keywords(body.flags.keywords)) {
    imap::append_flags(session.out(), view.keywords());
    view.mark_keywords_announced();
  }
  co_await answer_store(session, command, body, uids, *stored, silent);
}

}  // namespace restante::session
