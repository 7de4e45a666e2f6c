// The client's side of message submission (RFC 6409, 5321, 3207, 4954, 2920). Replies are a
// stranger's word: bounded, shown only through the terminal filter. Blocking, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/client_stream.h"
#include "cli/endpoint.h"
#include "cli/exit_code.h"

namespace restante::cli {

struct SmtpReply {
  int code = 0;      // 200 to 599
  std::string text;  // lines joined by a blank, enhanced status included
};

struct Submission {
  std::string from;             // addr-spec; empty: the null sender
  std::vector<std::string> to;  // addr-specs
  std::string octets;           // the message with CRLF line ends
};

class SmtpClient {
 public:
  // Connects, reads the greeting, says EHLO, turns TLS on as the endpoint says. Errors: TryLater,
  // Login (certificate), Protocol.
  static Outcome<SmtpClient> open(const Endpoint& endpoint);
  // Proves who we are by the best mechanism the server has. Errors: Login, TryLater.
  Outcome<void> login(const Login& login);
  // Submits for all recipients or none. Errors: NoRecipient (unknown), Refused, TryLater, Login.
  Outcome<SmtpReply> submit(const Submission& submission);
  // Says QUIT; whatever the server answers, the work is done.
  void quit();

 private:
  explicit SmtpClient(ClientStream stream) : stream_(std::move(stream)) {}
  Outcome<SmtpReply> read_reply();
  Outcome<SmtpReply> command(const std::string& line);
  Outcome<void> greet();
  Outcome<std::vector<SmtpReply>> envelope(const Submission& submission);
  bool has(std::string_view keyword) const;
  std::vector<std::string> words_of(std::string_view keyword) const;

  ClientStream stream_;
  std::vector<std::string> capabilities_;  // EHLO lines after the first, upper case
};

// One reply line: code, whether more lines follow, text (RFC 5321 s4.2.1); nullopt: malformed.
struct SmtpReplyLine {
  int code;
  bool more;
  std::string_view text;
};
std::optional<SmtpReplyLine> parse_smtp_reply_line(std::string_view line);

// The message as DATA carries it: leading dots doubled, final CRLF, the lone dot (RFC 5321 s4.5.2).
// Bare CR and LF become CRLF.
std::string stuff_dots(std::string_view octets);

// The failure a refusal stands for: 5.1.1 and the like of a recipient NoRecipient, 53x Login,
// other 5xx Refused, 4xx TryLater.
Failure smtp_failure(const std::string& what, const SmtpReply& reply, bool recipient);

}  // namespace restante::cli
