// The loop of a reader thread and the spare readers.
#include "storage/read_pool.h"

namespace restante::storage {

namespace {

constexpr std::size_t kSpareReaders = 4;

}  // namespace

ReadPool::ReadPool(std::string path, unsigned threads, std::size_t queue_limit,
                   const FlagLog& flag_log, std::shared_ptr<BlobHolds> holds)
    : path_(std::move(path)),
      queue_limit_(queue_limit),
      flag_log_(flag_log),
      holds_(std::move(holds)) {
  for (unsigned i = 0; i < threads; ++i)
    readers_.push_back(std::make_unique<SqliteReader>(path_, holds_, &flag_log_));
  for (const auto& reader : readers_)
    threads_.emplace_back([this, &reader = *reader] { work(reader); });
}

ReadPool::~ReadPool() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Result<void> ReadPool::submit(ReadTask task) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return fail(ErrorKind::Busy, "the store is closing");
    if (queue_.size() >= queue_limit_)
      return fail(ErrorKind::Busy, "too many reads are waiting; try again");
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return {};
}

void ReadPool::work(SqliteReader& reader) {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    ReadTask task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    reader.run([&](Reader& view) { task(view); });
  }
}

void ReadPool::run_here(const std::function<void(Reader&)>& task) {
  std::unique_ptr<SqliteReader> reader;
  {
    const std::scoped_lock lock(mutex_);
    if (!spare_.empty()) {
      reader = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!reader) reader = std::make_unique<SqliteReader>(path_, holds_, &flag_log_);
  reader->run(task);
  const std::scoped_lock lock(mutex_);
  if (spare_.size() < kSpareReaders) spare_.push_back(std::move(reader));
}

}  // namespace restante::storage
