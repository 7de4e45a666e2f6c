// Runs the program that knows a password, without a shell in between.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "cli/child.h"
#include "cli/profile.h"

namespace restante::cli {
namespace {

constexpr std::size_t kLongestPassword = 1024;

// What the program prints, at most a little more than a password may have.
Outcome<std::string> output_of(const std::vector<std::string>& command) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return failure(ExitCode::Io, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  auto child = start_child(command, &actions);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (!child) {
    ::close(pipe[0]);
    return failure(ExitCode::Login, "the password command failed: " + child.error().message);
  }
  std::string output;
  std::array<char, 512> piece;
  while (output.size() <= 4 * kLongestPassword) {
    const ssize_t got = ::read(pipe[0], piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    output.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe[0]);
  if (const int status = wait_child(*child); status != 0) {
    return failure(ExitCode::Login, fmt::format("the password command {} failed with status {}",
                                                command[0], status));
  }
  return output;
}

}  // namespace

Outcome<std::vector<std::string>> split_command(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word += line[++i];
      in_word = true;
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0') return failure(ExitCode::Usage, "a quote in the command does not end");
  if (in_word) words.push_back(word);
  if (words.empty() || words[0].empty()) return failure(ExitCode::Usage, "the command is empty");
  return words;
}

Outcome<std::string> reveal(const Credential& credential) {
  if (credential.command.empty()) return credential.password;
  auto output = output_of(credential.command);
  if (!output) return output;
  std::string password = output->substr(0, output->find('\n'));
  if (password.ends_with('\r')) password.pop_back();
  if (password.empty() || password.size() > kLongestPassword) {
    return failure(ExitCode::Login, fmt::format("the password command {} printed no password",
                                                credential.command[0]));
  }
  return password;
}

}  // namespace restante::cli
