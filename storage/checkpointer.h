// Copies the write-ahead log into the database file beside the writer: a thread of its own does it
// in the background; where that falls behind, the writer finishes it between two groups.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "storage/sqlite/connection.h"

namespace restante::storage {

class Checkpointer {
 public:
  // Throws sqlite::Failure where the database cannot be opened.
  explicit Checkpointer(const std::string& path);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // After a COMMIT, on the writer thread: pages stand in the log of db.
  void after_commit(sqlite::Connection& db, int pages);

 private:
  void work();
  void finish(sqlite::Connection& db, int pages);

  std::mutex running_;  // held during a checkpoint
  sqlite::Connection db_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  int started_at_ = 0;  // log pages when the background was last woken; writer thread only
  int finish_at_ = 0;   // log pages from which the writer finishes; writer thread only
  std::thread thread_;
};

}  // namespace restante::storage
