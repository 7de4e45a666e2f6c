// What the reads of the store share: failures of the database as values.
#pragma once

#include <new>
#include <utility>

#include "mail/error.h"
#include "storage/sqlite/failure.h"

namespace restante::storage {

// Turns what the database throws into the value that callers see.
template <class Read>
auto guarded(Read&& read) -> decltype(read()) {
  try {
    return read();
  } catch (const sqlite::Failure& failure) {
    return std::unexpected(failure.error());
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::Busy, "out of memory; try again");
  }
}

inline std::unexpected<Error> no_account() {
  return fail(ErrorKind::NotFound, "no such account");
}
inline std::unexpected<Error> no_right() {
  return fail(ErrorKind::Denied, "no right to do this in the mailbox");
}
inline std::unexpected<Error> no_mailbox() {
  return fail(ErrorKind::NotFound, "no such mailbox");
}

}  // namespace restante::storage
