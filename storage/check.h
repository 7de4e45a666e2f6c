// Every invariant of docs/schema.md as a query.
#pragma once

#include <string>
#include <vector>

#include "storage/sqlite/connection.h"

namespace restante::storage {

// One line a violation. Throws sqlite::Failure where the database cannot be read.
std::vector<std::string> check_database(sqlite::Connection& db);

// The part of it that is about digests and threads (docs/schema.md, Threads).
void check_threads(sqlite::Connection& db, std::vector<std::string>& lines);

}  // namespace restante::storage
