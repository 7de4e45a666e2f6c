// Decoders and encoders of Content-Transfer-Encoding; state machines over single octets.
#include "mail/message/transfer_encoding.h"

#include <algorithm>
#include <array>

namespace restante::message {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kMaxHeld = 1000;   // trailing blanks looked at, octets of one uuencoded line
constexpr std::size_t kSlice = 65536;    // octets decoded between two looks at the limit
constexpr std::size_t kQuotedLine = 76;  // RFC 2045 s6.7

constexpr std::array<std::int16_t, 256> make_values() {
  std::array<std::int16_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int16_t>(i);
  }
  return values;
}
constexpr std::array<std::int16_t, 256> kValues = make_values();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

TransferEncoding transfer_encoding(std::string_view name) {
  std::string lower;
  for (const char c : name.substr(0, 32)) {
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  if (lower.empty() || lower == "7bit" || lower == "8bit" || lower == "binary") {
    return TransferEncoding::Identity;
  }
  if (lower == "base64") return TransferEncoding::Base64;
  if (lower == "quoted-printable") return TransferEncoding::QuotedPrintable;
  if (lower == "x-uuencode" || lower == "uuencode" || lower == "x-uue" || lower == "uue") {
    return TransferEncoding::Uuencode;
  }
  return TransferEncoding::Unknown;
}

void TransferDecoder::feed(std::string_view octets, std::string& out) {
  switch (encoding_) {
    case TransferEncoding::Base64:
      return feed_base64(octets, out);
    case TransferEncoding::QuotedPrintable:
      return feed_quoted(octets, out);
    case TransferEncoding::Uuencode:
      return feed_uu(octets, out);
    case TransferEncoding::Identity:
    case TransferEncoding::Unknown:
      out.append(octets);
  }
}

void TransferDecoder::finish(std::string& out) {
  if (encoding_ == TransferEncoding::QuotedPrintable) {
    // Trailing blanks and a last "=" go (RFC 2045 s6.7 rule 3 and 5); a broken escape stays.
    const bool escape = held_.size() > 1 && held_[0] == '=' && hex_value(held_[1]) >= 0;
    if (escape) out.append(held_);
    if (!escape && !held_.empty() && held_.back() == '\r' && held_[0] != '=') out.push_back('\r');
  }
  if (encoding_ == TransferEncoding::Uuencode && !held_.empty()) uu_line(held_, out);
  held_.clear();
}

void TransferDecoder::feed_base64(std::string_view octets, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + octets.size() / 4 * 3 + 4);
  char* target = out.data() + start;
  const auto* source = reinterpret_cast<const unsigned char*>(octets.data());
  const auto* const end = source + octets.size();
  while (source < end) {
    if (bit_count_ == 0) {
      while (end - source >= 4) {  // four good characters at a time
        const int a = kValues[source[0]], b = kValues[source[1]];
        const int c = kValues[source[2]], d = kValues[source[3]];
        if ((a | b | c | d) < 0) break;
        const auto group = static_cast<std::uint32_t>(a << 18 | b << 12 | c << 6 | d);
        *target++ = static_cast<char>(group >> 16);
        *target++ = static_cast<char>(group >> 8);
        *target++ = static_cast<char>(group);
        source += 4;
      }
      if (source == end) break;
    }
    const unsigned char c = *source++;
    if (c == '=') {  // the end of a group; some mailers concatenate padded pieces
      bits_ = bit_count_ = 0;
      continue;
    }
    if (kValues[c] < 0) continue;
    bits_ = (bits_ << 6) | static_cast<std::uint32_t>(kValues[c]);
    bit_count_ += 6;
    if (bit_count_ >= 8) {
      bit_count_ -= 8;
      *target++ = static_cast<char>(bits_ >> bit_count_);
      bits_ &= (1U << bit_count_) - 1;
    }
  }
  out.resize(static_cast<std::size_t>(target - out.data()));
}

void TransferDecoder::feed_quoted(std::string_view octets, std::string& out) {
  std::size_t i = 0;
  while (i < octets.size()) {
    const char c = octets[i];
    if (held_.empty()) {
      if (c == '=' || is_blank(c)) {
        held_.push_back(c);
        ++i;
        continue;
      }
      const std::size_t stop = std::min(octets.find_first_of("= \t", i), octets.size());
      out.append(octets.substr(i, stop - i));
      i = stop;
      continue;
    }
    const bool escape = held_[0] == '=';
    if (c == '\n') {
      if (!escape) out.append(held_.back() == '\r' ? "\r\n" : "\n");
      if (escape && held_.size() > 1 && hex_value(held_[1]) >= 0) out.append(held_ + "\n");
      held_.clear();
      ++i;
      continue;
    }
    const bool blank_run =
        held_.back() != '\r' && (!escape || held_.size() == 1 || is_blank(held_[1]));
    if (blank_run && (is_blank(c) || c == '\r') && held_.size() < kMaxHeld) {
      held_.push_back(c);
      ++i;
      continue;
    }
    if (escape && held_.size() == 1 && hex_value(c) >= 0) {
      held_.push_back(c);
      ++i;
      continue;
    }
    if (escape && held_.size() == 2 && hex_value(held_[1]) >= 0 && hex_value(c) >= 0) {
      out.push_back(static_cast<char>(hex_value(held_[1]) * 16 + hex_value(c)));
      held_.clear();
      ++i;
      continue;
    }
    out.append(held_);  // neither an escape nor the end of a line: it stands as it is
    held_.clear();
  }
}

