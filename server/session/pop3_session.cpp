#include "server/session/pop3_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

#include "server/session/log.h"
#include "server/session/login.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kShortestIdle = 10min;  // RFC 1939 s3
constexpr auto kGoodbyeTimeout = 5s;
constexpr std::size_t kLargeOutput = 64 * 1024;
constexpr unsigned kBadCommandsBeforeLogin = 20;

std::string_view name_of(Pop3Door door) {
  static constexpr std::array<std::string_view, 2> kNames{"pop3", "pop3s"};
  return kNames[static_cast<std::size_t>(door)];
}

enum class Permitted { Always, BeforeLogin, LoggedIn };

// RFC 1939 s4-6, RFC 2449 s5, RFC 6856 s2-3.
Permitted permitted(pop3::Verb verb) {
  switch (verb) {
    case pop3::Verb::Capa:
    case pop3::Verb::Quit:
    case pop3::Verb::Lang:
      return Permitted::Always;
    case pop3::Verb::User:
    case pop3::Verb::Pass:
    case pop3::Verb::Auth:
    case pop3::Verb::Stls:
    case pop3::Verb::Utf8:
      return Permitted::BeforeLogin;
    default:
      return Permitted::LoggedIn;
  }
}

}  // namespace

Pop3Session::Pop3Session(std::unique_ptr<net::Connection> connection, Pop3Door door,
                         Services& services)
    : connection_(std::move(connection)), services_(services), door_(door) {
  services_.log.write(LogLevel::Info, connection_->session_id(), "connected",
                      {{"service", name_of(door_)}, {"peer", connection_->peer().address}});
}

asio::awaitable<void> Pop3Session::run() {
  connection_->set_deadline(services_.settings.limits.login_timeout);
  pop3::append_ok(out_, services_.settings.hostname + " is ready");
  try {
    co_await serve();
  } catch (const std::exception& error) {
    services_.log.write(LogLevel::Error, connection_->session_id(), "session failed",
                        {{"error", error.what()}});
    end_reason_ = "failed";
  }
  lock_.release();
  connection_->close();
  const std::string commands = std::to_string(commands_);
  const std::string sent = std::to_string(sent_);
  const std::string removed = std::to_string(removed_);
  services_.log.write(
      LogLevel::Info, connection_->session_id(), "disconnected",
      {{"reason", end_reason_}, {"commands", commands}, {"sent", sent}, {"removed", removed}});
}

asio::awaitable<void> Pop3Session::serve() {
  while (!ended_) {
    // Replies to pipelined commands go out together (RFC 2449 s6.6).
    if (!connection_->has_buffered_input() || out_.size() >= kLargeOutput) {
      const bool flushed = co_await flush();
      if (!flushed) break;
      if (out_.capacity() > kLargeOutput) out_.shrink_to_fit();
    }
    set_deadline();
    const auto line = co_await connection_->read_line(pop3::kLineOctets);
    if (line) {
      co_await handle(*line);
    } else {
      end_after(line.error());
    }
  }
  if (out_.empty()) co_return;
  connection_->set_deadline(kGoodbyeTimeout);
  const auto written = co_await connection_->write(out_);
  if (!written && end_reason_ == "closed") end_reason_ = "broken";
}

// Before login one deadline stands for all of it.
void Pop3Session::set_deadline() {
  if (!logged_in()) return;
  connection_->set_deadline(std::max(services_.settings.limits.idle_timeout, kShortestIdle));
}

asio::awaitable<void> Pop3Session::handle(std::string_view line) {
  ++commands_;
  auto command = pop3::parse_command(line);
  if (!command) {
    refuse(pop3::Code::None, command.error().text);
    count_bad();
    if (command.error().fatal) end("not POP3");
    co_return;
  }
  // PASS follows USER at once or not at all (RFC 1939 s7).
  if (command->verb != pop3::Verb::Pass) user_.clear();
  const Permitted when = permitted(command->verb);
  if (when == Permitted::BeforeLogin && logged_in()) {
    co_return refuse(pop3::Code::None, "Not after login");
  }
  if (when == Permitted::LoggedIn && !logged_in()) {
    refuse(pop3::Code::None, "Log in first");
    co_return count_bad();
  }
  co_await execute(std::move(*command));
}

