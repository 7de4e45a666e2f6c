// Base64 as SASL exchanges use it (RFC 4648 s4, RFC 4954 s4): strict, no white space. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace restante::smtp {

void append_base64(std::string& out, std::string_view octets);

// nullopt: a character outside the alphabet, wrong padding, or bits behind the last octet.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace restante::smtp
