// Tables, migrations, and the backup that precedes them.
#include "storage/schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "storage/schema/version_1.h"
#include "storage/schema/version_2.h"
#include "storage/schema/version_3.h"
#include "storage/schema/version_4.h"
#include "storage/schema/version_5.h"
#include "storage/sqlite/transaction.h"
#include "storage/threads.h"

namespace restante::storage {

namespace {

constexpr std::array kSteps = {SchemaStep{kVersion1}, SchemaStep{kVersion2, fill_threads},
                               SchemaStep{kVersion3}, SchemaStep{kVersion4}, SchemaStep{kVersion5}};
static_assert(kSteps.size() == static_cast<std::size_t>(kSchemaVersion));

int version_of(sqlite::Connection& connection) {
  return static_cast<int>(connection.integer("PRAGMA user_version").value_or(0));
}

// An empty database, one of ours of a version we know, or the reason why it is neither.
Result<int> known_version(sqlite::Connection& connection, int newest) {
  const std::int64_t tables = connection.integer("SELECT count(*) FROM sqlite_schema").value_or(0);
  const std::int64_t application = connection.integer("PRAGMA application_id").value_or(0);
  const int version = version_of(connection);
  if (tables == 0 && application == 0 && version == 0) return 0;
  if (application != kApplicationId)
    return fail(
        ErrorKind::Corrupt,
        fmt::format("{} is not a restante database; restore it from a backup or use another "
                    "data folder",
                    connection.path()));
  if (version > newest)
    return fail(
        ErrorKind::Invalid,
        fmt::format("{} was written by a newer restante (schema {}, this program knows {}); "
                    "install that version",
                    connection.path(), version, newest));
  return version;
}

// Reads the beginning of every table: what is damaged there is found before anybody is served.
void look_at_tables(sqlite::Connection& connection) {
  std::vector<std::string> tables;
  {
    auto row = connection.query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'");
    while (row.step()) tables.emplace_back(row.text(0));
  }
  for (const std::string& table : tables)
    connection.integer(fmt::format("SELECT 1 FROM \"{}\" LIMIT 1", table));
  if (!connection.integer("SELECT last_uid_validity FROM store"))
    throw sqlite::Failure(
        Error(ErrorKind::Corrupt, fmt::format("{} is damaged (its store row is missing); restore "
                                              "it from a backup",
                                              connection.path())));
}

// Changing the journal mode does not wait for other connections by itself.
void use_write_ahead_log(sqlite::Connection& connection) {
  constexpr int kTries = 100;
  for (int attempt = 1;; ++attempt) {
    try {
      connection.execute("PRAGMA journal_mode = WAL");
      return;
    } catch (const sqlite::Failure& failure) {
      if (failure.error().kind() != ErrorKind::Busy || attempt == kTries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

// Makes the file durable that VACUUM INTO wrote.
void flush_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = file >= 0 && ::fsync(file) == 0;
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!done)
    throw sqlite::Failure(Error(
        ErrorKind::Io, fmt::format("cannot write the backup {}: {}", path, std::strerror(reason))));
}

void back_up(sqlite::Connection& connection, int version) {
  const std::string target = fmt::format("{}.v{}-backup", connection.path(), version);
  const std::string unfinished = target + ".part";
  ::unlink(unfinished.c_str());
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
  connection.run("VACUUM INTO ?1", unfinished);
  flush_file(unfinished);
  std::filesystem::rename(unfinished, target);
}

}  // namespace

std::span<const SchemaStep> schema_steps() {
  return kSteps;
}

Result<void> migrate(sqlite::Connection& connection, std::span<const SchemaStep> steps) {
  const int newest = static_cast<int>(steps.size());
  try {
    Result<int> before = known_version(connection, newest);
    if (!before) return std::unexpected(before.error());
    if (*before > 0) look_at_tables(connection);
    use_write_ahead_log(connection);
    if (*before == newest) return {};
    if (*before > 0) back_up(connection, *before);

    sqlite::Transaction transaction(connection, sqlite::TransactionKind::Write);
    // Another process may have migrated between the look and the lock.
    Result<int> version = known_version(connection, newest);
    if (!version) return std::unexpected(version.error());
    for (int number = *version; number < newest; ++number) {
      const SchemaStep& step = steps[static_cast<std::size_t>(number)];
      connection.execute(step.sql);
      if (step.fill != nullptr) step.fill(connection);
    }
    connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                   kApplicationId, newest));
    transaction.commit();
    return {};
  } catch (const sqlite::Failure& failure) {
    return std::unexpected(failure.error());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(ErrorKind::Io, fmt::format("cannot back up {} before migrating it: {}",
                                           connection.path(), error.code().message()));
  }
}

void configure_writer(sqlite::Connection& connection, bool secure_delete) {
  connection.execute("PRAGMA synchronous = FULL");
  connection.execute("PRAGMA foreign_keys = ON");
  connection.execute("PRAGMA wal_autocheckpoint = 0");
  connection.execute("PRAGMA temp_store = MEMORY");
  connection.execute("PRAGMA cache_size = -65536");
  connection.execute("PRAGMA trusted_schema = OFF");
  connection.execute(secure_delete ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = OFF");
}

void configure_reader(sqlite::Connection& connection) {
  connection.execute("PRAGMA query_only = ON");
  connection.execute("PRAGMA cache_size = -16384");
  connection.execute("PRAGMA temp_store = MEMORY");
  connection.execute("PRAGMA trusted_schema = OFF");
}

}  // namespace restante::storage
