#include "server/session/smtp_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <random>
#include <utility>

#include "mail/message/date.h"
#include "server/delivery/address.h"
#include "server/delivery/recipient.h"
#include "server/delivery/trace.h"
#include "server/session/log.h"
#include "server/session/login.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kCommandTimeout = 5min;    // RFC 5321 s4.5.3.2.7
constexpr auto kDataBlockTimeout = 3min;  // RFC 5321 s4.5.3.2.5
constexpr auto kGoodbyeTimeout = 5s;
constexpr std::uint64_t kSlowestOctetsPerSecond = 16 * 1024;  // of a message as a whole
constexpr std::size_t kDataBlock = 64 * 1024;
constexpr std::size_t kInlineMessage = 32 * 1024;  // larger ones are worked on by other threads
constexpr std::size_t kOutputLimit = 16 * 1024;
constexpr std::size_t kKnownAccounts = 256;
constexpr auto kKnownFor = 2s;

smtp::AuthFailure failure_of(auth::Failure::Reason reason) {
  switch (reason) {
    case auth::Failure::Reason::Credentials:
      return smtp::AuthFailure::Credentials;
    case auth::Failure::Reason::Malformed:
      return smtp::AuthFailure::Malformed;
    case auth::Failure::Reason::Throttled:
      return smtp::AuthFailure::Throttled;
    case auth::Failure::Reason::Unavailable:
      break;
  }
  return smtp::AuthFailure::Unavailable;
}

std::string_view name_of(smtp::AuthFailure failure) {
  static constexpr std::array<std::string_view, 4> kNames{"credentials", "malformed", "throttled",
                                                          "unavailable"};
  return kNames[static_cast<std::size_t>(failure)];
}

