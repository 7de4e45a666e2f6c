// STARTTLS, LOGIN, AUTHENTICATE and UNAUTHENTICATE (RFC 9051 s6.2, RFC 4959, RFC 8437).
#include <algorithm>

#include "mail/imap/writer.h"
#include "mail/smtp/base64.h"
#include "server/session/imap/commands.h"
#include "server/session/log.h"
#include "server/session/login.h"

namespace restante::session {
namespace {

using Reason = auth::Failure::Reason;

void answer_failure(ImapSession& session, const imap::Command& command, std::string_view mechanism,
                    Reason reason) {
  switch (reason) {
    case Reason::Credentials:
      session.refuse(command.tag, "AUTHENTICATIONFAILED", "Wrong user name or password");
      break;
    case Reason::Malformed:
      session.bad(command.tag, "Malformed authentication exchange");
      break;
    case Reason::Throttled:
      session.refuse(command.tag, "UNAVAILABLE", "Too many failed logins, try again later");
      break;
    case Reason::Unavailable:
      session.refuse(command.tag, "UNAVAILABLE", "Logging in is not possible now, try again later");
      break;
  }
  session.login_failed(mechanism, name_of(reason));
}

void answer_success(ImapSession& session, const imap::Command& command, std::string_view mechanism,
                    storage::Account account) {
  session.log_in(std::move(account), mechanism);
  imap::append_completed(session.out(), command, session.capability_code());
}

// One line of the client's in an exchange; nullopt: it ended otherwise, and has been answered.
asio::awaitable<std::optional<std::string>> read_response(ImapSession& session, std::string tag) {
  session.parser().expect_line();
  for (;;) {
    imap::ParserEvent event = session.parser().next();
    if (const auto* line = std::get_if<imap::Line>(&event)) {
      if (line->text != "*") co_return std::string(line->text);
      session.bad(tag, "Authentication cancelled");
      co_return std::nullopt;
    }
    if (const auto* error = std::get_if<imap::CommandError>(&event)) {
      session.bad(tag, error->text);
      if (error->fatal) session.bye("Cannot go on after this line");
      co_return std::nullopt;
    }
    const bool filled = co_await session.fill();
    if (!filled) co_return std::nullopt;
  }
}

// Sends a challenge and reads the decoded answer; nullopt as above.
asio::awaitable<std::optional<std::string>> challenge(ImapSession& session,
                                                      const imap::Command& command,
                                                      std::string octets) {
  std::string text;
  smtp::append_base64(text, octets);
  imap::append_continuation(session.out(), text);
  const auto response = co_await read_response(session, command.tag);
  if (!response) co_return std::nullopt;
  auto decoded = smtp::decode_base64(*response);
  if (!decoded) session.bad(command.tag, "The response is not base64");
  co_return decoded;
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::StartTls&) {
  if (!session.connection().can_start_tls()) {
    session.bad(command.tag, "TLS is not available here");
    co_return;
  }
  imap::append_status(session.out(), command.tag, imap::Condition::Ok, "", "Begin TLS");
  const bool flushed = co_await session.flush();
  if (!flushed) co_return;
  // Nothing that came in clear text may be read as if it had come under TLS (RFC 9051 s6.2.1).
  session.parser().discard_input();
  const auto started = co_await session.connection().start_tls();
  if (started) co_return;
  session.services().log.write(LogLevel::Info, session.connection().session_id(),
                               "TLS handshake failed",
                               {{"peer", session.connection().peer().address}});
  session.abandon("TLS");
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Login& body) {
  if (!plaintext_allowed(session.connection(), session.services().settings)) {
    session.refuse(command.tag, "PRIVACYREQUIRED", "Passwords are accepted under TLS only");
    co_return;
  }
  const auth::ChannelFacts facts = channel_facts(session.connection());
  auth::Step step =
      co_await session.services().authenticator.check_password(body.user, body.password, facts);
  if (auto* success = std::get_if<auth::Success>(&step)) {
    answer_success(session, command, "LOGIN command", std::move(success->account));
    co_return;
  }
  const auto* failure = std::get_if<auth::Failure>(&step);
  answer_failure(session, command, "LOGIN command",
                 failure != nullptr ? failure->reason : Reason::Malformed);
}

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::Authenticate& body) {
  const std::vector<std::string> offered = mechanisms(session.connection(), session.services());
  if (std::ranges::find(offered, body.mechanism) == offered.end()) {
    session.refuse(command.tag, "CANNOT", "This mechanism is not offered here");
    co_return;
  }
  const auth::ChannelFacts facts = channel_facts(session.connection());
  auto exchange = session.services().authenticator.start(body.mechanism, facts);
  if (!exchange) co_return answer_failure(session, command, body.mechanism, Reason::Unavailable);
  std::optional<std::string> input;
  if (body.initial_response) {
    input = smtp::decode_base64(*body.initial_response);
    if (!input) co_return session.bad(command.tag, "The response is not base64");
  }
  AskClient ask = [&](std::string octets) {
    return challenge(session, command, std::move(octets));
  };
  auto step = co_await play_exchange(**exchange, std::move(input), std::move(ask));
  if (!step) co_return;
  if (const auto* failure = std::get_if<auth::Failure>(&*step)) {
    co_return answer_failure(session, command, body.mechanism, failure->reason);
  }
  auto& success = std::get<auth::Success>(*step);
  answer_success(session, command, body.mechanism, std::move(success.account));
}

// Everything but TLS is as at the beginning, compression is over behind the answer; no NO is
// possible, for LOGIN may stand behind it already (RFC 8437 s2, s3).
Executing execute(ImapSession& session, const imap::Command& command, const imap::Unauthenticate&) {
  session.log_out();
  imap::append_completed(session.out(), command, session.capability_code());
  const bool flushed = co_await session.flush();
  if (flushed) session.connection().stop_compression();
}

}  // namespace restante::session
