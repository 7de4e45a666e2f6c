// The command language of SMTP: one line in, one command or the reply that refuses it out
// (RFC 5321 s4.1, RFC 1870, 6152, 6531, 4954). Pure; holds no state: order is server.h's matter.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "mail/smtp/address.h"
#include "mail/smtp/reply.h"

namespace restante::smtp {

inline constexpr std::size_t kMaxCommandLine =
    2048;                                           // 512 of RFC 5321 and all extensions, CRLF too
inline constexpr std::size_t kMaxAuthLine = 12288;  // RFC 4954 s4, CRLF too

enum class Verb {
  Ehlo,
  Helo,
  Mail,
  Rcpt,
  Data,
  Rset,
  Noop,
  Quit,
  Vrfy,
  Expn,
  Help,
  StartTls,
  Auth,
  Bdat,
  Http,  // GET, POST and the like: a browser was made to talk to us
};

struct MailParameters {
  std::optional<std::uint64_t> size;  // octets (RFC 1870)
  bool eight_bit = false;             // BODY=8BITMIME (RFC 6152)
  bool smtputf8 = false;              // RFC 6531
  bool any = false;                   // there was one: ESMTP only
};

struct Command {
  Verb verb = Verb::Noop;
  std::string_view argument;  // all behind the verb; for AUTH the mechanism; a view into the line
  std::optional<std::string_view> initial_response;  // AUTH, still base64
  std::optional<Mailbox> path;                       // MAIL: nullopt is <>; RCPT: always there
  MailParameters parameters;                         // MAIL
};

// Parses a line without its CRLF. The error is the reply to give.
std::expected<Command, Reply> parse_command(std::string_view line);

}  // namespace restante::smtp
