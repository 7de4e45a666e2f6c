// The exit codes of every command (the values of sysexits; docs/command-line.md). Values only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace restante::cli {

enum class ExitCode : int {
  Done = 0,            // also: durably queued; also an empty list
  No = 1,              // the asked condition is false, or the user cancelled
  SomeFailed = 3,      // some of several failed, each named on stderr
  Usage = 64,          // wrong command line, or a prompt would have been needed
  BadData = 65,        // a message or other input is malformed
  NoInput = 66,        // no such message, mailbox or file
  NoRecipient = 67,    // the recipient is unknown
  Refused = 69,        // refused for good by the server
  Bug = 70,            // a defect of restante
  CannotCreate = 73,   // would overwrite something
  Io = 74,             // disk or stream failed
  TryLater = 75,       // temporary, try again
  Protocol = 76,       // the other side does not speak the protocol
  Login = 77,          // login or permission
  Configuration = 78,  // a settings or profile file is wrong
};

// Why a command ends without success: `restante: MESSAGE`, then `hint: HINT` where there is one.
// The message is lower case, names the object and the reason ("cannot reach HOST: refused").
struct Failure {
  Failure(ExitCode exit_code, std::string text, std::string next = {})
      : code(exit_code), message(std::move(text)), hint(std::move(next)) {}
  ExitCode code;
  std::string message;
  std::string hint;
};

template <class T>
using Outcome = std::expected<T, Failure>;

// Shorthand for `return failure(ExitCode::NoInput, "no message 412")`.
inline std::unexpected<Failure> failure(ExitCode code, std::string message, std::string hint = {}) {
  return std::unexpected<Failure>(Failure(code, std::move(message), std::move(hint)));
}

}  // namespace restante::cli
