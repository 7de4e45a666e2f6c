// The preview of a message (RFC 8970): the first words of its text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/message/index.h"

namespace restante::message {

// The first words of the text to show, on one line without control characters, UTF-8, at most that
// many characters. Looks at a bounded piece of the body only.
std::string make_preview(std::string_view octets, const Index& index, std::size_t characters);

}  // namespace restante::message
