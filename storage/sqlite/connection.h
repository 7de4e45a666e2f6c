// One connection to a database file with its cache of prepared statements. Used by one thread at a
// time. The only room that includes sqlite3.h is this one; this header does not.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/sqlite/failure.h"
#include "storage/sqlite/statement.h"

namespace restante::sqlite {

enum class OpenMode { ReadWrite, ReadOnly };

struct CheckpointResult {
  int log_pages = 0;   // in the write-ahead log
  int done_pages = 0;  // of them copied into the database file
  bool busy = false;   // another connection kept it from finishing
  bool complete() const { return !busy && log_pages == done_pages; }
};

class Connection {
 public:
  // Opens path; a missing file is created in ReadWrite mode. vfs: empty for the default one. Errors
  // (thrown as Failure): Io, Corrupt, Busy.
  Connection(const std::string& path, OpenMode mode, const std::string& vfs = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one or more statements without values or rows (PRAGMA, DDL, BEGIN).
  void execute(const std::string& sql);
  // Runs a cached statement that gives no rows.
  template <class... Values>
  void run(std::string_view sql, const Values&... values) {
    Statement statement(*this, cached(sql));
    statement.bind_all(false, values...);
    while (statement.step()) {
    }
  }
  // A cached statement with copies of values bound; call step() for the rows.
  template <class... Values>
  Statement query(std::string_view sql, const Values&... values) {
    return Statement(*this, cached(sql), values...);
  }
  // The first column of the only row; nullopt where there is none.
  template <class... Values>
  std::optional<std::int64_t> integer(std::string_view sql, const Values&... values) {
    Statement statement(*this, cached(sql));
    statement.bind_all(false, values...);
    if (!statement.step() || statement.is_null(0)) return std::nullopt;
    return statement.integer(0);
  }

  std::int64_t last_insert_id() const;
  std::int64_t changes() const;  // rows changed by the last statement
  bool in_transaction() const;   // false also after SQLite rolled back by itself
  void set_busy_timeout(std::chrono::milliseconds timeout);

  // Calls hook after each COMMIT with the pages that stand in the write-ahead log; replaces the
  // automatic checkpoint.
  void on_commit(std::function<void(int pages)> hook);
  // Copies pages of the write-ahead log into the database file without waiting for anybody.
  CheckpointResult checkpoint_passive();
  // The same, waits for readers and truncates the log.
  CheckpointResult checkpoint_truncate();

  const std::string& path() const { return path_; }
  [[noreturn]] void raise(int code) const;

 private:
  CachedStatement& cached(std::string_view sql);
  CheckpointResult checkpoint(int mode);
  void close();

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::function<void(int)> hook_;
  // The keys are the sql of the values.
  std::unordered_map<std::string_view, std::unique_ptr<CachedStatement>> statements_;
};

}  // namespace restante::sqlite
