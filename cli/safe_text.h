// The filter between foreign text and a terminal: control characters, broken UTF-8 and characters
// that reorder or hide text become visible. Pure functions; safe on any thread.
#pragma once

#include <string>
#include <string_view>

namespace restante::cli {

// Text of several lines: LF and TAB stay, CRLF becomes LF, other C0 become control pictures, C1
// (raw or as UTF-8), DEL and octets that are not UTF-8 become \xNN, bidi controls become <U+202E>.
std::string safe_text(std::string_view foreign);

// One line of a header, name or server reply: as safe_text, but LF and TAB become pictures too, and
// zero-width characters become <U+200B>.
std::string safe_line(std::string_view foreign);

// One field of tab-separated output: TAB, LF and backslash become \t \n \\, other controls \xNN;
// the rest as safe_line.
std::string safe_field(std::string_view foreign);

// The text as valid UTF-8: each octet that is not part of a character becomes U+FFFD. lossy is set
// if any was replaced.
std::string valid_utf8(std::string_view foreign, bool& lossy);

// The columns a terminal needs for text that is already safe: wide characters 2, combining ones 0.
std::size_t display_width(std::string_view safe);

// At most width columns of safe text, with an ellipsis as the last one where something was cut.
std::string fit_width(std::string_view safe, std::size_t width);

}  // namespace restante::cli
