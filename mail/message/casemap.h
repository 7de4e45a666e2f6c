// The collation i;unicode-casemap (RFC 5051), by which SEARCH, SORT and THREAD compare text (RFC
// 5255 s4.3, I18NLEVEL=1). Pure, linear.
#pragma once

#include <string>
#include <string_view>

#include "mail/message/charset.h"

namespace restante::message {

// UTF-8 text in the form in which two texts that the collation holds equal are the same octets, and
// which sorts by octets: each character in title case and then decomposed (RFC 5051 s2), at most
// limit octets. Broken UTF-8 is read as windows-1252.
std::string casemap(std::string_view utf8, std::size_t limit = kNoLimit);

}  // namespace restante::message
