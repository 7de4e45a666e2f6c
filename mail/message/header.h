// Header fields of a message by name, and the edits that submission makes to a header. Linear.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::message {

bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII

// A field's name, and its body between colon and final line end, still folded.
std::string_view field_name(std::string_view octets, const HeaderField& field);
std::string_view field_body(std::string_view octets, const HeaderField& field);

// A field body on one line: line ends before white space removed, blanks at both ends too (RFC 5322
// s2.2.3); other CR, LF and NUL become blanks.
std::string unfold(std::string_view folded_body);

// Unfolded bodies of all fields of that name (any case) of the message itself or of
// index.messages[message], in order, not decoded.
std::vector<std::string> field_bodies(std::string_view octets, const Index& index,
                                      std::string_view name, std::size_t message = 0);

// The first of them with encoded-words decoded, UTF-8, or nullopt.
std::optional<std::string> decoded_field(std::string_view octets, const Index& index,
                                         std::string_view name, std::size_t message = 0);

// Number of fields of that name in the message's own header.
std::size_t count_fields(std::string_view octets, const Index& index, std::string_view name);

// The message without the fields of these names (any case) of its own header; nothing else changes.
std::string remove_fields(std::string_view octets, const std::vector<std::string_view>& names);

// Whether the value may stand in a header field: no CR, LF or NUL, and valid UTF-8.
bool is_safe_header_value(std::string_view value);

// `name: value` folded at white space to lines of at most 78 octets where possible and 998 always
// (RFC 5322 s2.1.1), CRLF at the end. value is as it shall stand (encoded); it must be safe.
std::string fold_field(std::string_view name, std::string_view value);

}  // namespace restante::message
