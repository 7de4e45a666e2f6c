// Opening, running statements, checkpoints.
#include "storage/sqlite/connection.h"

#include <sqlite3.h>

namespace restante::sqlite {

namespace {

// Nobody asks SQLite how much memory it uses, and counting it takes a lock of the whole process at
// every allocation. Without effect once SQLite is in use.
void forgo_statistics() {
  [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

Connection::Connection(const std::string& path, OpenMode mode, const std::string& vfs)
    : path_(path) {
  forgo_statistics();
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == OpenMode::ReadOnly ? SQLITE_OPEN_READONLY
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code =
      sqlite3_open_v2(path.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    const Error error = translate(code, handle_ == nullptr ? 0 : sqlite3_system_errno(handle_),
                                  sqlite3_errstr(code), path_);
    close();
    throw Failure(error);
  }
  sqlite3_busy_timeout(handle_, 5000);
}

Connection::~Connection() {
  close();
}

void Connection::close() {
  for (auto& [sql, cached] : statements_) sqlite3_finalize(cached->handle);
  statements_.clear();
  sqlite3_close(handle_);
  handle_ = nullptr;
}

void Connection::raise(int code) const {
  throw Failure(translate(code, sqlite3_system_errno(handle_), sqlite3_errmsg(handle_), path_));
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(code);
}

CachedStatement& Connection::cached(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  auto entry = std::make_unique<CachedStatement>();
  entry->sql = sql;
  const int code =
      sqlite3_prepare_v3(handle_, entry->sql.data(), static_cast<int>(entry->sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &entry->handle, nullptr);
  if (code != SQLITE_OK) raise(code);
  CachedStatement& result = *entry;
  statements_.emplace(std::string_view(result.sql), std::move(entry));
  return result;
}

std::int64_t Connection::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::set_busy_timeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(handle_, static_cast<int>(timeout.count()));
}

void Connection::on_commit(std::function<void(int pages)> hook) {
  hook_ = std::move(hook);
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->hook_(pages);
        return SQLITE_OK;
      },
      this);
}

CheckpointResult Connection::checkpoint(int mode) {
  CheckpointResult result;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &result.log_pages, &result.done_pages);
  if ((code & 0xff) == SQLITE_BUSY)
    result.busy = true;
  else if (code != SQLITE_OK)
    raise(code);
  return result;
}

CheckpointResult Connection::checkpoint_passive() {
  return checkpoint(SQLITE_CHECKPOINT_PASSIVE);
}

CheckpointResult Connection::checkpoint_truncate() {
  return checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

}  // namespace restante::sqlite
