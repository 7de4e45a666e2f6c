// Encoded-words of header fields (RFC 2047, RFC 2231 s5). Pure, linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/message/charset.h"

namespace restante::message {

// Text of a header field with its encoded-words decoded, as valid UTF-8 of at most limit octets.
// White space between encoded-words is dropped; a character split across adjacent words of one
// charset is joined; what is no valid encoded-word stands as it is; CR, LF and NUL become blanks.
std::string decode_words(std::string_view text, std::size_t limit = kNoLimit);

// UTF-8 text as encoded-words of at most 75 octets, separated by CRLF and a blank, the first line
// starting at the given column; ASCII text is encoded too. Characters are never split.
std::string encode_words(std::string_view utf8, std::size_t column = 0);

}  // namespace restante::message
