// The tables of restante.db and the migrations that make them (docs/schema.md states every column
// and invariant). Knows SQL, nothing of threads.
#pragma once

#include <span>

#include "mail/error.h"
#include "storage/sqlite/connection.h"

namespace restante::storage {

// The version of the schema this program reads and writes (PRAGMA user_version).
inline constexpr int kSchemaVersion = 5;
// PRAGMA application_id: "rest".
inline constexpr int kApplicationId = 0x72657374;

// How version N + 1 is made from version N, N being its position; version 0 is an empty file.
struct SchemaStep {
  const char* sql;
  void (*fill)(sqlite::Connection&) = nullptr;  // then, for what SQL cannot say
};
std::span<const SchemaStep> schema_steps();

// Brings the database at connection to the version that steps lead to: makes the tables of a new
// file; backs an older file up beside itself (NAME.vN-backup) and migrates it in one transaction.
// Errors: Invalid (made by a newer program), Corrupt (not a restante database, damaged), Io, Busy.
Result<void> migrate(sqlite::Connection& connection, std::span<const SchemaStep> steps);

// The settings of every connection that writes.
void configure_writer(sqlite::Connection& connection, bool secure_delete);
// The settings of every connection that reads.
void configure_reader(sqlite::Connection& connection);

}  // namespace restante::storage
