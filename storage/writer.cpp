// The loop of the writer thread: one transaction a group, one savepoint a job.
#include "storage/writer.h"

#include <algorithm>
#include <exception>
#include <new>

#include "storage/schema.h"
#include "storage/sqlite/transaction.h"

namespace restante::storage {

namespace {

using namespace std::chrono_literals;

constexpr auto kQuiet = 3ms;         // without other jobs, until a background job runs
constexpr auto kBusy = 200ms;        // after other jobs
constexpr auto kLongestWait = 50ms;  // of a background job, at the least

}  // namespace

Writer::Writer(const std::string& path, const StoreOptions& options, WatchRegistry& watches,
               FlagLog& flag_log, BlobHolds& holds, Checkpointer& checkpointer)
    : options_(options),
      watches_(watches),
      flag_log_(flag_log),
      holds_(holds),
      checkpointer_(checkpointer),
      db_(path, sqlite::OpenMode::ReadWrite) {
  configure_writer(db_, options.secure_delete);
  db_.set_busy_timeout(std::chrono::seconds(10));
  db_.on_commit([this](int pages) { log_pages_ = pages; });
  thread_ = std::thread([this] { work(); });
}

Writer::~Writer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::enqueue(std::unique_ptr<Job> job) {
  const char* const refused = queue(job);
  if (refused != nullptr)
    job->refuse(Error(ErrorKind::Busy, refused));
  else
    wake_.notify_one();
}

// Takes job, or leaves it and says why.
const char* Writer::queue(std::unique_ptr<Job>& job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return "the store is closing";
  if (queue_.size() >= options_.queue_jobs ||
      queued_octets_ + job->octets() > options_.queue_octets)
    return "too many changes are waiting; try again";
  queued_octets_ += job->octets();
  queue_.push_back(std::move(job));
  return nullptr;
}

void Writer::put_background(std::unique_ptr<Job> job) {
  bool refused = false;
  {
    const std::scoped_lock lock(mutex_);
    refused = no_background_ || stopping_;
    if (!refused) {
      background_due_ =
          Clock::now() + std::max<Clock::duration>(kLongestWait, background_time_ * 9);
      background_.swap(job);
    }
  }
  if (refused) return job->refuse(Error(ErrorKind::Busy, "the store is closing"));
  wake_.notify_one();
}

void Writer::drop_background() {
  std::unique_ptr<Job> dropped;
  {
    const std::scoped_lock lock(mutex_);
    no_background_ = true;
    dropped = std::move(background_);
  }
  if (dropped) dropped->refuse(Error(ErrorKind::Busy, "the store is closing"));
}

bool Writer::is_busy() {
  const std::scoped_lock lock(mutex_);
  return !queue_.empty() || Clock::now() - last_foreground_ < kBusy;
}

void Writer::on_commit(CommitHook hook) {
  const std::scoped_lock lock(mutex_);
  commit_hook_ = std::move(hook);
}

bool Writer::background_is_due(Clock::time_point now) const {
  if (!background_) return false;
  return now >= background_due_ || (queue_.empty() && now - last_foreground_ >= kQuiet);
}

// Waits until there is something to do, or nothing will come any more.
void Writer::wait_for_jobs(std::unique_lock<std::mutex>& lock) {
  while (!stopping_ && queue_.empty() && !background_is_due(Clock::now())) {
    if (background_)
      wake_.wait_until(lock, std::min(background_due_, last_foreground_ + kQuiet));
    else
      wake_.wait(lock);
  }
}

// Waits for jobs; empty where the store closes and none is left.
Writer::Group Writer::take_group() {
  Group group;
  std::unique_lock lock(mutex_);
  wait_for_jobs(lock);
  // A group of its own, so that nobody's answer waits for it longer than need be.
  in_background_ = !stopping_ && background_is_due(Clock::now());
  if (in_background_) {
    group.push_back({std::move(background_), std::nullopt});
    return group;
  }
  std::size_t octets = 0;
  while (!queue_.empty() && group.size() < options_.group_jobs) {
    const std::size_t more = queue_.front()->octets();
    if (!group.empty() && octets + more > options_.group_octets) break;
    octets += more;
    group.push_back({std::move(queue_.front()), std::nullopt});
    queue_.pop_front();
  }
  queued_octets_ -= octets;
  return group;
}

void Writer::work() {
  for (;;) {
    Group group = take_group();
    if (group.empty()) return;
    const Clock::time_point begin = Clock::now();
    write_group(group);
    const std::scoped_lock lock(mutex_);
    if (in_background_)
      background_time_ = Clock::now() - begin;
    else
      last_foreground_ = Clock::now();
  }
}

void Writer::write_group(Group& group) {
  ChangeSet changes;
  log_pages_ = 0;
  try {
    commit(group, changes);
  } catch (const sqlite::Failure& failure) {
    // Nothing of the group is kept (docs/schema.md, "A failed COMMIT").
    for (Entry& entry : group) entry.failure = failure.error();
    changes.clear();
  }
  finish(group, changes);
  group.clear();
  if (log_pages_ != 0) checkpointer_.after_commit(db_, log_pages_);
}

void Writer::commit(Group& group, ChangeSet& changes) {
  sqlite::Transaction transaction(db_, sqlite::TransactionKind::Write);
  for (Entry& entry : group) {
    run(entry, changes);
    // Disk full or an I/O error may have undone the jobs before it as well.
    if (!transaction.active()) throw sqlite::Failure(entry.failure.value());
  }
  transaction.commit();
}

// One job in its savepoint; where it fails, it alone is undone.
void Writer::run(Entry& entry, ChangeSet& changes) {
  ChangeSet own;
  WriteContext context{
      db_, own, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()), holds_};
  try {
    sqlite::Savepoint savepoint(db_);
    if (!entry.job->run(context)) return;
    savepoint.release();
    changes.merge(own);
  } catch (const sqlite::Failure& failure) {
    entry.failure = failure.error();
  } catch (const std::bad_alloc&) {
    entry.failure = Error(ErrorKind::Busy, "out of memory; try again");
  } catch (const std::exception& error) {
    entry.failure = Error(ErrorKind::Io, std::string("internal error: ") + error.what());
  }
}

void Writer::finish(Group& group, const ChangeSet& changes) {
  if (!changes.flags().empty()) flag_log_.add(changes.flags());
  const std::vector<ChangeNotice> notices = changes.notices();
  for (const ChangeNotice& notice : notices) watches_.notify(notice);
  {
    const std::scoped_lock lock(mutex_);
    if (commit_hook_) commit_hook_(notices);
  }
  for (Entry& entry : group) {
    if (entry.failure)
      entry.job->refuse(*entry.failure);
    else
      entry.job->finish();
  }
}

}  // namespace restante::storage
