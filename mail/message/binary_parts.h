// Body parts that hold NUL, made fit for protocols that cannot carry it (RFC 3516 s4.4, s6). Pure.
#pragma once

#include <optional>
#include <string>

#include "mail/message/index.h"

namespace restante::message {

// The message with each part that holds NUL in base64 and its Content-Transfer-Encoding saying so;
// all other octets stay as they are. index: of octets. nullopt: NUL stands outside of such parts
// (in a header, between parts, or in a part that names another encoding).
std::optional<std::string> encode_nul_parts(std::string octets, const Index& index);

}  // namespace restante::message
