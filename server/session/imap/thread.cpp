// THREAD and UID THREAD (RFC 5256, draft-ietf-morg-inthread-01 s4).
#include <memory>

#include "mail/imap/thread.h"
#include "mail/imap/writer.h"
#include "server/async_bridge.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/digest_scanner.h"
#include "server/session/imap/searching.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

// What is read on reader threads and then threaded on a worker.
struct Threading {
  Threading(const MailboxView& view, const std::vector<std::uint32_t>& found,
            const imap::Thread& body)
      : threader(body.algorithm),
        scanner(
            view, found, true,
            [this, uid = body.search.uid](std::uint32_t number, const storage::PlacementRow& row,
                                          const message::Digest* digest) {
              threader.add(uid ? row.uid.value() : number, row.internal_date, *digest);
            }) {}
  Threading(const Threading&) = delete;
  Threading& operator=(const Threading&) = delete;

  imap::Threader threader;
  DigestScanner scanner;
};

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Thread& body) {
  const MailboxView& view = *session.view();
  if (imap::uses_modseq(body.search.program)) session.enable(Extension::CondStore);
  const auto found = co_await find_messages(session, view, body.search.program);
  if (!found) co_return session.refuse(command.tag, found.error());
  auto threading = std::make_shared<Threading>(view, *found, body);
  while (!threading->scanner.done()) {
    auto task = [threading](storage::Reader& reader) -> Result<bool> {
      threading->scanner.scan(reader);
      return true;
    };
    const auto scanned = co_await read_store(session.store(), std::move(task));
    if (!scanned) co_return session.refuse(command.tag, scanned.error());
  }
  if (threading->scanner.error())
    co_return session.refuse(command.tag, *threading->scanner.error());
  auto work = [threading] {
    std::string response;
    threading->threader.write(response);
    return response;
  };
  const std::string response = co_await run_on(session.services().workers, std::move(work));
  session.out() += response;
  co_await session.complete(command, expunges_after(body.search));
}

}  // namespace restante::session
