// Octets that come from a client until the command they belong to is done: in memory while they are
// few, then in a file without a name, so that what a slow client has sent costs no memory. Belongs
// to one session; files are written and read on the worker threads.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "mail/error.h"

namespace restante::session {

inline constexpr std::size_t kSpoolMemory = 256 * 1024;

class Spool {
 public:
  // folder: where the file is made; empty: the system's folder for temporary files.
  Spool(asio::thread_pool& workers, std::filesystem::path folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  std::uint64_t size() const { return written_ + memory_.size(); }
  bool in_memory() const { return file_ < 0; }
  // Takes octets without writing a file; call settle() before the next.
  void add(std::string_view octets) { memory_ += octets; }
  // Moves octets to the file where there are many. Errors: Io (such as a full disk).
  asio::awaitable<Result<void>> settle();

  // All octets, as long as this lives. Not on a thread that serves sockets unless in_memory().
  // Errors: Io.
  class View {
   public:
    View() = default;
    View(void* mapped, std::size_t size)
        : mapped_(mapped), octets_(static_cast<char*>(mapped), size) {}
    explicit View(std::string_view octets) : octets_(octets) {}
    View(View&& other) noexcept;
    View& operator=(View&&) = delete;
    ~View();
    std::string_view octets() const { return octets_; }

   private:
    void* mapped_ = nullptr;
    std::string_view octets_;
  };
  Result<View> view();

 private:
  Result<void> write_memory();

  asio::thread_pool& workers_;
  std::filesystem::path folder_;
  std::string memory_;  // what the file does not hold yet
  std::uint64_t written_ = 0;
  int file_ = -1;
};

}  // namespace restante::session
