#include "mail/smtp/address.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace restante::smtp {
namespace {

constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_let_dig(char c) {
  return is_alpha(c) || is_digit(c) || is_high(c);
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 5322 s3.2.3 with RFC 6531 s3.3.
constexpr bool is_atext(char c) {
  return is_let_dig(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::unexpected<Error> invalid(const char* what) {
  return fail(ErrorKind::Invalid, what);
}

// Snum 3("." Snum)
bool is_ipv4(std::string_view text) {
  int numbers = 0;
  std::size_t at = 0;
  while (true) {
    int value = 0;
    std::size_t digits = 0;
    while (at < text.size() && is_digit(text[at]) && digits < 3) {
      value = value * 10 + (text[at] - '0');
      ++at;
      ++digits;
    }
    if (digits == 0 || value > 255) return false;
    if (++numbers == 4) return at == text.size();
    if (at == text.size() || text[at] != '.') return false;
    ++at;
  }
}

// IPv6-full, IPv6-comp and both with a dotted IPv4 end.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool compressed = false;
  std::size_t at = 0;
  if (text.starts_with("::")) {
    compressed = true;
    at = 2;
    if (at == text.size()) return true;
  }
  while (true) {
    const std::size_t start = at;
    while (at < text.size() && is_hex(text[at]) && at - start < 5) ++at;
    if (at < text.size() && text[at] == '.') {
      groups += 2;
      if (!is_ipv4(text.substr(start))) return false;
      break;
    }
    if (at == start || at - start > 4) return false;
    ++groups;
    if (at == text.size()) break;
    if (text[at] != ':') return false;
    ++at;
    if (at < text.size() && text[at] == ':') {
      if (compressed) return false;
      compressed = true;
      ++at;
      if (at == text.size()) break;
    }
  }
  return compressed ? groups <= 6 : groups == 8;
}

// Dot-string: atoms with single dots between them.
bool is_dot_string(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  char before = 0;
  for (const char c : text) {
    if (c == '.' ? before == '.' : !is_atext(c)) return false;
    before = c;
  }
  return true;
}

Result<std::string> take_quoted(std::string_view& text) {
  std::string local_part;
  for (std::size_t at = 1; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"') {
      text.remove_prefix(at + 1);
      return local_part;
    }
    if (c == '\\') {
      if (++at == text.size() || is_high(text[at])) break;
      c = text[at];
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) break;
    local_part += c;
  }
  return invalid("unfinished quoted local part");
}

Result<std::string> take_local_part(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  std::size_t end = 0;
  while (end < text.size() && (is_atext(text[end]) || text[end] == '.')) ++end;
  std::string local_part(text.substr(0, end));
  if (!is_dot_string(local_part)) return invalid("bad local part");
  text.remove_prefix(end);
  return local_part;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_high(c); });
}

bool is_clean_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = octet(at);
    if (first < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() - at < length) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((octet(at + i) & 0xc0) != 0x80) return false;
    }
    const std::uint8_t second = octet(at + 1);
    if (first == 0xc2 && second < 0xa0) return false;   // C1 controls
    if (first == 0xe0 && second < 0xa0) return false;   // overlong
    if (first == 0xed && second >= 0xa0) return false;  // surrogates
    if (first == 0xf0 && second < 0x90) return false;   // overlong
    if (first == 0xf4 && second >= 0x90) return false;  // above U+10FFFF
    at += length;
  }
  return true;
}

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomain) return false;
  std::size_t label = 0;
  char before = '.';
  for (const char c : text) {
    if (c == '.') {
      if (label == 0 || before == '-') return false;
      label = 0;
    } else {
      if (!is_let_dig(c) && (c != '-' || label == 0)) return false;
      if (++label > kMaxLabel) return false;
    }
    before = c;
  }
  return label > 0 && before != '-';
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxDomain || text.front() != '[' || text.back() != ']') {
    return false;
  }
  text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return is_ipv4(text);
  // IPv6 is the only tag that was ever registered; an unknown one could hold anything, "@" too.
  constexpr std::string_view kIpv6 = "ipv6";
  const auto lower = [](char c) { return static_cast<char>(c | 0x20); };
  return std::ranges::equal(text.substr(0, colon), kIpv6, {}, lower) &&
         is_ipv6(text.substr(colon + 1));
}

Result<Mailbox> take_mailbox(std::string_view& text) {
  std::string_view rest = text;
  auto local_part = take_local_part(rest);
  if (!local_part) return std::unexpected(local_part.error());
  if (local_part->size() > kMaxLocalPart) return invalid("local part longer than 64 octets");
  if (!rest.starts_with('@')) return invalid("no domain");
  rest.remove_prefix(1);
  std::size_t end = 0;
  if (rest.starts_with('[')) {
    end = rest.find(']');
    if (end == std::string_view::npos || !is_address_literal(rest.substr(0, ++end))) {
      return invalid("bad address literal");
    }
  } else {
    while (end < rest.size() && (is_let_dig(rest[end]) || rest[end] == '-' || rest[end] == '.')) {
      ++end;
    }
    if (!is_domain(rest.substr(0, end))) return invalid("bad domain");
  }
  Mailbox mailbox{std::move(*local_part), std::string(rest.substr(0, end))};
  if (!is_clean_utf8(mailbox.local_part) || !is_clean_utf8(mailbox.domain)) {
    return invalid("not UTF-8");
  }
  text = rest.substr(end);
  return mailbox;
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  if (text.size() > kMaxPath - 2) return invalid("longer than 254 octets");
  auto mailbox = take_mailbox(text);
  if (mailbox && !text.empty()) return invalid("something follows the address");
  return mailbox;
}

std::string to_string(const Mailbox& mailbox) {
  std::string text;
  text.reserve(mailbox.local_part.size() + mailbox.domain.size() + 3);
  if (is_dot_string(mailbox.local_part)) {
    text = mailbox.local_part;
  } else {
    text += '"';
    for (const char c : mailbox.local_part) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  if (!mailbox.domain.empty()) {
    text += '@';
    text += mailbox.domain;
  }
  return text;
}

}  // namespace restante::smtp
