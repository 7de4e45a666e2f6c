// A prepared statement in use: bound values, rows, typed columns. Used by one thread at a time, the
// one that uses its Connection.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "mail/ids.h"

struct sqlite3_stmt;

namespace restante::sqlite {

class Connection;

// Octets that are bound as a BLOB instead of as text.
struct Blob {
  std::string_view octets;
};

// One statement kept by a Connection for reuse.
struct CachedStatement {
  std::string sql;
  sqlite3_stmt* handle = nullptr;
  bool in_use = false;
};

// Borrowed from the cache of a Connection; resets the statement and gives it back when destroyed.
// Every member may throw Failure.
class Statement {
 public:
  Statement(Connection& connection, CachedStatement& cached);
  // The same with copies of values bound.
  template <class First, class... Rest>
  Statement(Connection& connection, CachedStatement& cached, const First& first,
            const Rest&... rest)
      : Statement(connection, cached) {
    bind_all(true, first, rest...);
  }
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds values to the parameters 1, 2, ... Text and blobs must stay valid until the last step
  // unless copy is set.
  template <class... Values>
  void bind_all([[maybe_unused]] bool copy, const Values&... values) {
    int position = 0;
    (bind(++position, copy, values), ...);
  }

  // Runs to the next row; false at the end.
  bool step();
  // Starts again with the same statement and new values to be bound.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  // Valid until the next step.
  std::string_view text(int column) const;
  std::string_view blob(int column) const;

  // An unsigned value or an id, as bound by bind().
  template <class T>
  T get(int column) const {
    if constexpr (requires { typename T::number_type; }) {
      return T(static_cast<typename T::number_type>(integer(column)));
    } else {
      static_assert(std::integral<T>);
      return static_cast<T>(integer(column));
    }
  }

 private:
  template <std::integral T>
  void bind(int position, bool, T value) {
    bind_integer(position, static_cast<std::int64_t>(value));
  }
  template <class Tag, class Number>
  void bind(int position, bool, const Id<Tag, Number>& id) {
    bind_integer(position, static_cast<std::int64_t>(id.value()));
  }
  template <class T>
  void bind(int position, bool copy, const std::optional<T>& value) {
    if (value)
      bind(position, copy, *value);
    else
      bind_null(position);
  }
  void bind(int position, bool copy, std::string_view text) { bind_text(position, text, copy); }
  void bind(int position, bool copy, const std::string& text) { bind_text(position, text, copy); }
  void bind(int position, bool copy, const char* text) { bind_text(position, text, copy); }
  void bind(int position, bool copy, const Blob& blob) { bind_blob(position, blob.octets, copy); }

  void bind_integer(int position, std::int64_t value);
  void bind_text(int position, std::string_view text, bool copy);
  void bind_blob(int position, std::string_view octets, bool copy);
  void bind_null(int position);
  void require(int code);

  Connection& connection_;
  CachedStatement& cached_;
};

}  // namespace restante::sqlite
