// The server's log: one event, one line on standard error, whatever strangers put into it.
// Thread rule: any thread; writing never waits for whoever reads standard error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/session/log.h"

namespace restante {

// One value of a log line: as it is if it is plain; otherwise quoted, with controls, DEL, bidi and
// other invisible characters and what is not UTF-8 as escapes. At most 500 octets of it are shown.
std::string log_value(std::string_view value);

// The line without time and level: `session=12 event... key=value`.
std::string log_line(std::uint64_t session_id, std::string_view event,
                     std::initializer_list<session::LogField> fields);

// "debug", "info", "warning" or "error" (Settings::log_level), or nothing.
bool is_log_level(std::string_view name);

// A log to standard error of events of at least this level. Lines are written by a thread of its
// own; where it cannot keep up, the oldest are dropped. The rest is written when it is destroyed.
std::unique_ptr<session::Log> make_log(std::string_view level);

}  // namespace restante
