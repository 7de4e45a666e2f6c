// Talks to the terminal through stdin and stderr; echo is restored on every way out.
#include "cli/prompt.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "cli/safe_text.h"

namespace restante::cli {
namespace {

constexpr std::size_t kLongestSecret = 1024;

// Holds back the signals that end or stop the program while echo is off, so that the terminal is
// never left without it; they are delivered when this goes out of scope.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&held, one);
    sigprocmask(SIG_BLOCK, &held, &before_);
    descriptor_ = ::signalfd(-1, &held, SFD_CLOEXEC);
  }
  ~HeldSignals() {
    if (descriptor_ >= 0) ::close(descriptor_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  // Waits for input; false once a signal waits.
  bool wait_input() const {
    pollfd both[2] = {{STDIN_FILENO, POLLIN, 0}, {descriptor_, POLLIN, 0}};
    while (::poll(both, 2, -1) < 0) {
      if (errno != EINTR) return false;
    }
    return both[1].revents == 0;
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

class HiddenEcho {
 public:
  HiddenEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  ~HiddenEcho() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  HiddenEcho(const HiddenEcho&) = delete;
  HiddenEcho& operator=(const HiddenEcho&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

struct Line {
  std::string text;
  bool ended = false;  // by LF
};

// Octet by octet: what follows the line stays for whoever reads stdin next.
Line read_line(const HeldSignals* signals = nullptr) {
  Line line;
  while (line.text.size() <= kLongestSecret) {
    char octet = 0;
    if (signals != nullptr && !signals->wait_input()) return {};
    const ssize_t got = ::read(STDIN_FILENO, &octet, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return line;
    if (octet == '\n') {
      line.ended = true;
      if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
      return line;
    }
    line.text += octet;
  }
  return line;
}

void show(std::string_view text) {
  const std::string safe = safe_line(text);
  // A prompt that cannot be shown is no reason to fail: the answer decides.
  if (::write(STDERR_FILENO, safe.data(), safe.size()) < 0) return;
}

std::optional<Failure> cannot_ask(const Context& context, std::string_view question,
                                  std::string_view instead) {
  if (context.output.input_terminal() && !context.no_input) return std::nullopt;
  const std::size_t end = question.find_last_not_of(": ");
  return Failure(ExitCode::Usage,
                 "there is no terminal to ask: " + std::string(question.substr(0, end + 1)),
                 "use " + std::string(instead));
}

}  // namespace

Outcome<std::string> ask_password(Context& context, std::string_view question,
                                  std::string_view instead) {
  if (auto reason = cannot_ask(context, question, instead)) return std::unexpected(*reason);
  Line line;
  {
    const HeldSignals signals;
    const HiddenEcho hidden;  // before the question: nothing typed at its sight may be echoed
    show(question);
    line = read_line(&signals);
  }
  if (::write(STDERR_FILENO, "\n", 1) < 0 || (!line.ended && line.text.empty())) {
    return failure(ExitCode::No, "cancelled");
  }
  return line.text;
}

Outcome<bool> ask_yes(Context& context, std::string_view question, std::string_view instead) {
  if (auto reason = cannot_ask(context, question, instead)) return std::unexpected(*reason);
  show(std::string(question) + " [y/N] ");
  const Line line = read_line();
  if (!line.ended) return failure(ExitCode::No, "cancelled");
  return line.text == "y" || line.text == "Y" || line.text == "yes";
}

Outcome<std::string> read_password_stdin() {
  Line line = read_line();
  if (line.text.empty()) return failure(ExitCode::Usage, "standard input holds no password");
  if (line.text.size() > kLongestSecret) {
    return failure(ExitCode::Usage, "the password on standard input is longer than 1024 octets");
  }
  return std::move(line.text);
}

}  // namespace restante::cli
