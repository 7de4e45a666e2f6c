// Folder, file and lock by system calls, so that modes are right from the first instant.
#include "storage/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace restante::storage {

namespace {

constexpr const char* kLockName = "restante.lock";

std::unexpected<Error> cannot(const char* what, const std::filesystem::path& path, int reason) {
  if (reason == ENOSPC || reason == EDQUOT)
    return fail(ErrorKind::Io,
                fmt::format("disk full: free space on {}", path.parent_path().string()));
  return fail(
      ErrorKind::Io,
      fmt::format("cannot {} {}: {}; make it writable for the user of this program (uid {}) "
                  "or choose another data folder",
                  what, path.string(), std::strerror(reason), ::geteuid()));
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const auto& part : folder) {
    made /= part;
    // EEXIST also for what is no folder: opening the file in it tells.
    if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      const int reason = errno;
      struct stat status{};
      if (::stat(made.c_str(), &status) != 0) return cannot("make the folder", made, reason);
    }
  }
  return {};
}

// So that the names of new files survive a power loss.
void flush_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

std::string holder_of(int file) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(file, text.data(), text.size(), 0);
  std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!pid.empty() && (pid.back() < '0' || pid.back() > '9')) pid.pop_back();
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

Result<void> make_data_file(const std::filesystem::path& folder, const std::string& name) {
  Result<void> made = make_folder(folder);
  if (!made) return made;
  const std::filesystem::path path = folder / name;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot("open", path, errno);
  ::close(file);
  flush_folder(folder);
  flush_folder(folder.parent_path());
  return {};
}

Result<ServerLock> ServerLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kLockName;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot("open", path, errno);
  ServerLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", path, errno);
    return fail(ErrorKind::Busy, fmt::format("another server is running on {} (pid {}); stop it "
                                             "first or choose another data folder",
                                             folder.string(), holder_of(file)));
  }
  // Only the message above reads the number: the lock is what counts.
  const std::string pid = fmt::format("{}\n", ::getpid());
  const bool written = ::ftruncate(file, 0) == 0 && ::pwrite(file, pid.data(), pid.size(), 0) ==
                                                        static_cast<ssize_t>(pid.size());
  if (!written) return cannot("write", path, errno);
  return lock;
}

ServerLock::ServerLock(ServerLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

ServerLock& ServerLock::operator=(ServerLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

ServerLock::~ServerLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace restante::storage
