// SELECT, EXAMINE, CHECK, CLOSE and UNSELECT (RFC 9051 s6.3.2, s6.3.3, s6.4.1, s6.4.2, RFC 3691).
#include <fmt/format.h>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/expunging.h"
#include "server/session/imap/listing.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/imap/sharing.h"
#include "server/session/imap/store_values.h"
#include "server/session/store_access.h"
#include "storage/uid_set.h"

namespace restante::session {
namespace {

constexpr std::size_t kMatches = 10'000;

struct Contents {
  storage::Mailbox mailbox;
  UidSequence uids;
  std::vector<std::string> keywords;
  storage::Changes changes;  // since what the client knows (RFC 7162 s3.2.5)
};

// Whether the client's knowledge is of this mailbox.
bool applies(const imap::Resync& resync, const storage::Mailbox& mailbox) {
  return resync.uid_validity == mailbox.uid_validity.value();
}

Result<Contents> read_contents(storage::Reader& reader, MailboxId id,
                               const std::optional<imap::Resync>& resync) {
  auto mailbox = reader.mailbox(id);
  if (!mailbox) return std::unexpected(mailbox.error());
  auto uids = reader.uids(id);
  if (!uids) return std::unexpected(uids.error());
  auto keywords = reader.keywords(id);
  if (!keywords) return std::unexpected(keywords.error());
  Contents contents{std::move(*mailbox), UidSequence(*uids), std::move(*keywords), {}};
  if (!resync || !applies(*resync, contents.mailbox)) return contents;
  auto changes = reader.changes_since(id, ModSeq(resync->modseq));
  if (!changes) return std::unexpected(changes.error());
  contents.changes = std::move(*changes);
  return contents;
}

// The numbers that ranges hold, in order, count of them at most.
std::vector<std::uint32_t> expand(const std::vector<imap::SequenceRange>& ranges,
                                  std::size_t count) {
  std::vector<std::uint32_t> numbers;
  for (const imap::SequenceRange& range : ranges) {
    for (std::uint32_t number = range.first; number <= range.last; ++number) {
      if (numbers.size() == count) return numbers;
      numbers.push_back(number);
    }
  }
  return numbers;
}

// The last message of which the client knows the right number: it knows of all that was expunged up
// to there (RFC 7162 s3.2.5.2). 0 where there is none.
Uid last_match(const imap::Resync& resync, const MailboxView& view) {
  const auto numbers = expand(resync.match_numbers.resolve(view.size()), kMatches);
  const auto uids = expand(resync.match_uids.resolve(view.last_uid().value()), kMatches);
  for (std::size_t i = std::min(numbers.size(), uids.size()); i-- > 0;) {
    if (view.sequence_number(Uid(uids[i])) == numbers[i]) return Uid(uids[i]);
  }
  return Uid();
}

// VANISHED (EARLIER); the flags that changed are left for the view to tell (RFC 7162 s3.2.5.1).
void resynchronize(std::string& out, const imap::Resync& resync, const Contents& contents,
                   MailboxView& view) {
  if (!applies(resync, contents.mailbox)) return;
  storage::UidSet known{{Uid(1), Uid(0xffffffff)}};
  if (resync.known_uids) known = uid_set(resync.known_uids->resolve(0xffffffff));
  view.mark_changed(view.uids().among(storage::intersected(known, contents.changes.changed)));
  storage::UidSet gone = storage::intersected(known, contents.changes.expunged);
  const Uid match = last_match(resync, view);
  if (match) gone = storage::without(gone, {{Uid(1), match}});
  imap::append_vanished(out, sequence_ranges(gone), imap::Vanished::Earlier);
}

// The sequence number of the first unseen message; 0 where it is not known (the code is optional).
asio::awaitable<std::uint32_t> first_unseen(ImapSession& session, const MailboxView& view,
                                            std::uint32_t unseen) {
  if (unseen == 0) co_return 0;
  auto task = [id = view.id(), unseen](storage::Reader& reader) {
    return reader.first_unseen(id, unseen);
  };
  const auto uid = co_await read_store(session.store(), std::move(task));
  co_return uid ? view.sequence_number(*uid) : 0;
}

void append_ok(std::string& out, std::string_view code, std::string_view text) {
  imap::append_status(out, "", imap::Condition::Ok, code, text);
}

// Finds the mailbox and takes its \Recent messages for a session that may change it and knows them.
asio::awaitable<Result<MailboxAccess>> open_mailbox(ImapSession& session, std::string name,
                                                    bool examine) {
  auto find = [account = session.account_id(), name](storage::Reader& reader) {
    return find_mailbox(reader, account, name, storage::Right::Read);
  };
  auto access = co_await read_store(session.store(), std::move(find));
  if (!access) co_return access;
  // RFC 4314 s5.2: where nothing may be changed the answer is that of EXAMINE.
  const bool read_only = examine || !may_change(access->rights);
  if (read_only || session.enabled().rev2()) co_return access;
  storage::Mailbox& mailbox = access->mailbox;
  if (!(mailbox.first_recent < mailbox.uid_next)) co_return access;
  const auto first = co_await claim_recent(session.store(), mailbox.id);
  if (!first) co_return std::unexpected(first.error());
  mailbox.first_recent = *first;
  co_return access;
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Select& body) {
  if (body.resync && !session.enabled().has(Extension::QResync)) {
    co_return session.bad(command.tag, "QRESYNC needs ENABLE QRESYNC");
  }
  const bool rev2 = session.enabled().rev2();
  if (session.view() != nullptr) {
    session.unselect();
    append_ok(session.out(), "CLOSED", "The previous mailbox is closed");
  }
  if (body.condstore) session.enable(Extension::CondStore);
  const auto access = co_await open_mailbox(session, body.mailbox, body.read_only);
  if (!access) co_return session.refuse(command.tag, access.error());
  const storage::Mailbox* opened = &access->mailbox;
  const bool read_only = body.read_only || !may_change(access->rights);
  session.watch().select(opened->id, opened->account);
  auto read = [id = opened->id, resync = body.resync](storage::Reader& reader) {
    return read_contents(reader, id, resync);
  };
  auto contents = co_await read_store(session.store(), std::move(read));
  if (!contents) {
    session.unselect();
    co_return session.refuse(command.tag, contents.error());
  }
  const storage::Mailbox& mailbox = contents->mailbox;
  MailboxView view(mailbox, contents->keywords, std::move(contents->uids), read_only);
  if (opened->account != session.account_id()) view.set_foreign(opened->account);
  // What came after the claim waits for the next look.
  const Uid recent_end = read_only || opened->first_recent == opened->uid_next
                             ? mailbox.uid_next
                             : mailbox.first_recent;
  if (!rev2 && opened->first_recent < recent_end) {
    view.add_recent(opened->first_recent, Uid(recent_end.value() - 1));
  }
  std::uint32_t unseen = 0;
  if (!rev2 && !session.enabled().uid_only())
    unseen = co_await first_unseen(session, view, mailbox.unseen);

  std::string& out = session.out();
  imap::append_flags(out, contents->keywords);
  imap::append_exists(out, view.size());
  if (!rev2) imap::append_recent(out, view.recent_count());
  if (unseen != 0) append_ok(out, fmt::format("UNSEEN {}", unseen), "First unseen");
  append_ok(out, permanent_flags(view, access->rights),
            read_only ? "No changes are permitted" : "Flags that are kept");
  append_ok(out, imap::code_uid_validity(mailbox.uid_validity.value()), "UIDs are valid");
  append_ok(out, imap::code_uid_next(mailbox.uid_next.value()), "Next UID");
  append_ok(out, imap::code_highest_modseq(mailbox.highest_modseq.value()), "Highest");
  append_ok(out, imap::code_mailbox_id(mailbox.id.value()), "Mailbox");
  view.mark_announced();
  if (body.resync) resynchronize(out, *body.resync, *contents, view);
  session.select(std::move(view), access->rights);
  if (rev2) {
    const bool listed = co_await list_mailbox(session, access->name);
    if (!listed) {
      session.unselect();
      co_return session.refuse(command.tag, "UNAVAILABLE", "The mailbox cannot be read now");
    }
  }
  if (body.resync) {
    const bool told = co_await session.tell_changes(Expunges::Withheld);
    if (!told) co_return;
  }
  imap::append_completed(out, command, read_only ? "READ-ONLY" : "READ-WRITE");
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Check&) {
  co_await session.complete(command, Expunges::Permitted);
}

// No EXPUNGE responses are sent (RFC 9051 s6.4.1).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Close&) {
  const MailboxView* view = session.view();
  // Who may not expunge closes all the same (RFC 4314 s4).
  if (!view->read_only() && session.rights().has_all(storage::Right::Expunge)) {
    std::vector<imap::SequenceRange> positions;
    if (view->size() > 0) positions.push_back(imap::SequenceRange{1, view->size()});
    const auto expunged = co_await expunge_in_steps(session, positions, true);
    if (!expunged && expunged.error().kind() != ErrorKind::NotFound &&
        expunged.error().kind() != ErrorKind::Denied) {
      co_return session.refuse(command.tag, expunged.error());
    }
  }
  session.unselect();
  imap::append_completed(session.out(), command);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Unselect&) {
  session.unselect();
  imap::append_completed(session.out(), command);
  co_return;
}

}  // namespace restante::session
