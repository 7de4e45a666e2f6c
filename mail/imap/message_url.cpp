// From the text of a URL to the message it names. See message_url.h.
#include "mail/imap/message_url.h"

#include "mail/imap/cursor.h"
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"
#include "mail/message/charset.h"

namespace restante::imap {
namespace {

constexpr std::size_t kShownOctets = 2000;  // of a URL in a response
constexpr std::uint64_t kToTheEnd = 0x7fffffffffffffff;

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = upper(c);
  return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

// Back from percent-encoding (RFC 3986 s2.1); nullopt: broken, not UTF-8, or with NUL.
std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.find('\0') != std::string::npos || !message::is_utf8(out)) return std::nullopt;
  return out;
}

// Takes name (upper case) and `=` from the front.
bool take(std::string_view& text, std::string_view name) {
  if (!equals(text.substr(0, name.size()), name)) return false;
  text.remove_prefix(name.size());
  return true;
}

// What stands up to the next `/;`, which is taken as well.
std::string_view take_component(std::string_view& text) {
  const std::size_t end = text.find("/;");
  const std::string_view component = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return component;
}

std::optional<std::uint32_t> nonzero(std::string_view text) {
  const ParserLimits limits;
  Cursor cursor(text, limits, false);
  const std::uint32_t number = cursor.number32();
  cursor.end();
  if (!cursor.ok() || number == 0) return std::nullopt;
  return number;
}

std::optional<Section> section_of(std::string_view encoded) {
  const auto text = decode(encoded);
  if (!text || text->find_first_of("\r\n") != std::string::npos) return std::nullopt;
  const std::string bracketed = '[' + *text + ']';
  const ParserLimits limits;
  Cursor cursor(bracketed, limits, true);
  Section section = parse_section(cursor);
  cursor.end();
  if (!cursor.ok()) return std::nullopt;
  return section;
}

std::optional<Partial> partial_of(std::string_view text) {
  const ParserLimits limits;
  Cursor cursor(text, limits, false);
  Partial partial;
  partial.offset = cursor.number64();
  partial.length = cursor.take('.') ? cursor.number64() : kToTheEnd;
  cursor.end();
  if (!cursor.ok() || partial.length == 0) return std::nullopt;
  return partial;
}

// `MAILBOX[;UIDVALIDITY=n]`
bool read_mailbox(std::string_view text, MessageUrl& url) {
  const std::size_t validity = text.find(';');
  if (validity != std::string_view::npos) {
    std::string_view parameter = text.substr(validity + 1);
    if (!take(parameter, "UIDVALIDITY=")) return false;
    url.uid_validity = nonzero(parameter);
    if (!url.uid_validity) return false;
  }
  url.mailbox = decode(text.substr(0, validity));
  return url.mailbox && !url.mailbox->empty();
}

}  // namespace

std::optional<MessageUrl> parse_message_url(std::string_view text) {
  if (!message::is_ascii(text) || text.find("://") != std::string_view::npos) return std::nullopt;
  MessageUrl url;
  if (text.starts_with(';')) {
    text.remove_prefix(1);
  } else {
    if (text.starts_with('/')) text.remove_prefix(1);
    if (text.starts_with('/') || !read_mailbox(take_component(text), url)) return std::nullopt;
  }
  std::string_view component = take_component(text);
  if (!take(component, "UID=")) return std::nullopt;
  const auto uid = nonzero(component);
  if (!uid) return std::nullopt;
  url.uid = *uid;
  component = take_component(text);
  if (take(component, "SECTION=")) {
    auto section = section_of(component);
    if (!section) return std::nullopt;
    url.section = std::move(*section);
    component = take_component(text);
  }
  if (take(component, "PARTIAL=")) {
    url.partial = partial_of(component);
    if (!url.partial) return std::nullopt;
    component = take_component(text);
  }
  if (!component.empty() || !text.empty()) return std::nullopt;
  return url;
}

// RFC 4469 s5: url-resp-text holds no `]` and no control; 8-bit octets stand in no URL.
std::string code_bad_url(std::string_view url) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string code = "BADURL ";
  for (const char c : url.substr(0, kShownOctets)) {
    if (c > ' ' && c <= '~' && c != ']') {
      code += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    code += '%';
    code += kHex[octet >> 4];
    code += kHex[octet & 15];
  }
  return code;
}

}  // namespace restante::imap
