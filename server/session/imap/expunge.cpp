// EXPUNGE and UID EXPUNGE (RFC 9051 s6.4.3, RFC 4315 s2.1).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/store_access.h"

namespace restante::session {

Executing execute(ImapSession& session, const imap::Command& command, const imap::Expunge& body) {
  MailboxView& view = *session.view();
  if (view.read_only()) {
    co_return session.refuse(command.tag, "READ-ONLY", "The mailbox was opened with EXAMINE");
  }
  storage::UidSet uids{storage::UidRange{Uid(1), Uid(0xffffffff)}};
  if (body.uids) uids = view.uids_of(view.positions(*body.uids, true));
  if (!uids.empty()) {
    const auto expunged = co_await expunge(session.store(), view.id(), uids, session.account_id());
    if (!expunged) co_return session.refuse(command.tag, expunged.error());
  }
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
