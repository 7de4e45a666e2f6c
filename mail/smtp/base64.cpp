#include "mail/smtp/base64.h"

#include <cstdint>

namespace restante::smtp {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void append_base64(std::string& out, std::string_view octets) {
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::size_t count = octets.size() - at < 3 ? octets.size() - at : 3;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < count ? static_cast<std::uint8_t>(octets[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= count ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string octets;
  octets.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t bits = 0;
    std::size_t padding = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const char c = text[at + i];
      std::size_t value = 0;
      if (c == '=' && i >= 2 && at + 4 == text.size()) {
        ++padding;
      } else {
        value = kAlphabet.find(c);
        if (value == std::string_view::npos || padding > 0) return std::nullopt;
      }
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    if ((padding == 1 && (bits & 0xff) != 0) || (padding == 2 && (bits & 0xffff) != 0)) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i + padding < 3; ++i) {
      octets += static_cast<char>(bits >> (16 - 8 * i) & 0xff);
    }
  }
  return octets;
}

}  // namespace restante::smtp
