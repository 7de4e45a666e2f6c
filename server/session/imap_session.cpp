#include "server/session/imap_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <type_traits>

#include "mail/imap/sharing_writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/sharing.h"
#include "server/session/log.h"
#include "server/session/login.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kGoodbyeTimeout = 5s;
constexpr std::size_t kReadOctets = 64 * 1024;
constexpr std::size_t kLargeOutput = 64 * 1024;
constexpr unsigned kBadCommandsBeforeLogin = 20;
constexpr unsigned kFailedLogins = 5;
constexpr std::uint64_t kSwallowedBeforeLogin = 64 * 1024;

std::string_view name_of(ImapDoor door) {
  static constexpr std::array<std::string_view, 3> kNames{"imap", "imaps", "local"};
  return kNames[static_cast<std::size_t>(door)];
}

// In which states a command is permitted (RFC 9051 s3, s6).
enum class Permitted { Always, BeforeLogin, LoggedIn, Selected };

template <class Body>
constexpr Permitted permitted() {
  constexpr auto is_one_of = []<class... Types>(std::tuple<Types...>*) {
    return (std::is_same_v<Body, Types> || ...);
  };
  using Always = std::tuple<imap::Capability, imap::Noop, imap::Logout, imap::Id>;
  using BeforeLogin = std::tuple<imap::StartTls, imap::Authenticate, imap::Login>;
  using Selected = std::tuple<imap::Check, imap::Close, imap::Unselect, imap::Expunge, imap::Search,
                              imap::CancelUpdate, imap::Sort, imap::Thread, imap::Fetch,
                              imap::Store, imap::Copy, imap::Move>;
  if (is_one_of(static_cast<Always*>(nullptr))) return Permitted::Always;
  if (is_one_of(static_cast<BeforeLogin*>(nullptr))) return Permitted::BeforeLogin;
  if (is_one_of(static_cast<Selected*>(nullptr))) return Permitted::Selected;
  return Permitted::LoggedIn;
}

imap::ParserLimits parser_limits(bool logged_in) {
  imap::ParserLimits limits;
  if (!logged_in) {  // LITERAL-
    limits.swallowed_octets = kSwallowedBeforeLogin;
    return limits;
  }
  limits.non_sync_octets = std::numeric_limits<std::uint64_t>::max();  // LITERAL+
  limits.literal_octets = imap::kLiteralOctetsAfterLogin;
  return limits;
}

}  // namespace

ImapSession::ImapSession(std::unique_ptr<net::Connection> connection, ImapDoor door,
                         std::optional<storage::Account> account, Services& services)
    : connection_(std::move(connection)),
      services_(services),
      door_(door),
      parser_(parser_limits(false)) {
  services_.log.write(LogLevel::Info, connection_->session_id(), "connected",
                      {{"service", name_of(door)},
                       {"peer", connection_->peer().address},
                       {"user", account ? account->address : std::string()}});
  // PREAUTH is for the local socket only, whatever a caller hands in.
  if (account && door == ImapDoor::LocalImap) log_in(std::move(*account), "local");
}

// --- Login and capabilities

std::string ImapSession::capability_code() const {
  const std::vector<std::string> names = capabilities();
  const std::vector<std::string_view> views(names.begin(), names.end());
  return imap::code_capability(views);
}

void ImapSession::log_in(storage::Account account, std::string_view mechanism) {
  account_ = std::move(account);
  account_->credential = {};  // of no use any more, and every idle session would keep it
  parser_.set_limits(parser_limits(true));
  watch_ = std::make_unique<ChangeWatch>(services_.store, account_->id, *connection_);
  log_login(*connection_, services_, account_->address, mechanism);
}

void ImapSession::log_out() {
  services_.log.write(LogLevel::Info, connection_->session_id(), "logged out",
                      {{"user", account_->address}});
  unselect();
  notify_.reset();
  watch_.reset();
  account_.reset();
  enabled_ = Enabled();
  parser_.set_utf8(false);
  parser_.set_limits(parser_limits(false));
  connection_->set_deadline(services_.settings.limits.login_timeout);
}

