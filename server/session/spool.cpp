// An unnamed file and its mapping. See spool.h.
#include "server/session/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "server/async_bridge.h"

namespace restante::session {
namespace {

std::unexpected<Error> failed(const char* what) {
  return fail(ErrorKind::Io, fmt::format("{} failed: {}", what, std::strerror(errno)));
}

// A file that nobody finds, gone with its descriptor.
int make_file(const std::filesystem::path& folder) {
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return unnamed;
  std::string name = (folder / "incoming-XXXXXX").native();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Spool::Spool(asio::thread_pool& workers, std::filesystem::path folder)
    : workers_(workers), folder_(std::move(folder)) {
  if (folder_.empty()) folder_ = std::filesystem::temp_directory_path();
}

Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

asio::awaitable<Result<void>> Spool::settle() {
  if (memory_.size() < kSpoolMemory) co_return Result<void>();
  auto write = [this] { return write_memory(); };
  co_return co_await run_on(workers_, std::move(write));
}

Result<void> Spool::write_memory() {
  if (file_ < 0) file_ = make_file(folder_);
  if (file_ < 0) return failed("making a temporary file");
  std::string_view left = memory_;
  while (!left.empty()) {
    const ssize_t put = ::write(file_, left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("writing a temporary file");
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  written_ += memory_.size();
  memory_.clear();
  return {};
}

Result<Spool::View> Spool::view() {
  if (in_memory()) return View(memory_);
  auto written = write_memory();
  if (!written) return std::unexpected(written.error());
  void* const mapped = ::mmap(nullptr, written_, PROT_READ, MAP_PRIVATE, file_, 0);
  if (mapped == MAP_FAILED) return failed("mapping a temporary file");
  return View(mapped, written_);
}

Spool::View::View(View&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      octets_(std::exchange(other.octets_, std::string_view())) {}

Spool::View::~View() {
  if (mapped_ != nullptr) ::munmap(mapped_, octets_.size());
}

}  // namespace restante::session
