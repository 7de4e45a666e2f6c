// Programs run on behalf of a command (editor, password command): without a shell, with the usual
// signals. Used from one thread.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace restante::cli {

// Starts words[0] (looked for in PATH) with the others as arguments. Errors: NoInput ("cannot
// run").
Outcome<pid_t> start_child(std::vector<std::string> words,
                           const posix_spawn_file_actions_t* actions = nullptr);

// Waits for its end; its exit status, 128 plus the signal where one ended it.
int wait_child(pid_t child);

}  // namespace restante::cli
