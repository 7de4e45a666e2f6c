// Binding, stepping and reading columns.
#include "storage/sqlite/statement.h"

#include <sqlite3.h>

#include <stdexcept>

#include "storage/sqlite/connection.h"

namespace restante::sqlite {

Statement::Statement(Connection& connection, CachedStatement& cached)
    : connection_(connection), cached_(cached) {
  if (cached_.in_use) throw std::logic_error("statement used twice at once: " + cached_.sql);
  cached_.in_use = true;
}

Statement::~Statement() {
  sqlite3_reset(cached_.handle);
  cached_.in_use = false;
}

bool Statement::step() {
  const int code = sqlite3_step(cached_.handle);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  connection_.raise(code);
}

void Statement::reset() {
  sqlite3_reset(cached_.handle);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(cached_.handle, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(cached_.handle, column);
}

std::string_view Statement::text(int column) const {
  const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(cached_.handle, column));
  const int length = sqlite3_column_bytes(cached_.handle, column);
  return octets == nullptr ? std::string_view()
                           : std::string_view(octets, static_cast<std::size_t>(length));
}

std::string_view Statement::blob(int column) const {
  const auto* octets = static_cast<const char*>(sqlite3_column_blob(cached_.handle, column));
  const int length = sqlite3_column_bytes(cached_.handle, column);
  return octets == nullptr ? std::string_view()
                           : std::string_view(octets, static_cast<std::size_t>(length));
}

void Statement::require(int code) {
  if (code != SQLITE_OK) connection_.raise(code);
}

void Statement::bind_integer(int position, std::int64_t value) {
  require(sqlite3_bind_int64(cached_.handle, position, value));
}

void Statement::bind_text(int position, std::string_view text, bool copy) {
  const char* octets = text.empty() ? "" : text.data();
  require(sqlite3_bind_text64(cached_.handle, position, octets, text.size(),
                              copy ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_blob(int position, std::string_view octets, bool copy) {
  const char* data = octets.empty() ? "" : octets.data();
  require(sqlite3_bind_blob64(cached_.handle, position, data, octets.size(),
                              copy ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

void Statement::bind_null(int position) {
  require(sqlite3_bind_null(cached_.handle, position));
}

}  // namespace restante::sqlite
