// Date and time of header fields (RFC 5322 s3.3, obsolete zones s4.3). Pure: no clock, no zone
// file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace restante::message {

struct DateTime {
  std::chrono::sys_seconds time;              // UTC
  std::chrono::minutes zone{0};               // offset east of UTC, as written; 0 where unknown
  std::chrono::local_seconds local() const {  // the clock on the wall where it was written
    return std::chrono::local_seconds{(time + zone).time_since_epoch()};
  }
  bool operator==(const DateTime&) const = default;
};

// Reads a Date field leniently: comments, missing or wrong day name, two-digit years, missing
// seconds or zone, obsolete zone names (RFC 5322 s4.3); years 1 to 9999. nullopt: not a date.
std::optional<DateTime> parse_date(std::string_view field_body);

// `Fri, 21 Nov 1997 09:55:06 -0600` (RFC 5322 s3.3).
std::string format_date(std::chrono::sys_seconds time, std::chrono::minutes zone = {});

}  // namespace restante::message
