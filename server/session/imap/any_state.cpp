// CAPABILITY, NOOP, LOGOUT and ID (RFC 9051 s6.1, RFC 2971).
#include <array>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/log.h"

namespace restante::session {

Executing execute(ImapSession& session, const imap::Command& command, const imap::Capability&) {
  const std::vector<std::string> names = session.capabilities();
  const std::vector<std::string_view> views(names.begin(), names.end());
  imap::append_capability(session.out(), views);
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Noop&) {
  co_await session.complete(command, Expunges::Permitted);
}

// The tagged answer comes behind BYE (RFC 9051 s6.1.3).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Logout&) {
  session.bye("Goodbye");
  imap::append_completed(session.out(), command);
  co_return;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Id& body) {
  for (const auto& [field, value] : body.fields) {
    if (field != "name" || !value) continue;
    session.services().log.write(LogLevel::Debug, session.connection().session_id(), "client",
                                 {{"name", *value}});
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kFields{
      {{"name", "restante"}}};
  imap::append_id(session.out(), kFields);
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
