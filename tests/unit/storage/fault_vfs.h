// A layer over SQLite's file functions that fails on demand, for tests of a full or failing disk.
#pragma once

#include <atomic>

namespace restante::storage::testing {

// While one lives, databases opened in this process go through it. One at a time.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Octets that may still be written to any file; then writes fail as on a full disk. Negative:
  // any.
  void set_free_octets(long long octets);
  // The next number of flushes succeed, then all fail. Negative: none fails.
  void set_flushes(long long count);
  long long failures() const;
};

}  // namespace restante::storage::testing