asio::awaitable<void> Pop3Session::execute(pop3::Command command) {
  switch (command.verb) {
    case pop3::Verb::Capa:
      co_return capabilities();
    case pop3::Verb::Lang:
      co_return language(command.text);
    case pop3::Verb::Quit:
      co_return co_await quit();
    case pop3::Verb::Stls:
      co_return co_await start_tls();
    case pop3::Verb::User:
      co_return user(std::move(command.text));
    case pop3::Verb::Pass:
      co_return co_await password(std::move(command.text));
    case pop3::Verb::Auth:
      co_return co_await authenticate(std::move(command));
    case pop3::Verb::Utf8:
      utf8_ = true;
      co_return pop3::append_ok(out_, "UTF-8 mode");
    case pop3::Verb::Stat:
      co_return status();
    case pop3::Verb::Noop:
      co_return pop3::append_ok(out_, "Nothing done");
    case pop3::Verb::Rset:
      co_return reset();
    case pop3::Verb::Dele:
      co_return mark(command.message);
    case pop3::Verb::List:
      co_return co_await list(command.message, false);
    case pop3::Verb::Uidl:
      co_return co_await list(command.message, true);
    case pop3::Verb::Retr:
    case pop3::Verb::Top:
      break;
  }
  const MaildropMessage* message = find(command.message);
  if (message == nullptr) co_return;
  std::optional<std::uint32_t> body_lines;
  if (command.verb == pop3::Verb::Top) body_lines = command.lines;
  co_await send_message(*message, body_lines);
}

// --- Answers

void Pop3Session::refuse(pop3::Code code, std::string_view text) {
  pop3::append_error(out_, code, text);
}

void Pop3Session::count_bad() {
  if (logged_in() || ended_) return;
  if (++bad_commands_ >= kBadCommandsBeforeLogin) end("bad commands");
}

void Pop3Session::end(std::string_view reason) {
  ended_ = true;
  end_reason_ = reason;
}

void Pop3Session::end_after(net::IoError error) {
  switch (error) {
    case net::IoError::TooLong:
      refuse(pop3::Code::None, "This line is too long");
      return count_bad();
    case net::IoError::Stopped:
      refuse(pop3::Code::SysTemp, "The server is stopping");
      return end("server stop");
    case net::IoError::Deadline:  // without a word and without an update (RFC 1939 s3)
      out_.clear();
      return end("timeout");
    case net::IoError::Closed:
    case net::IoError::Tls:
      break;
  }
  out_.clear();
  end("closed");
}

asio::awaitable<bool> Pop3Session::flush() {
  if (ended_) co_return false;
  if (out_.empty()) co_return true;
  const auto written = co_await connection_->write(out_);
  out_.clear();
  if (!written) end("broken");
  co_return !ended_;
}

// Gives the client its idle time anew, for it takes what we send.
asio::awaitable<bool> Pop3Session::flush_if_large() {
  if (out_.size() < kLargeOutput) co_return !ended_;
  set_deadline();
  co_return co_await flush();
}

void Pop3Session::capabilities() {
  pop3::Capabilities now;
  now.stls = !logged_in() && connection_->can_start_tls();
  now.user = plaintext_allowed(*connection_, services_.settings);
  now.mechanisms = mechanisms(*connection_, services_);
  now.implementation = "restante";
  pop3::append_capabilities(out_, now);
}

void Pop3Session::language(const std::string& range) {
  if (range.empty()) {
    pop3::append_ok(out_, "Languages follow");
    fmt::format_to(std::back_inserter(out_), "{} English\r\n", pop3::kLanguage);
    return pop3::append_end(out_);
  }
  if (!pop3::matches_language(range)) return refuse(pop3::Code::None, "No such language here");
  pop3::append_ok(out_, fmt::format("{} Replies are in English", pop3::kLanguage));
}

// The UPDATE state: +OK only after what was marked is gone for good (RFC 1939 s6).
asio::awaitable<void> Pop3Session::quit() {
  end("quit");
  storage::UidSet marked;
  if (maildrop_) marked = maildrop_->marked();
  if (!marked.empty()) {
    const auto gone = co_await remove_messages(services_.store, maildrop_->mailbox(), marked);
    if (!gone) {
      services_.log.write(LogLevel::Error, connection_->session_id(), "messages were not removed",
                          {{"reason", gone.error().message()}});
      lock_.release();
      co_return refuse(pop3::Code::SysTemp, "Deleted messages were not removed");
    }
    removed_ = gone->expunged.size();
  }
  lock_.release();  // before the client can come back
  pop3::append_ok(out_, "Goodbye");
}

asio::awaitable<void> serve_pop3(std::unique_ptr<net::Connection> connection, Pop3Door door,
                                 Services& services) {
  Pop3Session session(std::move(connection), door, services);
  co_await session.run();
}

}  // namespace restante::session