void ImapSession::enable(Extension extension) {
  const bool knew_modseqs = enabled_.condstore();
  enabled_.add(extension);
  // RFC 7162 s3.1: the first command that enables it while a mailbox is selected.
  if (enabled_.condstore() && !knew_modseqs && view_) tell_modseq("Mod-sequences from here on");
  if (enabled_.rev2() && view_) view_->forget_recent();
  if (enabled_.has(Extension::Metadata)) watch_->collect_annotations();
  parser_.set_utf8(enabled_.utf8());
}

void ImapSession::login_failed(std::string_view mechanism, std::string_view reason) {
  log_failed_login(*connection_, services_, mechanism, reason);
  if (++failed_logins_ >= kFailedLogins) bye("Too many failed logins");
}

void ImapSession::greet() {
  const auto condition = logged_in() ? imap::Condition::PreAuth : imap::Condition::Ok;
  const std::string text =
      logged_in() ? fmt::format("{} welcomes {}", services_.settings.hostname, account_->address)
                  : services_.settings.hostname + " is ready";
  imap::append_status(out_, "", condition, capability_code(), text);
}

// --- The life of the connection

asio::awaitable<void> ImapSession::run() {
  connection_->set_deadline(services_.settings.limits.login_timeout);
  greet();
  std::exception_ptr failure;
  try {
    co_await serve();
  } catch (const std::exception& error) {
    services_.log.write(LogLevel::Error, connection_->session_id(), "session failed",
                        {{"error", error.what()}});
    end_reason_ = "failed";
  }
  watch_.reset();
  connection_->close();
  const std::string commands = std::to_string(commands_);
  services_.log.write(LogLevel::Info, connection_->session_id(), "disconnected",
                      {{"reason", end_reason_}, {"commands", commands}});
}

asio::awaitable<void> ImapSession::serve() {
  while (!ended_) {
    imap::ParserEvent event = parser_.next();
    if (std::holds_alternative<imap::NeedInput>(event)) {
      if (notify_ && parser_.between_commands()) {
        const bool waited = co_await wait_at_prompt();
        if (!waited) break;
      }
      const bool filled = co_await fill();
      if (!filled) break;
    } else {
      co_await handle(std::move(event));
      const bool going_on = co_await flush_if_large();
      if (!going_on) break;
    }
  }
  if (out_.empty()) co_return;
  connection_->set_deadline(kGoodbyeTimeout);
  const auto written = co_await connection_->write(out_);
  if (!written && end_reason_ == "closed") end_reason_ = "broken";
}

asio::awaitable<void> ImapSession::handle(imap::ParserEvent event) {
  if (logged_in()) connection_->set_deadline(services_.settings.limits.idle_timeout);
  if (std::holds_alternative<imap::SendContinuation>(event)) {
    imap::append_continuation(out_, "Ready");
  } else if (auto* command = std::get_if<imap::Command>(&event)) {
    co_await handle_command(std::move(*command));
  } else if (auto* append = std::get_if<imap::AppendStart>(&event)) {
    ++commands_;
    changes_messages_ = append->command.replaces.has_value();
    co_await execute_append(*this, std::move(*append));
  } else if (const auto* error = std::get_if<imap::CommandError>(&event)) {
    imap::append_error(out_, *error);
    if (error->empties_saved_result && view_) view_->save_result({});
    if (error->fatal) bye("Cannot go on after this command");
    count_bad();
  }
}

