// What a person sees who typed no command, or one that does not exist.
#pragma once

#include "cli/command.h"

namespace restante::cli {

// `restante` alone: the inbox where a profile exists, else ten lines on how to begin.
ExitCode run_without_command(Context& context);

// The failure to report for a command line CLI11 refused, with a suggestion for a mistyped command.
Failure explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv);

}  // namespace restante::cli
