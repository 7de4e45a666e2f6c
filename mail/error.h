// The few kinds of expected failure, as values. Each protocol translates them in one table of its
// own.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace restante {

enum class ErrorKind {
  NotFound,   // the named thing does not exist
  Exists,     // it exists already
  Invalid,    // the input breaks a rule
  OverQuota,  // the account's storage is used up
  Denied,     // not permitted to this account
  Busy,       // a bounded queue is full or a lock is held: try later
  Corrupt,    // stored data is damaged
  Io,         // the operating system or the disk failed
};

// What failed, which object, why; lower case, no full stop, never message content or secrets.
class Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

 private:
  ErrorKind kind_;
  std::string message_;
};

template <class T>
using Result = std::expected<T, Error>;

// Shorthand for `return fail(ErrorKind::NotFound, "no mailbox X")`.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected<Error>(Error(kind, std::move(message)));
}

}  // namespace restante