asio::awaitable<void> ImapSession::handle_command(imap::Command command) {
  ++commands_;
  if (logged_in() && !view_) {
    const bool exists = co_await check_account();
    if (!exists) co_return;
  }
  const Permitted when =
      std::visit([]<class Body>(const Body&) { return permitted<Body>(); }, command.body);
  if (when == Permitted::BeforeLogin && logged_in()) {
    co_return bad(command.tag, command.name + " is not permitted after login");
  }
  if ((when == Permitted::LoggedIn || when == Permitted::Selected) && !logged_in()) {
    bad(command.tag, "Log in first");
    co_return count_bad();
  }
  if (when == Permitted::Selected && !view_) {
    co_return bad(command.tag, "No mailbox is selected");
  }
  if (enabled_.uid_only() && imap::names_numbers(command)) {
    co_return imap::append_status(out_, command.tag, imap::Condition::Bad, "UIDREQUIRED",
                                  "Only uids are used after ENABLE UIDONLY");
  }
  const bool may_read = co_await check_rights();
  if (!may_read) co_return;
  auto visitor = [&](const auto& body) { return execute(*this, command, body); };
  if (notify_) note_own(command);
  progress_.begin(command.tag, Progress::Clock::now());
  Executing executing = std::visit(visitor, command.body);
  co_await std::move(executing);
}

void ImapSession::count_bad() {
  if (logged_in() || ended_) return;
  if (++bad_commands_ >= kBadCommandsBeforeLogin) bye("Too many bad commands");
}

void ImapSession::end_after(net::IoError error) {
  if (ended_) return;
  switch (error) {
    case net::IoError::Deadline:
      bye(logged_in() ? "Idle for too long" : "Login took too long");
      end_reason_ = "timeout";
      return;
    case net::IoError::Stopped:
      bye("The server is stopping", "UNAVAILABLE");
      end_reason_ = "server stop";
      return;
    case net::IoError::TooLong:
    case net::IoError::Closed:
    case net::IoError::Tls:
      break;
  }
  abandon("closed");
}

void ImapSession::abandon(std::string_view reason) {
  end_reason_ = reason;
  ended_ = true;
  out_.clear();
}

void ImapSession::bye(std::string_view text, std::string_view code) {
  if (ended_) return;
  imap::append_status(out_, "", imap::Condition::Bye, code, text);
  end_reason_ = "bye";
  ended_ = true;
}

asio::awaitable<bool> ImapSession::flush() {
  if (ended_) co_return false;
  if (out_.empty()) co_return true;
  const auto written = co_await connection_->write(out_);
  out_.clear();
  if (!written) abandon("broken");
  co_return !ended_;
}

asio::awaitable<bool> ImapSession::tell_progress(std::uint64_t done) {
  if (!progress_.tell(out_, Progress::Clock::now(), done)) co_return !ended_;
  connection_->set_deadline(services_.settings.limits.idle_timeout);
  co_return co_await flush();
}

asio::awaitable<bool> ImapSession::flush_if_large() {
  if (out_.size() < kLargeOutput) co_return !ended_;
  if (logged_in()) connection_->set_deadline(services_.settings.limits.idle_timeout);
  const bool flushed = co_await flush();
  out_.shrink_to_fit();
  co_return flushed;
}

asio::awaitable<std::optional<net::WakeReason>> ImapSession::wait() {
  if (connection_->has_buffered_input()) co_return net::WakeReason::Input;
  if (out_.empty()) std::string().swap(out_);  // a client may be idle for hours
  const auto reason = co_await connection_->wait_for_input_or_wake();
  if (reason) co_return *reason;
  end_after(reason.error());
  co_return std::nullopt;
}

// The connection holds no buffer while it waits here.
asio::awaitable<bool> ImapSession::read_input() {
  for (;;) {
    const auto reason = co_await wait();
    if (!reason) co_return false;
    if (*reason == net::WakeReason::Input) break;
  }
  const auto octets = co_await connection_->read_some(kReadOctets);
  if (!octets) {
    end_after(octets.error());
    co_return false;
  }
  parser_.feed(*octets);
  co_return true;
}

