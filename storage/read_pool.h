// Reader threads with a bounded queue, and spare readers for calls on other threads. Safe on any
// thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite_reader.h"

namespace restante::storage {

class ReadPool {
 public:
  // Throws sqlite::Failure where the database cannot be opened.
  // flag_log must outlive the pool.
  ReadPool(std::string path, unsigned threads, std::size_t queue_limit, const FlagLog& flag_log,
           std::shared_ptr<BlobHolds> holds);
  ~ReadPool();  // runs what is queued, then ends
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  Result<void> submit(ReadTask task);
  // Runs task on the calling thread. Throws sqlite::Failure where no connection can be opened.
  void run_here(const std::function<void(Reader&)>& task);

 private:
  void work(SqliteReader& reader);

  const std::string path_;
  const std::size_t queue_limit_;
  const FlagLog& flag_log_;
  const std::shared_ptr<BlobHolds> holds_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<ReadTask> queue_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<SqliteReader>> spare_;
  std::vector<std::unique_ptr<SqliteReader>> readers_;
  std::vector<std::thread> threads_;
};

}  // namespace restante::storage
