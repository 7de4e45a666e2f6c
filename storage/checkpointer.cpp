// When to checkpoint, in pages of 4 KiB (docs/schema.md, "Checkpoints").
#include "storage/checkpointer.h"

#include "storage/schema.h"

namespace restante::storage {

namespace {

constexpr int kBackgroundPages = 4096;  // 16 MiB: the background starts
constexpr int kLimitPages = 16384;      // 64 MiB: the writer finishes
constexpr int kRetryPages = 4096;       // a reader kept it from finishing: again after 16 MiB more

}  // namespace

Checkpointer::Checkpointer(const std::string& path)
    : db_(path, sqlite::OpenMode::ReadWrite), finish_at_(kLimitPages) {
  configure_writer(db_, false);
  thread_ = std::thread([this] { work(); });
}

Checkpointer::~Checkpointer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Checkpointer::after_commit(sqlite::Connection& db, int pages) {
  if (pages < started_at_) {  // the log began anew
    started_at_ = 0;
    finish_at_ = kLimitPages;
  }
  if (pages >= finish_at_) {
    finish(db, pages);
  } else if (pages - started_at_ >= kBackgroundPages) {
    started_at_ = pages;
    const std::scoped_lock lock(mutex_);
    wanted_ = true;
    wake_.notify_one();
  }
}

void Checkpointer::finish(sqlite::Connection& db, int pages) {
  const std::scoped_lock lock(running_);
  try {
    const bool complete = db.checkpoint_passive().complete();
    finish_at_ = complete ? kLimitPages : pages + kRetryPages;
  } catch (const sqlite::Failure&) {
    // The log keeps what could not be copied: nothing is lost, a later checkpoint copies it.
    finish_at_ = pages + kRetryPages;
  }
}

void Checkpointer::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return wanted_ || stopping_; });
      if (stopping_) return;
      wanted_ = false;
    }
    const std::scoped_lock lock(running_);
    try {
      db_.checkpoint_passive();
    } catch (const sqlite::Failure&) {
      // As above.
    }
  }
}

}  // namespace restante::storage