std::string_view name_of(smtp::Refusal refusal) {
  static constexpr std::array<std::string_view, 8> kNames{
      "no From",    "several From or Sender", "unreadable From or Sender", "From is not the user's",
      "own domain", "malformed header",       "too many Received",         "look-up failed"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::string_view name_of(smtp::DataDecoder::Problem problem) {
  static constexpr std::array<std::string_view, 4> kNames{"", "too large", "bare CR or LF", "NUL"};
  return kNames[static_cast<std::size_t>(problem)];
}

std::string_view name_of(SmtpDoor door) {
  static constexpr std::array<std::string_view, 4> kNames{"submission", "submissions", "local",
                                                          "smtp"};
  return kNames[static_cast<std::size_t>(door)];
}

storage::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

SmtpSession::SmtpSession(std::unique_ptr<net::Connection> connection, SmtpDoor door,
                         std::optional<storage::Account> account, Services& services)
    : connection_(std::move(connection)),
      services_(services),
      account_(std::move(account)),
      server_(options(door, account_.has_value())) {
  services_.log.write(LogLevel::Info, connection_->session_id(), "connected",
                      {{"service", name_of(door)},
                       {"peer", connection_->peer().address},
                       {"user", account_ ? account_->address : std::string()}});
}

smtp::Options SmtpSession::options(SmtpDoor door, bool logged_in) const {
  smtp::Options options;
  options.hostname = services_.settings.hostname;
  options.mode = door == SmtpDoor::Smtp ? smtp::Mode::Transfer : smtp::Mode::Submission;
  options.size_limit_octets = services_.settings.limits.message_size_octets;
  options.recipient_limit = services_.settings.limits.recipients;
  options.tls_available = connection_->can_start_tls();
  options.tls_active = connection_->is_tls();
  options.logged_in = logged_in;
  if (options.mode == smtp::Mode::Submission)
    options.mechanisms = mechanisms(*connection_, services_);
  return options;
}

// Before login one deadline for all of it stands; afterwards each command has its own.
void SmtpSession::set_command_deadline() {
  const bool waits_for_login =
      server_.options().mode == smtp::Mode::Submission && !server_.logged_in();
  if (!waits_for_login) connection_->set_deadline(kCommandTimeout);
}

asio::awaitable<void> SmtpSession::run() {
  connection_->set_deadline(services_.settings.limits.login_timeout);
  Next next = server_.on(smtp::Connected{});
  while (next) {
    const smtp::Action action = *next;
    next = co_await perform(action);
  }
  connection_->close();
  const std::string messages = std::to_string(kept_);
  services_.log.write(LogLevel::Info, connection_->session_id(), "disconnected",
                      {{"messages", messages}});
}

asio::awaitable<SmtpSession::Next> SmtpSession::perform(smtp::Action action) {
  // Replies to pipelined commands go out together (RFC 2920 s3.2).
  const bool reads = action.kind == smtp::Action::Kind::ReadLine;
  if (!server_.output().empty() && (action.flush || (reads && !connection_->has_buffered_input()) ||
                                    server_.output().size() > kOutputLimit)) {
    const bool written = co_await flush();
    if (!written) co_return std::nullopt;
  }
  switch (action.kind) {
    case smtp::Action::Kind::ReadLine:
      co_return co_await read_line();
    case smtp::Action::Kind::CheckSender:
      co_return co_await check_sender();
    case smtp::Action::Kind::LookUpRecipient:
      co_return co_await look_up_recipient();
    case smtp::Action::Kind::ReadData:
      co_return co_await read_data();
    case smtp::Action::Kind::Deliver:
      co_return co_await deliver_message();
    case smtp::Action::Kind::StartTls:
      co_return co_await start_tls();
    case smtp::Action::Kind::StartAuthentication:
      co_return co_await start_authentication();
    case smtp::Action::Kind::ContinueAuthentication:
      co_return co_await continue_authentication();
    case smtp::Action::Kind::Close:
      break;
  }
  co_return std::nullopt;
}

asio::awaitable<bool> SmtpSession::flush() {
  const auto written = co_await connection_->write(server_.output());
  server_.output().clear();
  co_return written.has_value();
}

SmtpSession::Next SmtpSession::after(net::IoError error) {
  switch (error) {
    case net::IoError::TooLong:
      return server_.on(smtp::LineTooLong{});
    case net::IoError::Deadline:
      connection_->set_deadline(kGoodbyeTimeout);
      return server_.on(smtp::TimedOut{});
    case net::IoError::Stopped:
      connection_->set_deadline(kGoodbyeTimeout);
      return server_.on(smtp::Stopping{});
    case net::IoError::Closed:
    case net::IoError::Tls:
      break;
  }
  return std::nullopt;
}

asio::awaitable<SmtpSession::Next> SmtpSession::read_line() {
  set_command_deadline();
  const auto line = co_await connection_->read_line(server_.line_limit());
  if (!line) co_return after(line.error());
  co_return server_.on(smtp::Line{*line});
}

asio::awaitable<SmtpSession::Next> SmtpSession::start_tls() {
  const auto started = co_await connection_->start_tls();
  if (!started) {
    services_.log.write(LogLevel::Info, connection_->session_id(), "TLS handshake failed",
                        {{"peer", connection_->peer().address}});
    co_return std::nullopt;
  }
  co_return server_.on(smtp::TlsStarted{mechanisms(*connection_, services_)});
}

// --- Login

asio::awaitable<SmtpSession::Next> SmtpSession::start_authentication() {
  const auth::ChannelFacts facts = channel_facts(*connection_);
  auto exchange = services_.authenticator.start(server_.mechanism(), facts);
  if (!exchange) co_return server_.on(smtp::AuthFailed{smtp::AuthFailure::Unavailable});
  exchange_ = std::move(*exchange);
  co_return co_await continue_authentication();
}

asio::awaitable<SmtpSession::Next> SmtpSession::continue_authentication() {
  auto input = std::exchange(server_.auth_input(), std::nullopt);
  const auth::Step step = co_await exchange_->step(std::move(input));
  if (const auto* challenge = std::get_if<auth::Challenge>(&step)) {
    co_return server_.on(smtp::AuthChallenge{challenge->octets});
  }
  exchange_.reset();
  if (const auto* success = std::get_if<auth::Success>(&step)) {
    account_ = success->account;
    log_login(*connection_, services_, account_->address, server_.mechanism());
    co_return server_.on(smtp::AuthSucceeded{success->final_octets});
  }
  const smtp::AuthFailure reason = failure_of(std::get<auth::Failure>(step).reason);
  log_failed_login(*connection_, services_, server_.mechanism(), name_of(reason));
  co_return server_.on(smtp::AuthFailed{reason});
}

// --- Envelope

asio::awaitable<Result<SmtpSession::KnownAccount>> SmtpSession::find_account(
    const smtp::Mailbox& canonical) {
  std::string key = smtp::to_string(canonical);
  const auto known = known_.find(key);
  if (known != known_.end() && steady_clock::now() - known->second.found < kKnownFor) {
    co_return known->second;
  }
  const bool local = delivery::is_local_domain(canonical.domain, services_.settings.domains);
  auto task = [canonical, local](storage::Reader& reader) {
    // Who gets the mail of our postmaster may write as postmaster, but not as anybody else's.
    return local ? delivery::find_recipient(reader, canonical)
                 : delivery::find_owner(reader, canonical);
  };
  const auto account = co_await read_store(services_.store, std::move(task));
  if (!account) co_return std::unexpected(account.error());
  KnownAccount found;
  found.id = account->id;
  found.quota_octets = account->quota_octets;
  found.used_octets = account->used_octets;
  found.found = steady_clock::now();
  if (known_.size() >= kKnownAccounts) known_.clear();
  known_.insert_or_assign(std::move(key), found);
  co_return found;
}

asio::awaitable<SmtpSession::Next> SmtpSession::check_sender() {
  using enum smtp::SenderVerdict;
  recipients_.clear();
  if (!server_.sender()) co_return server_.on(smtp::SenderChecked{Ok});
  const auto sender = delivery::canonical_mailbox(*server_.sender());
  if (!sender) co_return server_.on(smtp::SenderChecked{BadDomain});
  if (server_.options().mode == smtp::Mode::Transfer) {
    const bool ours = delivery::is_local_domain(sender->domain, services_.settings.domains);
    if (ours) log_refusal("own domain");
    co_return server_.on(smtp::SenderChecked{ours ? OwnDomain : Ok});
  }
  const auto owner = co_await find_account(*sender);
  if (!owner && owner.error().kind() != ErrorKind::NotFound) {
    co_return server_.on(smtp::SenderChecked{TryLater});
  }
  const bool own = owner && owner->id == account_->id;
  if (!own) log_refusal("sender is not the user's");
  co_return server_.on(smtp::SenderChecked{own ? Ok : NotYours});
}

asio::awaitable<SmtpSession::Next> SmtpSession::look_up_recipient() {
  using enum smtp::RecipientVerdict;
  smtp::Mailbox candidate = server_.candidate();
  // <postmaster> alone is the one of our first domain (RFC 5321 s4.1.1.3).
  if (candidate.domain.empty()) candidate.domain = services_.settings.domains.front();
  const auto recipient = delivery::canonical_mailbox(candidate);
  if (!recipient) co_return server_.on(smtp::RecipientChecked{BadDomain});
  if (!delivery::is_local_domain(recipient->domain, services_.settings.domains)) {
    log_refusal("foreign recipient");
    co_return server_.on(smtp::RecipientChecked{Foreign});
  }
  const auto account = co_await find_account(*recipient);
  if (!account) {
    const bool unknown = account.error().kind() == ErrorKind::NotFound;
    log_refusal(unknown ? "unknown recipient" : "look-up failed");
    co_return server_.on(smtp::RecipientChecked{unknown ? Unknown : TryLater});
  }
  // Refused here, where each recipient has a reply of its own; after DATA there is one for all.
  const std::uint64_t size = server_.parameters().size.value_or(1);
  if (account->quota_octets != 0 && account->used_octets + size > account->quota_octets) {
    log_refusal("mailbox full");
    co_return server_.on(smtp::RecipientChecked{OverQuota});
  }
  recipients_.push_back(*account);
  co_return server_.on(smtp::RecipientChecked{Ok});
}

// --- Content

// The buffer begins with the trace fields, so that the message behind them is copied only once.
void SmtpSession::begin_message() {
  received_ = now();
  id_ = delivery::message_id_stem(received_, connection_->session_id(), ++begun_);
  delivery::Trace trace{};
  trace.sender = &server_.sender();
  trace.client_name = server_.client_name();
  trace.peer_address = connection_->peer().address;
  trace.hostname = services_.settings.hostname;
  trace.protocol = server_.protocol();
  trace.id = id_;
  trace.only_recipient = server_.recipients().size() == 1 ? &server_.recipients().front() : nullptr;
  trace.time = received_;
  message_ = delivery::trace_fields(trace);
  trace_octets_ = message_.size();
  // A promise of SIZE is no reason to give memory before the octets come.
  const std::uint64_t expected = server_.parameters().size.value_or(8 * 1024) + 512;
  message_.reserve(trace_octets_ + std::min<std::uint64_t>(expected, kDataBlock));
}

asio::awaitable<SmtpSession::Next> SmtpSession::read_data() {
  begin_message();
  const std::uint64_t limit = services_.settings.limits.message_size_octets;
  smtp::DataDecoder decoder(message_, limit);
  const auto end =
      steady_clock::now() + kCommandTimeout + std::chrono::seconds(limit / kSlowestOctetsPerSecond);
  while (!decoder.done()) {
    const steady_clock::duration left = end - steady_clock::now();
    connection_->set_deadline(std::min<steady_clock::duration>(kDataBlockTimeout, left));
    const auto block = co_await connection_->read_some(kDataBlock);
    if (!block) co_return after(block.error());
    const std::size_t taken = decoder.feed(*block);
    if (taken < block->size()) connection_->unread(block->size() - taken);
    // What is refused is read to its end so that its sender learns why, but not without end.
    if (decoder.size_octets() / 2 > limit) co_return server_.on(smtp::DataAbandoned{});
  }
  if (decoder.problem() != smtp::DataDecoder::Problem::None) {
    log_refusal(name_of(decoder.problem()));
  }
  co_return server_.on(smtp::DataEnded{decoder.problem()});
}

asio::awaitable<std::optional<smtp::Refusal>> SmtpSession::check_content(
    const delivery::HeaderFacts& facts) {
  const smtp::Mode mode = server_.options().mode;
  if (const auto refusal = delivery::check_header(facts, mode)) co_return refusal;
  if (mode == smtp::Mode::Transfer) {
    if (delivery::claims_local_author(facts, services_.settings.domains)) {
      co_return smtp::Refusal::OwnDomain;
    }
    co_return std::nullopt;
  }
  const auto authors = delivery::authors_of(facts);
  if (!authors) co_return smtp::Refusal::FromUnreadable;
  for (const auto& author : *authors) {
    const auto canonical = delivery::canonical_mailbox(author);
    if (!canonical) co_return smtp::Refusal::FromNotYours;
    const auto owner = co_await find_account(*canonical);
    if (!owner && owner.error().kind() != ErrorKind::NotFound) co_return smtp::Refusal::TryLater;
    if (!owner || owner->id != account_->id) co_return smtp::Refusal::FromNotYours;
  }
  co_return std::nullopt;
}

void SmtpSession::complete_header(const delivery::HeaderFacts& facts) {
  if (server_.options().mode == smtp::Mode::Transfer) {
    return delivery::rewrite_header(message_, trace_octets_, facts, nullptr);
  }
  delivery::MissingFields missing;
  if (!facts.has_date) missing.date = "Date: " + message::format_date(received_) + "\r\n";
  if (!facts.has_message_id) {
    std::random_device random;
    missing.message_id = fmt::format("Message-ID: <{}.{:08x}{:08x}@{}>\r\n", id_, random(),
                                     random(), services_.settings.hostname);
  }
  delivery::rewrite_header(message_, trace_octets_, facts, &missing);
}

asio::awaitable<SmtpSession::Next> SmtpSession::deliver_message() {
  const auto facts = delivery::scan_header(std::string_view(message_).substr(trace_octets_));
  const auto refusal = co_await check_content(facts);
  if (refusal) {
    std::string().swap(message_);
    log_refusal(name_of(*refusal));
    co_return server_.on(smtp::MessageRefused{*refusal});
  }
  complete_header(facts);

  storage::PreparedMessagePtr prepared;
  if (message_.size() > kInlineMessage) {
    auto work = [octets = std::move(message_)]() mutable {
      return storage::prepare(std::move(octets));
    };
    prepared = co_await run_on(services_.workers, std::move(work));
  } else {
    prepared = storage::prepare(std::move(message_));
  }
  std::string().swap(message_);

  std::vector<storage::Recipient> to;
  for (const auto& recipient : recipients_) {  // one copy where two addresses are one account
    const bool listed =
        std::ranges::find(to, recipient.id, &storage::Recipient::account) != to.end();
    if (!listed) to.emplace_back().account = recipient.id;
  }
  storage::Delivery delivery(prepared, std::move(to), received_);
  delivery.all_or_none = true;
  const auto result = co_await deliver(services_.store, std::move(delivery));
  set_command_deadline();  // what is kept must not go unsaid because the message came slowly
  if (!result) {
    log_refusal(result.error().message());
    co_return server_.on(smtp::DeliveryFailed{result.error().kind()});
  }
  for (const auto& delivered : *result) {
    if (delivered) continue;
    known_.clear();
    log_refusal(delivered.error().message());
    co_return server_.on(smtp::DeliveryFailed{delivered.error().kind()});
  }
  ++kept_;
  log_kept(*prepared);
  co_return server_.on(smtp::MessageKept{id_});
}

// --- Log

void SmtpSession::log_refusal(std::string_view reason) {
  const std::string sender =
      server_.sender() ? smtp::to_string(*server_.sender()) : std::string("<>");
  services_.log.write(LogLevel::Info, connection_->session_id(), "refused",
                      {{"reason", reason},
                       {"peer", connection_->peer().address},
                       {"user", account_ ? std::string_view(account_->address) : ""},
                       {"sender", sender}});
}

void SmtpSession::log_kept(const storage::PreparedMessage& message) {
  const std::string size = std::to_string(storage::size_octets(message));
  const std::string recipients = std::to_string(server_.recipients().size());
  services_.log.write(LogLevel::Info, connection_->session_id(), "message kept",
                      {{"id", id_},
                       {"message-id", storage::index_of(message).message_id},
                       {"size", size},
                       {"recipients", recipients},
                       {"user", account_ ? std::string_view(account_->address) : ""}});
}

asio::awaitable<void> serve_smtp(std::unique_ptr<net::Connection> connection, SmtpDoor door,
                                 std::optional<storage::Account> account, Services& services) {
  const std::uint64_t id = connection->session_id();
  try {
    SmtpSession session(std::move(connection), door, std::move(account), services);
    co_await session.run();
  } catch (const std::exception& error) {
    services.log.write(LogLevel::Error, id, "session failed", {{"error", error.what()}});
  }
}

}  // namespace restante::session
