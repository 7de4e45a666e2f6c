// Replies of the server: codes, enhanced status codes (RFC 2034, RFC 3463) and texts, and the one
// table from kinds of error to replies. Pure values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mail/error.h"

namespace restante::smtp {

// One reply line; status is empty where RFC 2034 s4 wants none (greeting, EHLO, 3xx).
struct Reply {
  int code;
  std::string_view status;
  std::string_view text;
};

namespace reply {

inline constexpr Reply kOk{250, "2.0.0", "Ok"};
inline constexpr Reply kSenderOk{250, "2.1.0", "Sender ok"};
inline constexpr Reply kRecipientOk{250, "2.1.5", "Recipient ok"};
inline constexpr Reply kBye{221, "2.0.0", "Bye"};
inline constexpr Reply kStartTls{220, "2.0.0", "Ready to start TLS"};
inline constexpr Reply kLoggedIn{235, "2.7.0", "Logged in"};
inline constexpr Reply kCannotVerify{252, "2.5.0", "Cannot verify, but will try to deliver"};
inline constexpr Reply kSendData{354, "", "Send the message, end with <CRLF>.<CRLF>"};

inline constexpr Reply kNotUnderstood{500, "5.5.2", "Command not understood"};
inline constexpr Reply kBareLineEnd{500, "5.5.2", "Bare CR or LF in a command; closing"};
inline constexpr Reply kLineTooLong{500, "5.5.6", "Line too long"};
inline constexpr Reply kBadOctets{500, "5.5.2", "Control character or malformed UTF-8 in command"};
inline constexpr Reply kNoArgument{501, "5.5.4", "This command takes no argument"};
inline constexpr Reply kNeedName{501, "5.5.4", "Give your host name or address literal"};
inline constexpr Reply kNeedArgument{501, "5.5.4", "Argument missing"};
inline constexpr Reply kBadSender{501, "5.1.7", "Syntax: MAIL FROM:<address>"};
inline constexpr Reply kBadRecipient{501, "5.1.3", "Syntax: RCPT TO:<address>"};
inline constexpr Reply kBadParameter{501, "5.5.4", "Bad value or repetition of a parameter"};
inline constexpr Reply kUnknownParameter{555, "5.5.4", "Parameter not recognised"};
inline constexpr Reply kNotImplemented{502, "5.5.1", "Command not implemented"};
inline constexpr Reply kNonAscii{553, "5.6.7", "Non-ASCII address needs MAIL with SMTPUTF8"};

inline constexpr Reply kSayHello{503, "5.5.1", "Say EHLO first"};
inline constexpr Reply kNestedMail{503, "5.5.1", "Sender already given; RSET starts again"};
inline constexpr Reply kNeedMail{503, "5.5.1", "MAIL comes first"};
inline constexpr Reply kNeedRecipient{503, "5.5.1", "RCPT comes first"};
inline constexpr Reply kNoValidRecipients{554, "5.5.1", "No valid recipients"};
inline constexpr Reply kInTransaction{503, "5.5.1", "Not within a mail transaction"};
inline constexpr Reply kAlreadyLoggedIn{503, "5.5.1", "Already logged in"};
inline constexpr Reply kAlreadyTls{503, "5.5.1", "TLS is already active"};

inline constexpr Reply kNeedLogin{530, "5.7.0", "Log in first (AUTH)"};
inline constexpr Reply kNeedTlsFirst{530, "5.7.0", "Issue STARTTLS first"};
inline constexpr Reply kLoginFailed{535, "5.7.8", "User name or password is wrong"};
inline constexpr Reply kLoginUnavailable{454, "4.7.0", "Cannot check the login now; try later"};
inline constexpr Reply kLoginThrottled{454, "4.7.0", "Too many failed logins; try later"};
inline constexpr Reply kLoginMalformed{501, "5.5.2", "Malformed login data"};
inline constexpr Reply kLoginTooLong{500, "5.5.6", "Login data too long"};
inline constexpr Reply kLoginCancelled{501, "5.0.0", "Login cancelled"};
inline constexpr Reply kUnknownMechanism{504, "5.5.4", "Mechanism not supported"};
inline constexpr Reply kMechanismNeedsTls{538, "5.7.11", "This mechanism needs TLS"};

inline constexpr Reply kSenderNotYours{550, "5.7.1", "Sender address is not yours"};
inline constexpr Reply kOwnDomain{550, "5.7.1", "Sender of our domain must log in and submit"};
inline constexpr Reply kUnknownUser{550, "5.1.1", "No such mailbox here"};
inline constexpr Reply kForeign{550, "5.7.1", "This server does not relay"};
inline constexpr Reply kMailboxFull{452, "4.2.2", "Mailbox is full"};
inline constexpr Reply kTryLater{451, "4.3.0", "Cannot look that up now; try later"};
inline constexpr Reply kTooManyRecipients{452, "4.5.3", "Too many recipients"};
inline constexpr Reply kTooBig{552, "5.3.4", "Message is larger than this server takes"};
inline constexpr Reply kBareLineEndInData{554, "5.6.0", "Message has a bare CR or LF"};
inline constexpr Reply kNulInData{554, "5.6.0", "Message has a NUL octet"};

inline constexpr Reply kFromMissing{550, "5.6.0", "Message has no From field"};
inline constexpr Reply kFromSeveral{550, "5.6.0", "Message has more than one From or Sender field"};
inline constexpr Reply kFromUnreadable{550, "5.6.0", "From or Sender field is malformed"};
inline constexpr Reply kFromNotYours{550, "5.7.1", "An address in From or Sender is not yours"};
inline constexpr Reply kBadHeader{550, "5.6.0", "Message header is malformed"};
inline constexpr Reply kLoop{554, "5.4.6", "Too many Received fields: the message is in a loop"};

inline constexpr Reply kTooManyErrors{421, "4.7.0", "Too many errors; closing"};
inline constexpr Reply kTooManyLogins{421, "4.7.0", "Too many failed logins; closing"};
inline constexpr Reply kNotHttp{421, "4.7.0", "This is not HTTP; closing"};
inline constexpr Reply kTimeout{421, "4.4.2", "Timeout; closing"};
inline constexpr Reply kStopping{421, "4.3.2", "Server is stopping; try again soon"};

}  // namespace reply

// The one table from kinds of failure of a delivery to replies.
Reply reply_for(ErrorKind kind);

// Appends one reply line with its CRLF.
void append_reply(std::string& out, const Reply& reply);

// Appends a reply of several lines (RFC 5321 s4.2.1), each with the status if there is one.
void append_replies(std::string& out, int code, std::string_view status,
                    std::span<const std::string_view> lines);

}  // namespace restante::smtp
