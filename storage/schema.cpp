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

#include "storage/sqlite/transaction.h"

namespace restante::storage {

namespace {

constexpr const char* kVersion1 = R"sql(
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_uid_validity INTEGER NOT NULL
) STRICT;
INSERT INTO store (id, last_uid_validity) VALUES (1, 0);

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL UNIQUE,
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  stored_key BLOB NOT NULL,
  server_key BLOB NOT NULL,
  quota INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  modseq INTEGER NOT NULL DEFAULT 1,
  next_number INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE address (
  address TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  PRIMARY KEY (address, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address (account);

CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  special_use INTEGER NOT NULL DEFAULT 0,
  uid_validity INTEGER NOT NULL UNIQUE,
  uid_next INTEGER NOT NULL DEFAULT 1 CHECK (uid_next BETWEEN 1 AND 4294967295),
  highest_modseq INTEGER NOT NULL,
  changed_modseq INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  first_recent INTEGER NOT NULL DEFAULT 1,
  UNIQUE (account, name)
) STRICT;

CREATE TABLE subscription (
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyword (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  bit INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 63),
  name TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (mailbox, bit),
  UNIQUE (mailbox, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uses INTEGER NOT NULL,
  size INTEGER NOT NULL,
  structure BLOB NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE blob_chunk (
  blob INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
  chunk INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (blob, chunk)
) STRICT;

CREATE TABLE message (
  account INTEGER NOT NULL,
  number INTEGER NOT NULL,
  blob INTEGER NOT NULL,
  received INTEGER NOT NULL,
  placements INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE copy (
  account INTEGER NOT NULL,
  number INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (account, number, mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE placement (
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  blob INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  size INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  save_date INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE expunged (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  modseq INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, first)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 1> kSteps = {kVersion1};
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
    auto row = connection.query("SELECT name FROM sqlite_schema WHERE type = 'table'");
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

std::span<const char* const> schema_steps() {
  return kSteps;
}

Result<void> migrate(sqlite::Connection& connection, std::span<const char* const> steps) {
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
    for (int step = *version; step < newest; ++step)
      connection.execute(steps[static_cast<std::size_t>(step)]);
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
