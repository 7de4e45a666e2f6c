// What a person reads: bodies decoded, the text of a message, HTML reduced to text. Bounded,
// linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/charset.h"
#include "mail/message/index.h"

namespace restante::message {

// The octets of a range, cut to what is there.
std::string_view slice(std::string_view octets, Range range);

// The body of a leaf part with its transfer encoding undone, at most limit octets.
std::string decoded_body(std::string_view octets, const Part& part, std::size_t limit = kNoLimit);

// The text of a text part as UTF-8 in its own markup, LF line ends, at most limit octets.
std::string decoded_text(std::string_view octets, const Part& part, std::size_t limit = kNoLimit);

// HTML (UTF-8) as plain text, LF line ends, at most limit octets: tags, scripts, styles and
// comments dropped, blocks on lines of their own, entities resolved. One pass, no tree.
std::string html_to_text(std::string_view html, std::size_t limit = kNoLimit);

// Position in index.parts of the part to show: the first text/plain outside attachments, else the
// first text/html, else any text; kNone where there is none. Parts of embedded messages come last.
std::uint32_t readable_part(const Index& index);

// The text to show for a message, UTF-8 with LF line ends, at most limit octets: all of its inline
// text parts in order, of multipart/alternative the best one (text/plain, else HTML reduced to
// text). Empty where it has none. Control characters are not removed.
std::string readable_text(std::string_view octets, const Index& index,
                          std::size_t limit = std::size_t{16} * 1024 * 1024);

}  // namespace restante::message
