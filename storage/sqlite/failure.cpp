// Translation of SQLite's result codes into messages that say what to do.
#include "storage/sqlite/failure.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace restante::sqlite {

namespace {

std::string system_reason(int system_errno) {
  return system_errno == 0 ? std::string() : fmt::format(" ({})", std::strerror(system_errno));
}

Error input_output(int system_errno, const std::string& detail, const std::string& path) {
  if (system_errno == ENOSPC || system_errno == EDQUOT) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return {ErrorKind::Io, fmt::format("disk full: free space on {}", folder)};
  }
  return {ErrorKind::Io, fmt::format("cannot read or write {}: {}{}; check the disk", path, detail,
                                     system_reason(system_errno))};
}

}  // namespace

Error translate(int code, int system_errno, const std::string& detail, const std::string& path) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return input_output(ENOSPC, detail, path);
    case SQLITE_IOERR:
      return input_output(system_errno, detail, path);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      if (system_errno == ENOSPC || system_errno == EDQUOT)
        return input_output(system_errno, detail, path);
      return {ErrorKind::Io, fmt::format("cannot open {} for writing: {}{}; check its owner and "
                                         "permissions",
                                         path, detail, system_reason(system_errno))};
    case SQLITE_NOTADB:
      return {ErrorKind::Corrupt,
              fmt::format("{} is not a restante database or is damaged; restore it from a backup",
                          path)};
    case SQLITE_CORRUPT:
      return {ErrorKind::Corrupt,
              fmt::format("{} is damaged ({}); restore it from a backup", path, detail)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::Busy, fmt::format("{} is locked by another process; try again", path)};
    case SQLITE_NOMEM:
      return {ErrorKind::Busy, "out of memory; try again"};
    case SQLITE_CONSTRAINT:
      return {ErrorKind::Invalid, fmt::format("a limit of the store is reached: {}", detail)};
    case SQLITE_TOOBIG:
      return {ErrorKind::Invalid, fmt::format("value too large for {}", path)};
    default:
      return {ErrorKind::Io, fmt::format("{}: {} (code {})", path, detail, code)};
  }
}

}  // namespace restante::sqlite
