// The writer thread: takes all jobs that are queued, commits them in one transaction, then tells
// watchers and waiters. submit() is safe on any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/checkpointer.h"
#include "storage/notices.h"
#include "storage/store.h"
#include "storage/writes.h"

namespace restante::storage {

// One change somebody waits for.
class Job {
 public:
  explicit Job(std::size_t octets) : octets_(octets) {}
  virtual ~Job() = default;
  std::size_t octets() const { return octets_; }

  // Writes; false where it failed and its writes must be undone. May throw.
  virtual bool run(WriteContext& context) = 0;
  // Calls the completion with what run() found.
  virtual void finish() = 0;
  // Calls the completion with error instead.
  virtual void refuse(const Error& error) = 0;

 private:
  std::size_t octets_;
};

template <class T, class Write>
class JobOf : public Job {
 public:
  JobOf(std::size_t octets, Write write, Completion<T> done)
      : Job(octets), write_(std::move(write)), done_(std::move(done)) {}

  bool run(WriteContext& context) override {
    result_.emplace(write_(context));
    return result_->has_value() && !context.undo;
  }
  void finish() override { done_(std::move(*result_)); }
  void refuse(const Error& error) override { done_(std::unexpected(error)); }

 private:
  Write write_;
  Completion<T> done_;
  std::optional<Result<T>> result_;
};

class Writer {
 public:
  // Told of each COMMIT, besides the watchers; on the writer thread.
  using CommitHook = std::function<void(const std::vector<ChangeNotice>&)>;

  // Opens its own connection; throws sqlite::Failure.
  Writer(const std::string& path, const StoreOptions& options, WatchRegistry& watches,
         FlagLog& flag_log, BlobHolds& holds, Checkpointer& checkpointer);
  ~Writer();  // does what is queued, then ends
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // write: Result<T>(WriteContext&), run inside a savepoint. octets: what the job holds in memory.
  template <class T, class Write>
  void submit(std::size_t octets, Write write, Completion<T> done) {
    enqueue(std::make_unique<JobOf<T, Write>>(octets, std::move(write), std::move(done)));
  }

  // One job that waits until nobody else wants to write, or has waited for nine times what the last
  // one took: so others lose a tenth at most. Only one at a time.
  template <class T, class Write>
  void submit_background(Write write, Completion<T> done) {
    put_background(std::make_unique<JobOf<T, Write>>(0, std::move(write), std::move(done)));
  }
  // Refuses the waiting background job and all later ones.
  void drop_background();
  // Whether others were writing a moment ago.
  bool is_busy();
  // The hook is called with a lock held: it must not use the writer. Empty: no longer.
  void on_commit(CommitHook hook);

 private:
  using Clock = std::chrono::steady_clock;

  struct Entry {
    std::unique_ptr<Job> job;
    std::optional<Error> failure;  // the job threw or the group failed
  };
  using Group = std::vector<Entry>;

  void enqueue(std::unique_ptr<Job> job);
  const char* queue(std::unique_ptr<Job>& job);
  void put_background(std::unique_ptr<Job> job);
  bool background_is_due(Clock::time_point now) const;
  void wait_for_jobs(std::unique_lock<std::mutex>& lock);
  void write_group(Group& group);
  void work();
  Group take_group();
  void commit(Group& group, ChangeSet& changes);
  void run(Entry& entry, ChangeSet& changes);
  void finish(Group& group, const ChangeSet& changes);

  const StoreOptions options_;
  WatchRegistry& watches_;
  FlagLog& flag_log_;
  BlobHolds& holds_;
  Checkpointer& checkpointer_;
  sqlite::Connection db_;
  int log_pages_ = 0;
  bool in_background_ = false;  // the group at hand

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> queue_;
  std::size_t queued_octets_ = 0;
  bool stopping_ = false;

  std::unique_ptr<Job> background_;
  bool no_background_ = false;
  Clock::time_point background_due_;   // whatever else is queued
  Clock::duration background_time_{};  // of the last one
  Clock::time_point last_foreground_;

  CommitHook commit_hook_;
  std::thread thread_;
};

}  // namespace restante::storage
