// COPY and MOVE, also by uid (RFC 9051 s6.4.7, s6.4.8, RFC 4315, RFC 6851).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

// What is to be copied, and where to.
struct Plan {
  storage::UidSet uids;
  MailboxId target;
};

// nullopt: the command was answered.
asio::awaitable<std::optional<Plan>> plan(ImapSession& session, const imap::Command& command,
                                          bool uid, const imap::SequenceSet& set,
                                          const std::string& mailbox) {
  const MailboxView& view = *session.view();
  if (!uid && set.exceeds(view.size())) {
    session.bad(command.tag, "No such message");
    co_return std::nullopt;
  }
  auto find = [account = session.account_id(), mailbox](storage::Reader& reader) {
    return find_mailbox(reader, account, mailbox, storage::Right::Insert);
  };
  const auto target = co_await read_store(session.store(), std::move(find));
  if (!target) {
    if (target.error().kind() == ErrorKind::NotFound) {
      session.refuse(command.tag, "TRYCREATE", "No such mailbox");
    } else {
      session.refuse(command.tag, target.error());
    }
    co_return std::nullopt;
  }
  Plan made;
  made.uids = view.uids_of(view.positions(set, uid));
  made.target = target->mailbox.id;
  co_return made;
}

std::string code_of(const storage::CopyResult& result) {
  std::vector<imap::UidPair> pairs;
  pairs.reserve(result.copied.size());
  for (const storage::CopiedPair& pair : result.copied) {
    pairs.push_back(imap::UidPair{pair.from.value(), pair.to.value()});
  }
  return imap::code_copy_uid(result.uid_validity.value(), pairs);
}

void note_created(ImapSession& session, MailboxId target, const storage::CopyResult& result) {
  if (result.copied.empty()) return;
  session.created_here(target, result.copied.front().to, result.copied.back().to);
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Copy& body) {
  const auto made = co_await plan(session, command, body.uid, body.set, body.mailbox);
  if (!made) co_return;
  std::string code;
  if (!made->uids.empty()) {
    const auto copied = co_await copy(session.store(), session.view()->id(), made->uids,
                                      made->target, session.account_id());
    if (!copied) co_return session.refuse(command.tag, copied.error());
    code = code_of(*copied);
    note_created(session, made->target, *copied);
  }
  co_await session.complete(command, Expunges::Permitted, code);
}

// COPYUID goes before the EXPUNGE responses, untagged (RFC 6851 s4.3).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Move& body) {
  if (session.view()->read_only()) {
    co_return session.refuse(command.tag, "READ-ONLY", "The mailbox was opened with EXAMINE");
  }
  const auto made = co_await plan(session, command, body.uid, body.set, body.mailbox);
  if (!made) co_return;
  if (!made->uids.empty()) {
    const auto moved = co_await move(session.store(), session.view()->id(), made->uids,
                                     made->target, session.account_id());
    if (!moved) co_return session.refuse(command.tag, moved.error());
    const std::string code = code_of(*moved);
    note_created(session, made->target, *moved);
    if (!code.empty()) {
      imap::append_status(session.out(), "", imap::Condition::Ok, code, "Moved");
    }
  }
  co_await session.complete_expunge(command);
}

}  // namespace restante::session
