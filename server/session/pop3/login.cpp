// The AUTHORIZATION state: STLS, USER, PASS and AUTH (RFC 1939 s4, s7, RFC 2595 s4, RFC 5034).
#include "server/session/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "mail/smtp/base64.h"
#include "server/session/log.h"
#include "server/session/pop3_session.h"

namespace restante::session {
namespace {

using Reason = auth::Failure::Reason;

constexpr unsigned kFailedLogins = 5;
constexpr std::string_view kPasswordsUnderTls = "Passwords are accepted under TLS only";

}  // namespace

asio::awaitable<void> Pop3Session::start_tls() {
  if (!connection_->can_start_tls()) co_return refuse(pop3::Code::None, "TLS is not possible here");
  if (utf8_) co_return refuse(pop3::Code::None, "STLS comes before UTF8");  // RFC 6856 s2.1
  pop3::append_ok(out_, "Begin TLS");
  const bool flushed = co_await flush();
  if (!flushed) co_return;
  // Drops what came in clear text behind STLS.
  const auto started = co_await connection_->start_tls();
  if (started) co_return;
  services_.log.write(LogLevel::Info, connection_->session_id(), "TLS handshake failed",
                      {{"peer", connection_->peer().address}});
  end("TLS");
}

// The same answer whether there is such a user or not (CWE-204).
void Pop3Session::user(std::string name) {
  if (!plaintext_allowed(*connection_, services_.settings)) {
    return refuse(pop3::Code::None, kPasswordsUnderTls);
  }
  user_ = std::move(name);
  pop3::append_ok(out_, "Send PASS");
}

asio::awaitable<void> Pop3Session::password(std::string password) {
  if (!plaintext_allowed(*connection_, services_.settings)) {
    co_return refuse(pop3::Code::None, kPasswordsUnderTls);
  }
  if (user_.empty()) {
    refuse(pop3::Code::None, "USER comes before PASS");
    co_return count_bad();
  }
  std::string name = std::exchange(user_, std::string());
  auth::Step step = co_await services_.authenticator.check_password(
      std::move(name), std::move(password), channel_facts(*connection_));
  co_await finish_login(std::move(step), "PASS");
}

asio::awaitable<void> Pop3Session::authenticate(pop3::Command command) {
  const std::vector<std::string> offered = mechanisms(*connection_, services_);
  if (std::ranges::find(offered, command.text) == offered.end()) {
    co_return refuse(pop3::Code::None, "This mechanism is not offered here");
  }
  std::optional<std::string> input;
  if (command.initial_response) {
    input = smtp::decode_base64(*command.initial_response);
    if (!input) co_return refuse(pop3::Code::None, "The initial response is not base64");
  }
  auto exchange = services_.authenticator.start(command.text, channel_facts(*connection_));
  if (!exchange) co_return login_failed(Reason::Unavailable, command.text);
  AskClient ask = [this](std::string octets) { return challenge(std::move(octets)); };
  auto step = co_await play_exchange(**exchange, std::move(input), std::move(ask));
  if (step) co_await finish_login(std::move(*step), std::move(command.text));
}

asio::awaitable<std::optional<std::string>> Pop3Session::challenge(std::string octets) {
  std::string text;
  smtp::append_base64(text, octets);
  pop3::append_challenge(out_, text);
  const bool flushed = co_await flush();
  if (!flushed) co_return std::nullopt;
  const auto line = co_await connection_->read_line(pop3::kLineOctets);
  if (!line) {
    end_after(line.error());
    co_return std::nullopt;
  }
  auto answer = smtp::decode_base64(*line);
  if (!answer) {
    refuse(pop3::Code::None, *line == "*" ? "Cancelled" : "The response is not base64");
    count_bad();
  }
  co_return answer;
}

asio::awaitable<void> Pop3Session::finish_login(auth::Step step, std::string mechanism) {
  if (auto* success = std::get_if<auth::Success>(&step)) {
    co_return co_await log_in(std::move(success->account), std::move(mechanism));
  }
  const auto* failure = std::get_if<auth::Failure>(&step);
  login_failed(failure != nullptr ? failure->reason : Reason::Malformed, mechanism);
}

// Only one session has the maildrop; what it finds there now is what it has to its end.
asio::awaitable<void> Pop3Session::log_in(storage::Account account, std::string mechanism) {
  MaildropLock lock = services_.maildrops->take(account.id);
  if (!lock) {
    log_failed_login(*connection_, services_, mechanism, "in use");
    co_return refuse(pop3::Code::InUse, "Another session has this maildrop open");
  }
  auto opened = co_await open_maildrop(services_.store, account.id);
  if (!opened) {
    services_.log.write(LogLevel::Error, connection_->session_id(), "maildrop cannot be read",
                        {{"user", account.address}, {"reason", opened.error().message()}});
    co_return refuse(pop3::Code::SysTemp, "The maildrop cannot be read now");
  }
  lock_ = std::move(lock);
  maildrop_.emplace(std::move(*opened));
  log_login(*connection_, services_, account.address, mechanism);
  pop3::append_ok(out_,
                  fmt::format("{} messages ({} octets)", maildrop_->count(), maildrop_->octets()));
}

void Pop3Session::login_failed(Reason reason, std::string_view mechanism) {
  switch (reason) {
    case Reason::Credentials:
      refuse(pop3::Code::Auth, "Wrong user name or password");
      break;
    case Reason::Malformed:
      refuse(pop3::Code::None, "Malformed authentication exchange");
      break;
    case Reason::Throttled:
      refuse(pop3::Code::SysTemp, "Too many failed logins, try again later");
      break;
    case Reason::Unavailable:
      refuse(pop3::Code::SysTemp, "Logging in is not possible now, try again later");
      break;
  }
  log_failed_login(*connection_, services_, mechanism, name_of(reason));
  if (++failed_logins_ >= kFailedLogins) end("failed logins");
}

}  // namespace restante::session
