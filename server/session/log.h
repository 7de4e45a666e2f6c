// The log as sessions see it: one event, one line, every foreign octet escaped by the
// implementation.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace restante::session {

enum class LogLevel { Debug, Info, Warning, Error };

struct LogField {
  std::string_view key;
  std::string_view value;
};

// Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  // event: lower case words of ours. Values may hold anything a stranger sent; session_id 0: none.
  virtual void write(LogLevel level, std::uint64_t session_id, std::string_view event,
                     std::initializer_list<LogField> fields) = 0;
};

}  // namespace restante::session
