// What one line of a header is; the index and the edits of header.h agree by sharing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace restante::message {

enum class HeaderLine : std::uint8_t {
  Blank,         // ends the header
  Continuation,  // belongs to the field before it
  Field,
  Postmark,  // "From " of a mailbox file, tolerated as the first line
  Other,     // no header line: the body begins here without an empty line
};

struct HeaderLineInfo {
  HeaderLine kind = HeaderLine::Other;
  std::uint32_t name_length = 0;  // of a Field, without blanks before the colon
};

// Classifies a line without its line end (RFC 5322 s2.2, obsolete blanks before the colon s4.5).
inline HeaderLineInfo header_line(std::string_view line, bool first) {
  if (line.empty()) return {HeaderLine::Blank, 0};
  if (line[0] == ' ' || line[0] == '\t') return {HeaderLine::Continuation, 0};
  if (first && (line.starts_with("From ") || line.starts_with(">From "))) {
    return {HeaderLine::Postmark, 0};
  }
  std::size_t i = 0;
  while (i < line.size() && line[i] > ' ' && line[i] < '\x7f' && line[i] != ':') ++i;
  const std::size_t name = i;
  while (i < line.size() && (line[i] == ' ' || line[i] == '\t')) ++i;
  if (name == 0 || i >= line.size() || line[i] != ':') return {HeaderLine::Other, 0};
  return {HeaderLine::Field, static_cast<std::uint32_t>(name)};
}

}  // namespace restante::message
