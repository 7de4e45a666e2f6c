// IDLE (RFC 2177): changes are told as they happen; no buffer is held meanwhile.
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"

namespace restante::session {
namespace {

bool is_done(std::string_view line) {
  return line.size() == 4 && (line[0] | 0x20) == 'd' && (line[1] | 0x20) == 'o' &&
         (line[2] | 0x20) == 'n' && (line[3] | 0x20) == 'e';
}

// The line that ends IDLE; nullopt: the session ended or the line was refused and answered.
asio::awaitable<std::optional<std::string>> wait_for_line(ImapSession& session, std::string tag) {
  for (;;) {
    imap::ParserEvent event = session.parser().next();
    if (const auto* line = std::get_if<imap::Line>(&event)) co_return std::string(line->text);
    if (const auto* error = std::get_if<imap::CommandError>(&event)) {
      session.bad(tag, error->text);
      if (error->fatal) session.bye("Cannot go on after this line");
      co_return std::nullopt;
    }
    const bool told = co_await session.tell_events(Expunges::Permitted);
    if (!told) co_return std::nullopt;
    const bool flushed = co_await session.flush();
    if (!flushed) co_return std::nullopt;
    const auto reason = co_await session.wait();
    if (!reason) co_return std::nullopt;
    const bool input = *reason == net::WakeReason::Input;
    bool going_on = true;
    if (input) going_on = co_await session.read_input();
    if (!input) going_on = co_await session.check_account();
    if (!going_on) co_return std::nullopt;
  }
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Idle&) {
  session.parser().expect_line();
  imap::append_continuation(session.out(), "idling");
  session.watch().set_waiting(true);
  const auto line = co_await wait_for_line(session, command.tag);
  session.watch().set_waiting(false);
  if (!line) co_return;
  if (!is_done(*line)) co_return session.bad(command.tag, "IDLE ends with DONE");
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
