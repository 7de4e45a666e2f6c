// The folder of a store: made private to its owner, and the lock that lets one server run on it.
#pragma once

#include <filesystem>
#include <string>

#include "mail/error.h"

namespace restante::storage {

// Makes folder (0700) with those above it, and the file NAME in it (0600) where they are missing.
// Errors: Io, with the path and what to do.
Result<void> make_data_file(const std::filesystem::path& folder, const std::string& name);

// Held as long as the object lives; released by the kernel when the process ends in any way.
class ServerLock {
 public:
  // Errors: Busy (another server, with its process id), Io.
  static Result<ServerLock> take(const std::filesystem::path& folder);
  ServerLock() = default;  // holds nothing
  ServerLock(ServerLock&& other) noexcept;
  ServerLock& operator=(ServerLock&& other) noexcept;
  ~ServerLock();

 private:
  explicit ServerLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace restante::storage
