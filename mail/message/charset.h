// Character sets to UTF-8, through ICU where it is not one of the common ones. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace restante::message {

inline constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

// Whether the name (or an alias of it, any case) is one we can convert from. The name is looked up
// in ICU's alias table only; it is never a file name.
bool is_known_charset(std::string_view charset);

// Octets in the given charset as UTF-8, cut at a character so that at most limit octets result;
// what does not convert becomes U+FFFD. iso-8859-1 is read as windows-1252. An unknown charset,
// none, or 8-bit octets in us-ascii: UTF-8 if valid, else windows-1252. Never fails.
std::string to_utf8(std::string_view octets, std::string_view charset,
                    std::size_t limit = kNoLimit);

// Text of unknown origin as valid UTF-8: as it is if valid, else read as windows-1252.
std::string guess_utf8(std::string_view octets);

bool is_ascii(std::string_view octets);
bool is_utf8(std::string_view octets);  // RFC 3629: no surrogates, no overlong forms

// Appends the UTF-8 form of a character; what is none (0x110000 and more, surrogates) as U+FFFD.
void append_utf8(std::string& out, char32_t character);

// The largest position <= at that does not cut a UTF-8 character of text.
std::size_t utf8_boundary(std::string_view text, std::size_t at);

}  // namespace restante::message
