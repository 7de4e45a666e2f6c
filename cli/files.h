// Files of the command line: read whole with a bound, written whole or not at all.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "cli/exit_code.h"

namespace restante::cli {

// The octets of a file, at most limit of them; "-" is standard input. Errors: NoInput (cannot be
// read), BadData (longer).
Outcome<std::string> read_input(const std::string& path, std::size_t limit);

// Replaces path by octets: written beside it, synced, renamed; mode such as 0600. Errors: Io.
Outcome<void> replace_file(const std::filesystem::path& path, std::string_view octets, mode_t mode);

// $VARIABLE, or $HOME + fallback; empty where neither is set (HOME is then taken from the user
// database).
std::filesystem::path user_folder(const char* variable, const char* fallback);

// At least that many octets from the operating system's random source.
std::string random_octets(std::size_t count);

}  // namespace restante::cli
