// What SQLite reports, as one exception that carries an Error of the project's kinds: no statement
// in storage/ can go on after it, so it travels to the edge of a job or a read and becomes a value.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "mail/error.h"

struct sqlite3;

namespace restante::sqlite {

class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.message().c_str(); }

 private:
  Error error_;
};

// Translates an (extended) SQLite result code; path names the database file in the message.
// FULL, IOERR, CANTOPEN -> Io; CORRUPT, NOTADB -> Corrupt; BUSY, LOCKED -> Busy.
Error translate(int code, int system_errno, const std::string& detail, const std::string& path);

}  // namespace restante::sqlite