void TransferDecoder::feed_uu(std::string_view octets, std::string& out) {
  while (!octets.empty() && !done_) {
    const std::size_t end = octets.find('\n');
    const std::string_view piece = octets.substr(0, end);
    if (held_.size() < kMaxHeld) held_.append(piece.substr(0, kMaxHeld - held_.size()));
    if (end == std::string_view::npos) return;
    uu_line(held_, out);
    held_.clear();
    octets.remove_prefix(end + 1);
  }
}

void TransferDecoder::uu_line(std::string_view line, std::string& out) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (!inside_) {
    inside_ = line.starts_with("begin ");
    return;
  }
  if (line == "end") {
    done_ = true;
    return;
  }
  if (line.empty()) return;
  const auto value = [](char c) {
    return static_cast<std::uint32_t>((static_cast<unsigned char>(c) - 32U) & 0x3fU);
  };
  std::uint32_t count = value(line[0]);
  for (std::size_t i = 1; count > 0 && i < line.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      group = (group << 6) | (i + k < line.size() ? value(line[i + k]) : 0);
    }
    for (int shift = 16; shift >= 0 && count > 0; shift -= 8, --count) {
      out.push_back(static_cast<char>(group >> shift));
    }
  }
}

std::string decode_transfer(std::string_view octets, TransferEncoding encoding, std::size_t limit) {
  if (encoding == TransferEncoding::Identity || encoding == TransferEncoding::Unknown) {
    return std::string(octets.substr(0, limit));
  }
  std::string out;
  TransferDecoder decoder(encoding);
  while (!octets.empty() && out.size() < limit) {
    const std::string_view slice = octets.substr(0, kSlice);
    decoder.feed(slice, out);
    octets.remove_prefix(slice.size());
  }
  if (octets.empty()) decoder.finish(out);
  if (out.size() > limit) out.resize(limit);
  return out;
}

std::string decode_base64(std::string_view octets, std::size_t limit) {
  return decode_transfer(octets, TransferEncoding::Base64, limit);
}

std::string decode_quoted_printable(std::string_view octets, std::size_t limit) {
  return decode_transfer(octets, TransferEncoding::QuotedPrintable, limit);
}

std::string encode_base64(std::string_view octets, std::size_t line_length) {
  std::string out;
  const std::size_t characters = (octets.size() + 2) / 3 * 4;
  out.reserve(characters + (line_length == 0 ? 0 : (characters / line_length + 1) * 2));
  std::size_t column = 0;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const auto at = [&](std::size_t k) -> std::uint32_t {
      return i + k < octets.size() ? static_cast<unsigned char>(octets[i + k]) : 0U;
    };
    const std::uint32_t group = at(0) << 16 | at(1) << 8 | at(2);
    out.push_back(kAlphabet[group >> 18]);
    out.push_back(kAlphabet[(group >> 12) & 63]);
    out.push_back(i + 1 < octets.size() ? kAlphabet[(group >> 6) & 63] : '=');
    out.push_back(i + 2 < octets.size() ? kAlphabet[group & 63] : '=');
    column += 4;
    if (line_length != 0 && column >= line_length) {
      out.append("\r\n");
      column = 0;
    }
  }
  if (line_length != 0 && column > 0) out.append("\r\n");
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out.append("\r\n");
      column = 0;
      ++i;
      continue;
    }
    const std::string_view rest = text.substr(i + 1);
    const bool line_ends = rest.empty() || rest.starts_with("\r\n");
    bool plain = (c >= '!' && c <= '~' && c != '=') || (is_blank(c) && !line_ends);
    if (column == 0 && c == 'F' && rest.starts_with("rom ")) plain = false;
    if (column == 0 && c == '.' && line_ends) plain = false;
    const std::size_t width = plain ? 1 : 3;
    // The last column is kept for the "=" of a soft line break.
    if (column + width > kQuotedLine - (line_ends ? 0 : 1)) {
      out.append("=\r\n");
      column = 0;
      // What begins the new line needs the same protection.
      if (plain && ((c == 'F' && rest.starts_with("rom ")) || (c == '.' && line_ends)))
        plain = false;
    }
    if (plain) {
      out.push_back(c);
      column += 1;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out.push_back('=');
      out.push_back(kHex[octet >> 4]);
      out.push_back(kHex[octet & 15]);
      column += 3;
    }
  }
  return out;
}

}  // namespace restante::message
