// The letters of rights (RFC 4314 s2.1): bit 0 is l, then r s w i p k x t e a. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace restante::imap {

inline constexpr std::string_view kRightLetters = "lrswipkxtea";

// The obsolete c stands for k and x, d for t and e (RFC 4314 s2.1.1). nullopt: another letter.
std::optional<std::uint16_t> parse_rights(std::string_view letters);

// In the usual order, with c and d where a right they stand for is there.
std::string rights_text(std::uint16_t rights);

}  // namespace restante::imap
