// EXPUNGE and UID EXPUNGE (RFC 9051 s6.4.3, RFC 4315 s2.1).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/expunging.h"
#include "server/session/imap/position_batches.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::uint32_t kStepMessages = 4000;  // some tens of milliseconds of the writer

}  // namespace

asio::awaitable<Result<void>> expunge_in_steps(ImapSession& session,
                                               std::vector<imap::SequenceRange> positions,
                                               bool later_ones) {
  const MailboxView& view = *session.view();
  PositionBatches left(std::move(positions));
  for (;;) {
    const PositionBatches::Batch step = left.take(kStepMessages);
    const bool last = step.count < kStepMessages;
    storage::UidSet uids = view.uids_of(step.positions);
    if (last && later_ones) {
      uids.push_back(storage::UidRange{Uid(view.last_uid().value() + 1), Uid(0xffffffff)});
    }
    if (!uids.empty()) {
      const auto gone = co_await expunge(session.store(), view.id(), uids, session.account_id());
      if (!gone) co_return std::unexpected(gone.error());
    }
    if (last) co_return Result<void>();
  }
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Expunge& body) {
  MailboxView& view = *session.view();
  if (view.read_only()) {
    co_return session.refuse(command.tag, "READ-ONLY", "The mailbox was opened with EXAMINE");
  }
  if (!session.rights().has_all(storage::Right::Expunge)) {
    co_return session.refuse(command.tag, "NOPERM", "You have no right to expunge here");
  }
  std::vector<imap::SequenceRange> positions;
  if (body.uids) {
    positions = view.positions(*body.uids, true);
  } else if (view.size() > 0) {
    positions.push_back(imap::SequenceRange{1, view.size()});
  }
  const auto expunged = co_await expunge_in_steps(session, positions, !body.uids);
  if (!expunged) co_return session.refuse(command.tag, expunged.error());
  co_await session.complete_expunge(command);
}

}  // namespace restante::session
