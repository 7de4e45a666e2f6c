// The server's side of one SMTP connection as a state machine without I/O (RFC 5321, 6409, 2920,
// 3207, 4954): it is told what happened and says what to do next. All rules of the protocol and all
// texts of replies are here; whoever drives it holds none. Belongs to one session; no clock, no
// sockets, no store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"
#include "mail/smtp/command.h"
#include "mail/smtp/data_decoder.h"

namespace restante::smtp {

// Who may send here.
enum class Mode {
  Submission,  // users of this server after login; sender addresses must be theirs (RFC 6409)
  Transfer,    // other servers, without login, for local recipients only (RFC 5321)
};

struct Options {
  std::string hostname;
  Mode mode = Mode::Submission;
  std::uint64_t size_limit_octets = 0;
  std::uint32_t recipient_limit = 100;
  bool tls_available = false;  // STARTTLS can be offered
  bool tls_active = false;
  bool logged_in = false;               // known without AUTH: the local socket
  std::vector<std::string> mechanisms;  // SASL, in order of preference; of the present TLS state
};

// What the driver has to do now. Before ReadLine and ReadData it writes output(): at once if flush
// is set, otherwise at the latest when no input is buffered (RFC 2920 s3.2).
struct Action {
  enum class Kind {
    ReadLine,                // then on(Line) or on(LineTooLong)
    StartTls,                // write, forget input, shake hands, then on(TlsStarted)
    StartAuthentication,     // mechanism(), auth_input(); then on(Auth...)
    ContinueAuthentication,  // auth_input(); then on(Auth...)
    CheckSender,             // sender(); then on(SenderChecked)
    LookUpRecipient,         // candidate(); then on(RecipientChecked)
    ReadData,                // write, feed a DataDecoder, then on(DataEnded)
    Deliver,                 // then on(MessageKept), on(MessageRefused) or on(DeliveryFailed)
    Close,                   // write, close
  };
  Kind kind = Kind::ReadLine;
  bool flush = false;
};

// What happened.
struct Connected {};
struct Line {
  std::string_view text;  // without CRLF
};
struct LineTooLong {};
struct TlsStarted {
  std::vector<std::string> mechanisms;
};
struct AuthChallenge {
  std::string_view octets;
};
struct AuthSucceeded {
  std::string_view final_octets;  // empty: none
};
enum class AuthFailure { Credentials, Malformed, Throttled, Unavailable };
struct AuthFailed {
  AuthFailure reason;
};
enum class SenderVerdict {
  Ok,
  NotYours,   // Submission: not an address of the account
  OwnDomain,  // Transfer: a stranger uses our domain
  BadDomain,  // no valid international domain name
  TryLater,
};
struct SenderChecked {
  SenderVerdict verdict;
};
enum class RecipientVerdict { Ok, Unknown, Foreign, OverQuota, BadDomain, TryLater };
struct RecipientChecked {
  RecipientVerdict verdict;
};
struct DataEnded {
  DataDecoder::Problem problem;
};
struct DataAbandoned {};  // far over the limit without an end: the octets left cannot be skipped
struct MessageKept {
  std::string_view id;  // of the Received field
};
// Why the content of a message is not taken.
enum class Refusal {
  FromMissing,
  FromSeveral,
  FromUnreadable,
  FromNotYours,
  OwnDomain,
  BadHeader,
  Loop,
  TryLater,  // could not be checked
};
struct MessageRefused {
  Refusal refusal;
};
struct DeliveryFailed {
  ErrorKind kind;
};
struct TimedOut {};  // the deadline of a command passed
struct Stopping {};  // the server stops

class Server {
 public:
  explicit Server(Options options);

  Action on(Connected);
  Action on(const Line& line);
  Action on(LineTooLong);
  Action on(TlsStarted started);
  Action on(AuthChallenge challenge);
  Action on(AuthSucceeded success);
  Action on(AuthFailed failure);
  Action on(SenderChecked checked);
  Action on(RecipientChecked checked);
  Action on(DataEnded ended);
  Action on(DataAbandoned);
  Action on(MessageKept kept);
  Action on(MessageRefused refused);
  Action on(DeliveryFailed failed);
  Action on(TimedOut);
  Action on(Stopping);

  // Longest line to read now, in octets with CRLF.
  std::size_t line_limit() const { return kMaxAuthLine; }

  // Replies that wait to be written; the driver clears it after writing.
  std::string& output() { return output_; }

  // Of the AUTH command under way; auth_input() is decoded, nullopt is "no initial response".
  const std::string& mechanism() const { return mechanism_; }
  std::optional<std::string>& auth_input() { return auth_input_; }

  // The mail transaction; nullopt as sender is <>.
  const std::optional<Mailbox>& sender() const { return sender_; }
  const Mailbox& candidate() const { return candidate_; }  // the RCPT being looked up
  const std::vector<Mailbox>& recipients() const { return recipients_; }
  const MailParameters& parameters() const { return parameters_; }

  const std::string& client_name() const { return client_name_; }  // as given with EHLO or HELO
  bool logged_in() const { return options_.logged_in; }
  std::string_view protocol() const;  // for Received: ESMTPSA and the like (RFC 3848, RFC 6531)
  const Options& options() const { return options_; }

 private:
  enum class Phase {
    Start,       // no EHLO yet
    Ready,       // no transaction
    AuthStep,    // a line of a SASL exchange comes next, or its outcome
    AuthFinal,   // the empty line that answers SASL data given with success
    Sender,      // MAIL accepted
    Recipients,  // at least one RCPT accepted
    Data,        // 354 given, or the message is being delivered
    Ended,
  };

  Action dispatch(const Command& command);
  Action ehlo(const Command& command);
  Action helo(const Command& command);
  Action start_tls();
  Action auth(const Command& command);
  Action auth_line(std::string_view text);
  Action mail(const Command& command);
  Action rcpt(const Command& command);
  Action data();
  Action help();

  bool in_transaction() const;
  void reset_transaction();
  Action answer(const Reply& reply, bool flush);
  Action finish_message(const Reply& reply);
  Action close(const Reply& reply);

  Options options_;
  Phase phase_ = Phase::Start;
  std::string output_;
  std::string client_name_;
  bool extended_ = false;  // EHLO, not HELO
  std::uint32_t errors_ = 0;
  std::uint32_t failed_logins_ = 0;

  std::string mechanism_;
  std::optional<std::string> auth_input_;

  std::optional<Mailbox> sender_;
  Mailbox candidate_;
  std::vector<Mailbox> recipients_;
  MailParameters parameters_;
  bool recipient_refused_ = false;
};

}  // namespace restante::smtp
