// COMPRESS (RFC 4978).
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"

namespace restante::session {

Executing execute(ImapSession& session, const imap::Command& command, const imap::Compress& body) {
  if (body.mechanism != "DEFLATE") {
    co_return session.bad(command.tag, "Unknown compression mechanism");
  }
  if (session.connection().is_compressed()) {
    co_return session.refuse(command.tag, "COMPRESSIONACTIVE", "DEFLATE is active already");
  }
  co_await session.complete(command, Expunges::Permitted);
  const bool flushed = co_await session.flush();
  if (!flushed) co_return;
  // What came behind the command is compressed, as far as the client may send it at all.
  session.connection().unread(session.parser().unused_input().size());
  session.parser().discard_input();
  session.connection().start_compression();
}

}  // namespace restante::session
