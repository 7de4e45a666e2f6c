// STORE and UID STORE (RFC 9051 s6.4.6).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/fetching.h"
#include "server/session/imap/store_values.h"
#include "server/session/store_access.h"

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
  for (const Uid uid : ascending) {
    if (!set.empty() && set.back().last.value() + 1 == uid.value()) {
      set.back().last = uid;
    } else {
      set.push_back(storage::UidRange{uid, uid});
    }
  }
  return set;
}

// Those of the set that are not among the ascending uids.
storage::UidSet without(const storage::UidSet& set, const std::vector<Uid>& excluded) {
  storage::UidSet left;
  std::size_t next = 0;
  for (storage::UidRange range : set) {
    while (next < excluded.size() && excluded[next] < range.first) ++next;
    while (next < excluded.size() && excluded[next] <= range.last) {
      const Uid uid = excluded[next++];
      if (range.first < uid) left.push_back(storage::UidRange{range.first, Uid(uid.value() - 1)});
      range.first = Uid(uid.value() + 1);
    }
    if (range.first <= range.last) left.push_back(range);
  }
  return left;
}

// Changes flags the client knows silently; where another session changed a message meanwhile, its
// flags are told all the same (RFC 9051 s6.4.6).
asio::awaitable<Result<void>> store_silently(ImapSession& session, storage::StoreFlags change) {
  MailboxView& view = *session.view();
  storage::StoreFlags first = change;
  first.unchanged_since = view.modseq();
  const auto changed = co_await store_flags(session.store(), std::move(first));
  if (!changed) co_return std::unexpected(changed.error());
  view.told(changed->modseq, without(change.uids, changed->failed_unchanged_since));
  if (changed->failed_unchanged_since.empty()) co_return Result<void>();
  change.uids = set_of(changed->failed_unchanged_since);
  const auto rest = co_await store_flags(session.store(), std::move(change));
  if (!rest) co_return std::unexpected(rest.error());
  co_return Result<void>();
}

bool may_change_all(storage::Rights rights, const imap::FlagList& flags) {
  const bool keywords = flags.keywords.empty() || rights.has_all(storage::Right::Write);
  return keywords && (flags.system & ~storage::changeable_flags(rights)) == 0;
}

std::vector<imap::FetchItem> items_told(bool uid) {
  std::vector<imap::FetchItem> items(uid ? 2 : 1);
  if (uid) items.front().kind = imap::FetchItem::Kind::Uid;
  items.back().kind = imap::FetchItem::Kind::Flags;
  return items;
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
  const Expunges expunges = body.uid ? Expunges::Permitted : Expunges::Withheld;
  const auto positions = view.positions(body.set, body.uid);
  if (positions.empty()) co_return co_await session.complete(command, expunges);
  const storage::UidSet uids = view.uids_of(positions);
  storage::StoreFlags change(view.id(), uids, change_of(body.mode), flags_of(body.flags));
  change.actor = session.account_id();
  // Who may not change all the flags must see what became of them.
  if (body.silent && may_change_all(session.rights(), body.flags)) {
    const auto stored = co_await store_silently(session, std::move(change));
    if (!stored) co_return session.refuse(command.tag, stored.error());
    co_return co_await session.complete(command, expunges);
  }
  const auto stored = co_await store_flags(session.store(), std::move(change));
  if (!stored) co_return session.refuse(command.tag, stored.error());
  view.told(stored->modseq, uids);
  if (body.mode != imap::StoreMode::Remove && session.rights().has_all(storage::Right::Write) &&
      view.learn_keywords(body.flags.keywords)) {
    imap::append_flags(session.out(), view.keywords());
    view.mark_keywords_announced();
  }
  const auto answer =
      co_await send_messages(session, items_told(body.uid), positions, std::nullopt);
  if (session.ended()) co_return;
  co_await finish_messages(session, command, *answer, expunges);
}

}  // namespace restante::session
