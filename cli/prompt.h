// Asking the person at the terminal, and reading secrets from standard input. Never asks without a
// terminal, never asks again at the end of input.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace restante::cli {

// Asks on the terminal without echo; question ends in ": ". Errors: Usage without a terminal or
// with --no-input (instead names the flag to use, such as "--password-stdin"), No at the end of
// input (cancelled).
Outcome<std::string> ask_password(Context& context, std::string_view question,
                                  std::string_view instead);

// A yes or no question, default no. Errors as ask_password.
Outcome<bool> ask_yes(Context& context, std::string_view question, std::string_view instead);

// The first line of standard input, without its line end. Errors: Usage where it is empty or longer
// than 1024 octets.
Outcome<std::string> read_password_stdin();

}  // namespace restante::cli
