// FETCH and UID FETCH (RFC 9051 s6.4.5, s6.4.9).
#include <algorithm>
#include <memory>

#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/fetch_producer.h"
#include "server/session/imap/fetching.h"
#include "server/session/log.h"
#include "server/session/started_read.h"
#include "server/session/store_access.h"

namespace restante::session {

namespace {

// What was produced is to be sent; where it ends within a message, the connection cannot go on.
void take_piece(ImapSession& session, FetchProducer& producer) {
  if (session.out().empty()) {
    session.out().swap(producer.out());
  } else {
    session.out() += producer.out();
  }
  producer.out().clear();
  if (!producer.broken()) return;
  session.services().log.write(LogLevel::Warning, session.connection().session_id(),
                               "fetch cut short", {{"reason", producer.error()->message()}});
  session.abandon("fetch cut short");
}

}  // namespace

asio::awaitable<std::shared_ptr<FetchProducer>> send_messages(
    ImapSession& session, std::vector<imap::FetchItem> items,
    std::vector<imap::SequenceRange> positions, std::optional<ModSeq> seen_at) {
  auto producer = std::make_shared<FetchProducer>(*session.view(), std::move(items),
                                                  std::move(positions), seen_at);
  auto task = [producer](storage::Reader& reader) -> Result<bool> {
    producer->produce(reader);
    return true;
  };
  auto first = task;
  auto produced = co_await read_store(session.store(), std::move(first));
  for (;;) {
    if (!produced) producer->fail(produced.error());
    take_piece(session, *producer);
    if (session.ended() || producer->done()) break;
    // The next piece is read while this one is sent.
    auto following = task;
    StartedRead<bool> next(session.connection().executor(), session.store(), std::move(following));
    const bool going_on = co_await session.flush_if_large();
    produced = co_await next.get();
    if (!going_on) break;
  }
  if (!session.ended()) co_await session.flush_if_large();
  co_return producer;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Fetch& body) {
  MailboxView& view = *session.view();
  if (!body.uid && body.set.exceeds(view.size())) {
    co_return session.bad(command.tag, "No such message");
  }
  auto positions = view.positions(body.set, body.uid);
  if (body.partial) positions = imap::part_of(positions, *body.partial);
  std::optional<ModSeq> seen_at;
  const bool sets_seen = std::ranges::any_of(body.items, &imap::FetchItem::sets_seen);
  if (sets_seen && !view.read_only() && session.rights().has_all(storage::Right::KeepSeen) &&
      !positions.empty()) {
    const storage::UidSet uids = view.uids_of(positions);
    storage::Flags seen;
    seen.set(storage::Flag::Seen);
    storage::StoreFlags change(view.id(), uids, storage::FlagChange::Add, seen);
    change.actor = session.account_id();
    const auto changed = co_await store_flags(session.store(), std::move(change));
    // A right that was just taken away: RFC 4314 s4, the messages are read without \Seen.
    const bool denied = !changed && changed.error().kind() == ErrorKind::Denied;
    if (!changed && !denied) co_return session.refuse(command.tag, changed.error());
    if (changed && changed->modseq > view.modseq()) {  // else all were seen already
      seen_at = changed->modseq;
      view.told(*seen_at, uids);
    }
  }
  const auto answer = co_await send_messages(session, body.items, positions, seen_at);
  if (session.ended()) co_return;
  const Expunges expunges = body.uid ? Expunges::Permitted : Expunges::Withheld;
  co_await finish_messages(session, command, *answer, expunges);
}

Executing finish_messages(ImapSession& session, const imap::Command& command,
                          const FetchProducer& answer, Expunges expunges) {
  if (!answer.error() && !answer.unknown_encoding() &&
      (!answer.missing() || expunges == Expunges::Permitted)) {
    co_return co_await session.complete(command, expunges);
  }
  const bool going_on = co_await session.sync(expunges);
  if (!going_on) co_return;
  if (answer.error()) co_return session.refuse(command.tag, *answer.error());
  if (answer.unknown_encoding()) {
    co_return session.refuse(command.tag, "UNKNOWN-CTE", "A part has an encoding not known here");
  }
  session.refuse(command.tag, "EXPUNGEISSUED", "Some of the messages exist no more");
}

}  // namespace restante::session
