// The texts of a message that search looks at (RFC 9051 s6.4.4), in the one form in which they are
// compared: the matcher and the index of the store must see the same octets. Pure, linear, bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::message {

// At most this much folded text of one header or one body is searched.
inline constexpr std::size_t kSearchedTextOctets = std::size_t{16} * 1024 * 1024;

// How texts are compared: what i;unicode-casemap (RFC 5051) holds equal is equal, so diacritics are
// characters of their own, and beyond it what differs in full case folding only ("ss" for a sharp
// s); ASCII is in lower case. Broken UTF-8 is read as windows-1252.
std::string fold(std::string_view utf8);

// The decoded subject.
std::string searched_subject(const Index& index);
// The addresses of one field, decoded, one to a line.
std::string searched_addresses(const std::vector<EnvelopeAddress>& addresses);
// The value of one header field, unfolded and decoded.
std::string searched_field(std::string_view octets, const HeaderField& field);
// All fields of the message's own header, a line "name: value" each.
std::string searched_header(std::string_view octets, const Index& index);
// All text parts decoded, HTML both as it stands and as text, and the headers of embedded messages.
std::string searched_body(std::string_view octets, const Index& index);

// A folded character without its diacritics: its base letter, 0 for a mark that stands alone. Acts
// on each character by itself, so what is part of a text stays part of it.
char32_t base_letter(char32_t character);

}  // namespace restante::message
