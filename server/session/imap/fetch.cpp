// FETCH and UID FETCH (RFC 9051 s6.4.5, s6.4.9).
#include <algorithm>
#include <memory>

#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/fetch_producer.h"
#include "server/session/imap/fetching.h"
#include "server/session/imap/store_values.h"
#include "server/session/log.h"
#include "server/session/started_read.h"
#include "server/session/store_access.h"
#include "storage/uid_set.h"

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
    std::vector<imap::SequenceRange> positions, FetchOptions options) {
  options.uid_only = session.enabled().uid_only();
  auto producer = std::make_shared<FetchProducer>(*session.view(), std::move(items),
                                                  std::move(positions), options);
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
  // Whoever has seen a modseq must be told all that it came with, before the command ends.
  if (!session.ended() && producer->highest_modseq() > session.view()->modseq())
    session.watch().mark_mailbox_changed();
  co_return producer;
}

namespace {

// Those of the set that were expunged earlier. What the client still has in its view is told at the
// end of the command, which moves its sequence numbers (RFC 7162 s3.2.6, s3.2.10).
void tell_vanished(ImapSession& session, const imap::SequenceSet& set,
                   const storage::UidSet& expunged, Uid uid_next) {
  const MailboxView& view = *session.view();
  imap::SequenceSet named = set;
  if (set.has_saved()) named = set.with_saved(view.saved_result());
  // `*` is the last uid that was in use: it may be gone, too.
  const storage::UidSet asked = uid_set(named.resolve(uid_next.value() - 1));
  const storage::UidSet gone = storage::without(expunged, view.uids().ranges());
  imap::append_vanished(session.out(), sequence_ranges(storage::intersected(gone, asked)),
                        imap::Vanished::Earlier);
}

}  // namespace

std::vector<imap::FetchItem> items_told(bool uid, bool flags, bool modseq) {
  using Kind = imap::FetchItem::Kind;
  std::vector<imap::FetchItem> items;
  auto add = [&items](Kind kind) { items.emplace_back().kind = kind; };
  if (uid) add(Kind::Uid);
  if (flags) add(Kind::Flags);
  if (modseq) add(Kind::ModSeq);
  return items;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Fetch& body) {
  MailboxView& view = *session.view();
  if (!body.uid && body.set.exceeds(view.size())) {
    co_return session.bad(command.tag, "No such message");
  }
  if (body.vanished && !session.enabled().has(Extension::QResync)) {
    co_return session.bad(command.tag, "VANISHED needs ENABLE QRESYNC");
  }
  const bool names_modseq = std::ranges::find(body.items, imap::FetchItem::Kind::ModSeq,
                                              &imap::FetchItem::kind) != body.items.end();
  if (names_modseq) session.enable(Extension::CondStore);
  auto positions = view.positions(body.set, body.uid);
  if (body.changed_since) {
    auto read = [id = view.id(), since = ModSeq(*body.changed_since)](storage::Reader& reader) {
      return reader.changes_since(id, since);
    };
    const auto changes = co_await read_store(session.store(), std::move(read));
    if (!changes) co_return session.refuse(command.tag, changes.error());
    if (body.vanished) tell_vanished(session, body.set, changes->expunged, changes->uid_next);
    const storage::UidSet asked = view.uids_of(positions);
    positions = view.positions(storage::intersected(asked, changes->changed));
  }
  if (body.partial) positions = imap::part_of(positions, *body.partial);
  FetchOptions options;
  options.condstore = session.enabled().condstore();
  if (body.changed_since) options.above = ModSeq(*body.changed_since);
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
    if (changed && changed->changed) {
      options.seen_at = changed->modseq;
      view.told(changed->modseq);
    }
  }
  const auto answer = co_await send_messages(session, body.items, positions, options);
  if (session.ended()) co_return;
  const Expunges expunges = body.uid ? Expunges::Permitted : Expunges::Withheld;
  co_await finish_messages(session, command, *answer, expunges);
}

Executing finish_messages(ImapSession& session, const imap::Command& command,
                          const FetchProducer& answer, Expunges expunges, std::string code) {
  if (!answer.error() && !answer.unknown_encoding() &&
      (!answer.missing() || expunges == Expunges::Permitted)) {
    co_return co_await session.complete(command, expunges, code);
  }
  const bool going_on = co_await session.sync(expunges);
  if (!going_on) co_return;
  if (answer.error()) co_return session.refuse(command.tag, *answer.error());
  if (answer.unknown_encoding()) {
    co_return session.refuse(command.tag, "UNKNOWN-CTE", "A part has an encoding not known here");
  }
  if (code.empty()) code = "EXPUNGEISSUED";
  session.refuse(command.tag, code, "Some of the messages exist no more");
}

}  // namespace restante::session