asio::awaitable<bool> ImapSession::fill() {
  if (logged_in()) connection_->set_deadline(services_.settings.limits.idle_timeout);
  const bool flushed = co_await flush();
  if (!flushed) co_return false;
  if (out_.capacity() > kLargeOutput) out_.shrink_to_fit();
  co_return co_await read_input();
}

// --- Changes

// Removing the account ends its sessions.
asio::awaitable<bool> ImapSession::check_account() {
  if (!watch_->take_account_changed()) co_return true;
  auto task = [id = account_->id](storage::Reader& reader) { return reader.account(id); };
  const auto account = co_await read_store(services_.store, std::move(task));
  if (account || account.error().kind() != ErrorKind::NotFound) co_return true;
  bye("This account was removed");
  co_return false;
}

void ImapSession::unselect() {
  view_.reset();
  contexts_.clear();
  created_.clear();
  if (watch_) watch_->select(MailboxId(), AccountId());
}

asio::awaitable<bool> ImapSession::check_rights() {
  if (!view_ || !watch_->take_access_changed() || !view_->foreign()) co_return true;
  auto task = [account = account_->id, id = view_->id()](storage::Reader& reader) {
    return reader.rights(account, id);
  };
  const auto rights = co_await read_store(services_.store, std::move(task));
  if (!rights) {
    watch_->mark_access_changed();
    co_return true;  // what comes next finds out
  }
  if (!rights->has_all(storage::Right::Read)) {
    bye("The selected mailbox is not shared with you any more");
    co_return false;
  }
  const bool changed = permanent_flags(*view_, *rights) != permanent_flags(*view_, rights_);
  rights_ = *rights;
  if (changed) {
    imap::append_flags(out_, view_->keywords());
    imap::append_status(out_, "", imap::Condition::Ok, permanent_flags(*view_, rights_),
                        "Your rights were changed");
  }
  co_return true;
}

// RFC 5464 s4.4.2: names only.
asio::awaitable<bool> ImapSession::tell_annotations() {
  if (!watch_ || !watch_->has_annotations()) co_return true;
  auto changes = watch_->take_annotations();
  auto task = [account = account_->id, changes = std::move(changes)](storage::Reader& reader) {
    return name_annotations(reader, account, changes);
  };
  const auto named = co_await read_store(services_.store, std::move(task));
  if (!named) co_return true;
  for (const AnnotatedName& each : *named) {
    imap::append_metadata_names(out_, each.mailbox, each.entries, enabled_.utf8());
  }
  co_return co_await flush_if_large();
}

// --- Answers

asio::awaitable<void> ImapSession::complete(const imap::Command& command, Expunges expunges,
                                            std::string code) {
  const bool going_on = co_await sync(expunges);
  if (going_on) imap::append_completed(out_, command, code);
}

asio::awaitable<void> ImapSession::complete_expunge(const imap::Command& command) {
  const bool going_on = co_await sync(Expunges::Permitted);
  if (!going_on) co_return;
  std::string code;
  if (enabled_.condstore()) code = imap::code_highest_modseq(view_->told_modseq().value());
  imap::append_completed(out_, command, code);
}

void ImapSession::refuse(std::string_view tag, std::string_view code, std::string_view text) {
  imap::append_status(out_, tag, imap::Condition::No, code, text);
}

void ImapSession::refuse(std::string_view tag, const Error& error) {
  imap::append_failure(out_, tag, error);
}

void ImapSession::bad(std::string_view tag, std::string_view text) {
  imap::append_status(out_, tag, imap::Condition::Bad, "", text);
}

asio::awaitable<void> serve_imap(std::unique_ptr<net::Connection> connection, ImapDoor door,
                                 std::optional<storage::Account> account, Services& services) {
  const std::uint64_t id = connection->session_id();
  try {
    ImapSession session(std::move(connection), door, std::move(account), services);
    co_await session.run();
  } catch (const std::exception& error) {
    services.log.write(LogLevel::Error, id, "session failed", {{"error", error.what()}});
  }
}

}  // namespace restante::session
