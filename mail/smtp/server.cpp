#include "mail/smtp/server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mail/smtp/base64.h"

namespace restante::smtp {
namespace {

constexpr std::uint32_t kMaxErrors = 20;  // RFC 5321 s7.8 leaves the number to us
constexpr std::uint32_t kMaxFailedLogins = 5;

constexpr Action kReadLine{Action::Kind::ReadLine, false};

bool is_plaintext_mechanism(std::string_view name) {
  return name == "PLAIN" || name == "LOGIN";
}

Reply reply_for_refusal(Refusal refusal) {
  switch (refusal) {
    case Refusal::FromMissing:
      return reply::kFromMissing;
    case Refusal::FromSeveral:
      return reply::kFromSeveral;
    case Refusal::FromUnreadable:
      return reply::kFromUnreadable;
    case Refusal::FromNotYours:
      return reply::kFromNotYours;
    case Refusal::OwnDomain:
      return reply::kOwnDomain;
    case Refusal::BadHeader:
      return reply::kBadHeader;
    case Refusal::Loop:
      return reply::kLoop;
    case Refusal::TryLater:
      break;
  }
  return reply::kTryLater;
}

}  // namespace

Server::Server(Options options) : options_(std::move(options)) {}

bool Server::in_transaction() const {
  return phase_ == Phase::Sender || phase_ == Phase::Recipients || phase_ == Phase::Data;
}

void Server::reset_transaction() {
  sender_.reset();
  recipients_.clear();
  parameters_ = {};
  recipient_refused_ = false;
  if (in_transaction()) phase_ = Phase::Ready;
}

std::string_view Server::protocol() const {
  static constexpr std::array<std::string_view, 4> kEsmtp{"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"};
  static constexpr std::array<std::string_view, 4> kUtf8{"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA",
                                                         "UTF8SMTPSA"};
  if (!extended_) return "SMTP";
  const std::size_t which = (options_.tls_active ? 1U : 0U) + (options_.logged_in ? 2U : 0U);
  return parameters_.smtputf8 ? kUtf8[which] : kEsmtp[which];
}

// --- Answers

Action Server::answer(const Reply& reply, bool flush) {
  // Temporary refusals are not the client's fault: recipients above the limit come in hundreds.
  if (reply.code >= 500 && ++errors_ >= kMaxErrors) return close(reply::kTooManyErrors);
  append_reply(output_, reply);
  return {Action::Kind::ReadLine, flush};
}

Action Server::close(const Reply& reply) {
  append_reply(output_, reply);
  phase_ = Phase::Ended;
  return {Action::Kind::Close, true};
}

Action Server::finish_message(const Reply& reply) {
  reset_transaction();
  return answer(reply, true);
}

// --- The connection

Action Server::on(Connected) {
  output_ += "220 ";
  output_ += options_.hostname;
  output_ += options_.mode == Mode::Submission ? " ESMTP submission ready\r\n" : " ESMTP ready\r\n";
  return {Action::Kind::ReadLine, true};
}

Action Server::on(TimedOut) {
  return close(reply::kTimeout);
}
Action Server::on(Stopping) {
  return close(reply::kStopping);
}

Action Server::on(LineTooLong) {
  if (phase_ == Phase::AuthStep || phase_ == Phase::AuthFinal) {
    phase_ = Phase::Ready;
    return answer(reply::kLoginTooLong, true);
  }
  return answer(reply::kLineTooLong, true);
}

Action Server::on(const Line& line) {
  // Only CRLF ends a line (RFC 5321 s2.3.8); another reading of the same octets is an attack.
  if (line.text.find_first_of("\r\n") != std::string_view::npos) return close(reply::kBareLineEnd);
  if (phase_ == Phase::AuthStep || phase_ == Phase::AuthFinal) return auth_line(line.text);
  const auto command = parse_command(line.text);
  if (!command) return answer(command.error(), true);
  return dispatch(*command);
}

// Which command is welcome when; each function looks at its own order within a transaction.
Action Server::dispatch(const Command& command) {
  switch (command.verb) {
    case Verb::Mail:
      return mail(command);
    case Verb::Rcpt:
      return rcpt(command);
    case Verb::Data:
      return data();
    case Verb::Ehlo:
      return ehlo(command);
    case Verb::Helo:
      return helo(command);
    case Verb::Rset:
      reset_transaction();
      return answer(reply::kOk, false);
    case Verb::Noop:
      return answer(reply::kOk, true);
    case Verb::Quit:
      return close(reply::kBye);
    case Verb::StartTls:
      return start_tls();
    case Verb::Auth:
      return auth(command);
    case Verb::Vrfy:
      return answer(reply::kCannotVerify, true);
    case Verb::Help:
      return help();
    case Verb::Expn:
    case Verb::Bdat:
      return answer(reply::kNotImplemented, true);
    case Verb::Http:
      break;
  }
  return close(reply::kNotHttp);
}

Action Server::ehlo(const Command& command) {
  reset_transaction();
  phase_ = Phase::Ready;
  extended_ = true;
  client_name_ = command.argument;
  const std::string size = "SIZE " + std::to_string(options_.size_limit_octets);
  std::string auth = "AUTH";
  for (const auto& mechanism : options_.mechanisms) auth += ' ' + mechanism;
  std::vector<std::string_view> lines{options_.hostname, "PIPELINING",          size,
                                      "8BITMIME",        "ENHANCEDSTATUSCODES", "SMTPUTF8"};
  if (options_.tls_available && !options_.tls_active && !options_.logged_in) {
    lines.emplace_back("STARTTLS");
  }
  if (options_.mode == Mode::Submission && !options_.logged_in && !options_.mechanisms.empty()) {
    lines.emplace_back(auth);
  }
  lines.emplace_back("HELP");
  append_replies(output_, 250, "", lines);
  return {Action::Kind::ReadLine, true};
}

Action Server::helo(const Command& command) {
  reset_transaction();
  phase_ = Phase::Ready;
  extended_ = false;
  client_name_ = command.argument;
  append_reply(output_, {250, "", options_.hostname});
  return {Action::Kind::ReadLine, true};
}

Action Server::help() {
  static constexpr std::array<std::string_view, 3> kLines{
      "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT STARTTLS AUTH",
      "Mail goes to the users of this server only.", "End of HELP"};
  append_replies(output_, 214, "2.0.0", kLines);
  return {Action::Kind::ReadLine, true};
}

// --- TLS (RFC 3207)

Action Server::start_tls() {
  if (options_.tls_active) return answer(reply::kAlreadyTls, true);
  if (!options_.tls_available) return answer(reply::kNotImplemented, true);
  if (options_.logged_in) return answer(reply::kAlreadyLoggedIn, true);
  append_reply(output_, reply::kStartTls);
  return {Action::Kind::StartTls, true};
}

// Everything learnt before is forgotten (RFC 3207 s4.2).
Action Server::on(TlsStarted started) {
  options_.tls_active = true;
  options_.mechanisms = std::move(started.mechanisms);
  reset_transaction();
  phase_ = Phase::Start;
  client_name_.clear();
  extended_ = false;
  return kReadLine;
}

// --- Login (RFC 4954)

Action Server::auth(const Command& command) {
  if (options_.mode != Mode::Submission) return answer(reply::kNotImplemented, true);
  if (options_.logged_in) return answer(reply::kAlreadyLoggedIn, true);
  if (phase_ == Phase::Start || !extended_) return answer(reply::kSayHello, true);
  if (in_transaction()) return answer(reply::kInTransaction, true);
  mechanism_ = command.argument;
  for (char& c : mechanism_) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  if (std::ranges::find(options_.mechanisms, mechanism_) == options_.mechanisms.end()) {
    const bool needs_tls = is_plaintext_mechanism(mechanism_) && !options_.tls_active;
    return answer(needs_tls ? reply::kMechanismNeedsTls : reply::kUnknownMechanism, true);
  }
  phase_ = Phase::AuthStep;
  auth_input_.reset();
  if (command.initial_response) {
    if (*command.initial_response == "=") {
      auth_input_.emplace();
    } else if (auth_input_ = decode_base64(*command.initial_response); !auth_input_) {
      return on(AuthFailed{AuthFailure::Malformed});
    }
  }
  return {Action::Kind::StartAuthentication, false};
}

Action Server::auth_line(std::string_view text) {
  if (text == "*") {
    phase_ = Phase::Ready;
    return answer(reply::kLoginCancelled, true);
  }
  auth_input_ = decode_base64(text);
  if (!auth_input_) return on(AuthFailed{AuthFailure::Malformed});
  if (phase_ == Phase::AuthStep) return {Action::Kind::ContinueAuthentication, false};
  if (!auth_input_->empty()) return on(AuthFailed{AuthFailure::Malformed});
  return on(AuthSucceeded{""});
}

Action Server::on(AuthChallenge challenge) {
  output_ += "334 ";
  append_base64(output_, challenge.octets);
  output_ += "\r\n";
  return {Action::Kind::ReadLine, true};
}

// SASL data that goes with success is one more challenge, answered by an empty line (RFC 4954 s4).
Action Server::on(AuthSucceeded success) {
  if (!success.final_octets.empty()) {
    phase_ = Phase::AuthFinal;
    return on(AuthChallenge{success.final_octets});
  }
  options_.logged_in = true;
  phase_ = Phase::Ready;
  return answer(reply::kLoggedIn, true);
}

Action Server::on(AuthFailed failure) {
  phase_ = Phase::Ready;
  if (++failed_logins_ >= kMaxFailedLogins) return close(reply::kTooManyLogins);
  switch (failure.reason) {
    case AuthFailure::Credentials:
      return answer(reply::kLoginFailed, true);
    case AuthFailure::Malformed:
      return answer(reply::kLoginMalformed, true);
    case AuthFailure::Throttled:
      return answer(reply::kLoginThrottled, true);
    case AuthFailure::Unavailable:
      break;
  }
  return answer(reply::kLoginUnavailable, true);
}

// --- The mail transaction

Action Server::mail(const Command& command) {
  if (phase_ == Phase::Start) return answer(reply::kSayHello, false);
  if (options_.mode == Mode::Submission && !options_.logged_in) {
    const bool tls_first = options_.mechanisms.empty() && options_.tls_available;
    return answer(tls_first ? reply::kNeedTlsFirst : reply::kNeedLogin, false);
  }
  if (in_transaction()) return answer(reply::kNestedMail, false);
  if (command.parameters.any && !extended_) return answer(reply::kUnknownParameter, false);
  if (command.parameters.size.value_or(0) > options_.size_limit_octets) {
    return answer(reply::kTooBig, false);
  }
  if (command.path && !command.parameters.smtputf8 &&
      !(is_ascii(command.path->local_part) && is_ascii(command.path->domain))) {
    return answer(reply::kNonAscii, false);
  }
  sender_ = command.path;
  parameters_ = command.parameters;
  return {Action::Kind::CheckSender, false};
}

Action Server::on(SenderChecked checked) {
  const SenderVerdict verdict = checked.verdict;
  if (verdict == SenderVerdict::Ok) {
    phase_ = Phase::Sender;
    return answer(reply::kSenderOk, false);
  }
  reset_transaction();
  switch (verdict) {
    case SenderVerdict::NotYours:
      return answer(reply::kSenderNotYours, false);
    case SenderVerdict::OwnDomain:
      return answer(reply::kOwnDomain, false);
    case SenderVerdict::BadDomain:
      return answer(reply::kBadSender, false);
    case SenderVerdict::Ok:
    case SenderVerdict::TryLater:
      break;
  }
  return answer(reply::kTryLater, false);
}

Action Server::rcpt(const Command& command) {
  if (!in_transaction()) return answer(reply::kNeedMail, false);
  if (recipients_.size() >= options_.recipient_limit) {
    return answer(reply::kTooManyRecipients, false);
  }
  if (!parameters_.smtputf8 &&
      !(is_ascii(command.path->local_part) && is_ascii(command.path->domain))) {
    recipient_refused_ = true;
    return answer(reply::kNonAscii, false);
  }
  candidate_ = *command.path;
  return {Action::Kind::LookUpRecipient, false};
}

Action Server::on(RecipientChecked checked) {
  if (checked.verdict == RecipientVerdict::Ok) {
    recipients_.push_back(std::move(candidate_));
    phase_ = Phase::Recipients;
    return answer(reply::kRecipientOk, false);
  }
  recipient_refused_ = true;
  switch (checked.verdict) {
    case RecipientVerdict::Unknown:
      return answer(reply::kUnknownUser, false);
    case RecipientVerdict::Foreign:
      return answer(reply::kForeign, false);
    case RecipientVerdict::OverQuota:
      return answer(reply::kMailboxFull, false);
    case RecipientVerdict::BadDomain:
      return answer(reply::kBadRecipient, false);
    case RecipientVerdict::Ok:
    case RecipientVerdict::TryLater:
      break;
  }
  return answer(reply::kTryLater, false);
}

Action Server::data() {
  if (!in_transaction()) return answer(reply::kNeedMail, true);
  if (phase_ == Phase::Sender) {
    return answer(recipient_refused_ ? reply::kNoValidRecipients : reply::kNeedRecipient, true);
  }
  phase_ = Phase::Data;
  append_reply(output_, reply::kSendData);
  return {Action::Kind::ReadData, true};
}

Action Server::on(DataEnded ended) {
  switch (ended.problem) {
    case DataDecoder::Problem::None:
      return {Action::Kind::Deliver, false};
    case DataDecoder::Problem::TooBig:
      return finish_message(reply::kTooBig);
    case DataDecoder::Problem::BareLineEnd:
      return finish_message(reply::kBareLineEndInData);
    case DataDecoder::Problem::Nul:
      break;
  }
  return finish_message(reply::kNulInData);
}

Action Server::on(DataAbandoned) {
  return close(reply::kTooBig);
}

Action Server::on(MessageKept kept) {
  // A user who sends mail is no guesser; a stranger's errors go on counting.
  if (options_.mode == Mode::Submission) errors_ = 0;
  reset_transaction();
  output_ += "250 2.0.0 Kept, id ";
  output_ += kept.id;
  output_ += "\r\n";
  return {Action::Kind::ReadLine, true};
}

Action Server::on(MessageRefused refused) {
  return finish_message(reply_for_refusal(refused.refusal));
}

Action Server::on(DeliveryFailed failed) {
  return finish_message(reply_for(failed.kind));
}

}  // namespace restante::smtp
