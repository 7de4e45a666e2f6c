// POSIX files with every error looked at.
#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace restante::cli {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string why() {
  return std::strerror(errno);
}

bool write_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Outcome<std::string> read_input(const std::string& path, std::size_t limit) {
  const bool standard = path == "-";
  const std::string name = standard ? "standard input" : path;
  const Descriptor file(standard ? STDIN_FILENO
                                 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0)
    return failure(ExitCode::NoInput, fmt::format("cannot read {}: {}", name, why()));
  std::string octets;
  std::array<char, 65536> piece;
  while (true) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(ExitCode::NoInput, fmt::format("cannot read {}: {}", name, why()));
    if (got == 0) return octets;
    octets.append(piece.data(), static_cast<std::size_t>(got));
    if (octets.size() > limit) {
      return failure(ExitCode::BadData, fmt::format("{} is longer than {} octets", name, limit));
    }
  }
}

Outcome<void> replace_file(const std::filesystem::path& path, std::string_view octets,
                           mode_t mode) {
  std::string beside = path.string() + ".XXXXXX";
  const Descriptor file(::mkstemp(beside.data()));
  const auto failed = [&] {
    const Failure reason(ExitCode::Io, fmt::format("cannot write {}: {}", path.string(), why()));
    if (file.get() >= 0) ::unlink(beside.c_str());
    return std::unexpected(reason);
  };
  if (file.get() < 0) return failed();
  if (::fchmod(file.get(), mode) != 0 || !write_all(file.get(), octets) ||
      ::fsync(file.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) {
    return failed();
  }
  return {};
}

std::filesystem::path user_folder(const char* variable, const char* fallback) {
  // The XDG base directory specification: a relative path in the variable is to be ignored.
  if (const char* set = std::getenv(variable); set != nullptr && *set == '/') return set;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / fallback;
  }
  const passwd* user = ::getpwuid(::getuid());
  if (user == nullptr || user->pw_dir == nullptr || *user->pw_dir == '\0') return {};
  return std::filesystem::path(user->pw_dir) / fallback;
}

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = ::getrandom(octets.data() + filled, count - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("no random numbers: " + why());
    filled += static_cast<std::size_t>(got);
  }
  return octets;
}

}  // namespace restante::cli
