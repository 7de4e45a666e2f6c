// Modified UTF-7 of mailbox names (RFC 3501 s5.1.3): UTF-16BE in a base64 with "," for "/".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/imap_client.h"

namespace restante::cli {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

void encode_units(const std::vector<std::uint16_t>& units, std::string& out) {
  if (units.empty()) return;
  out += '&';
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint16_t unit : units) {
    bits = (bits << 16) | unit;
    count += 16;
    while (count >= 6) {
      count -= 6;
      out += kAlphabet[(bits >> count) & 0x3f];
    }
    bits &= (1U << count) - 1;
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 0x3f];
  out += '-';
}

void append_utf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// The text of one base64 run, or nullopt where it is malformed.
std::optional<std::string> decode_run(std::string_view run) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  char32_t high = 0;
  for (const char c : run) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const char32_t unit = (bits >> count) & 0xffff;
    bits &= (1U << count) - 1;
    const bool low = unit >= 0xdc00 && unit <= 0xdfff;
    if ((high != 0) != low) return std::nullopt;
    if (high != 0) {
      append_utf8(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), out);
      high = 0;
    } else if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
    } else {
      append_utf8(unit, out);
    }
  }
  if (high != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string to_modified_utf7(std::string_view utf8) {
  std::string out;
  std::vector<std::uint16_t> units;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      encode_units(units, out);
      units.clear();
      out += utf8[i++];
      if (lead == '&') out += '-';
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    char32_t c = lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      c = (c << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    }
    i += length;
    if (c >= 0x10000) {
      units.push_back(static_cast<std::uint16_t>(0xd800 + (((c - 0x10000) >> 10) & 0x3ff)));
      units.push_back(static_cast<std::uint16_t>(0xdc00 + (c & 0x3ff)));
    } else {
      units.push_back(static_cast<std::uint16_t>(c));
    }
  }
  encode_units(units, out);
  return out;
}

std::string from_modified_utf7(std::string_view encoded) {
  std::string out;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '&') {
      out += encoded[i];
      continue;
    }
    const std::size_t end = encoded.find('-', i);
    if (end == std::string_view::npos) return std::string(encoded);
    if (end == i + 1) {
      out += '&';
    } else if (const auto run = decode_run(encoded.substr(i + 1, end - i - 1))) {
      out += *run;
    } else {
      return std::string(encoded);
    }
    i = end;
  }
  return out;
}

}  // namespace restante::cli
