// POP3 command lines (RFC 1939 s3, RFC 2449 s3-4, RFC 5034 s4, RFC 6856): one line to one value.
// Pure; linear in the line, which the caller bounds with kLineOctets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace restante::pop3 {

// Octets of a line of the client with its CRLF. RFC 2449 s4 asks for 255; the answers and initial
// responses of SASL mechanisms are longer (RFC 5034 s4).
inline constexpr std::size_t kLineOctets = 12'288;

enum class Verb : std::uint8_t {
  Capa,
  User,
  Pass,
  Auth,
  Stls,
  Stat,
  List,
  Retr,
  Top,
  Dele,
  Noop,
  Rset,
  Uidl,
  Quit,
  Lang,
  Utf8,
};

struct Command {
  Verb verb = Verb::Noop;
  std::uint32_t message = 0;  // number of LIST, UIDL (0: none given), RETR, TOP, DELE
  std::uint32_t lines = 0;    // of TOP
  // USER: the name; PASS: the password; AUTH: the mechanism in upper case; LANG: the language range
  // or nothing.
  std::string text;
  std::optional<std::string> initial_response;  // AUTH: base64; "" where it was "="
};

struct CommandError {
  std::string_view text;  // for the client
  bool fatal = false;     // this client speaks something else: close
};

// line: without its CRLF. A bare CR or LF in it, another control character and what is not UTF-8
// are refused.
std::expected<Command, CommandError> parse_command(std::string_view line);

}  // namespace restante::pop3
