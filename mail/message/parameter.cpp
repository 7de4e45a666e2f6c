// Structured fields with parameters: a lenient scan, and RFC 2231 put together again.
#include "mail/message/parameter.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "mail/message/charset.h"
#include "mail/message/encoded_word.h"

namespace restante::message {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kPiece = 72;  // octets of one RFC 2231 element

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return text_[at_]; }
  void advance() { ++at_; }

  void skip_space() {  // white space and comments, which nest (RFC 5322 s3.2.2)
    while (!at_end()) {
      if (is_space(peek())) {
        ++at_;
      } else if (peek() == '(') {
        skip_comment();
      } else {
        return;
      }
    }
  }

  // Characters up to one of stop or white space, in lower case.
  std::string token(std::string_view stop) {
    std::string out;
    while (!at_end() && !is_space(peek()) && stop.find(peek()) == std::string_view::npos) {
      out.push_back(lower(peek()));
      ++at_;
    }
    return out;
  }

  std::string value() {
    if (!at_end() && peek() == '"') return quoted();
    std::string out;
    while (!at_end() && peek() != ';') {
      if (peek() == '(' && (out.empty() || is_space(text_[at_ - 1]))) {
        skip_comment();
        continue;
      }
      const char c = peek();
      ++at_;
      if (c == '\r' || c == '\n') continue;
      out.push_back(c == '\0' ? ' ' : c);
    }
    while (!out.empty() && is_space(out.back())) out.pop_back();
    return out;
  }

  void skip_to(char stop) {
    while (!at_end() && peek() != stop) ++at_;
  }

 private:
  void skip_comment() {
    std::size_t depth = 0;
    while (!at_end()) {
      const char c = peek();
      ++at_;
      if (c == '\\' && !at_end()) ++at_;
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return;
    }
  }

  std::string quoted() {
    std::string out;
    ++at_;
    while (!at_end() && peek() != '"') {
      char c = peek();
      ++at_;
      if (c == '\\' && !at_end()) {
        c = peek();
        ++at_;
      }
      if (c == '\r' || c == '\n') continue;
      out.push_back(c == '\0' ? ' ' : c);
    }
    if (!at_end()) ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// One element of an extended parameter: name*, name*N or name*N*.
struct Section {
  std::uint32_t number = 0;
  std::size_t order = 0;  // in which it was written
  bool encoded = false;
  std::string_view value;
};

// Reads what follows "name*" in a parameter's name; false: it is something else.
bool read_section(std::string_view suffix, Section& section) {
  if (suffix.empty()) {
    section.encoded = true;
    return true;
  }
  if (suffix.ends_with('*')) {
    section.encoded = true;
    suffix.remove_suffix(1);
  }
  const auto [stop, error] =
      std::from_chars(suffix.data(), suffix.data() + suffix.size(), section.number);
  return error == std::errc{} && stop == suffix.data() + suffix.size();
}

std::string clean(std::string value) {
  for (char& c : value) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  return value;
}

std::string join_sections(std::vector<Section>& sections) {
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) {
    return a.number != b.number ? a.number < b.number : a.order < b.order;
  });
  std::string octets;
  std::string_view charset;
  std::uint32_t expected = 0;
  for (const Section& section : sections) {
    if (section.number < expected) continue;  // a second one of the same number
    if (section.number > expected) break;  // one is missing: what follows it is not to be trusted
    std::string_view value = section.value;
    if (section.encoded && expected == 0) {
      const std::size_t first = value.find('\'');
      const std::size_t second =
          first == std::string_view::npos ? first : value.find('\'', first + 1);
      if (second != std::string_view::npos) {
        charset = value.substr(0, first);
        value.remove_prefix(second + 1);
      }
    }
    octets.append(section.encoded ? percent_decode(value) : std::string(value));
    ++expected;
  }
  return clean(to_utf8(octets, charset));
}

}  // namespace

ParameterizedValue parse_parameterized(std::string_view field_body, std::size_t limit) {
  ParameterizedValue result;
  Scanner scanner(field_body);
  scanner.skip_space();
  result.value = scanner.token("/;(");
  scanner.skip_space();
  if (!scanner.at_end() && scanner.peek() == '/') {
    scanner.advance();
    scanner.skip_space();
    result.subvalue = scanner.token(";(");
  }
  scanner.skip_to(';');
  while (!scanner.at_end()) {
    scanner.advance();  // the semicolon
    scanner.skip_space();
    Parameter parameter;
    parameter.name = scanner.token("=;(");
    scanner.skip_space();
    if (!scanner.at_end() && scanner.peek() == '=') {
      scanner.advance();
      scanner.skip_space();
      parameter.value = scanner.value();
      if (!parameter.name.empty()) result.parameters.push_back(std::move(parameter));
    }
    if (result.parameters.size() >= limit) break;
    scanner.skip_to(';');
  }
  return result;
}

std::optional<std::string> decoded_parameter(const std::vector<Parameter>& parameters,
                                             std::string_view name) {
  std::vector<Section> sections;
  for (const Parameter& parameter : parameters) {
    const std::string_view full = parameter.name;
    if (full.size() <= name.size() || full[name.size()] != '*' || !full.starts_with(name)) continue;
    Section section;
    section.order = sections.size();
    section.value = parameter.value;
    if (read_section(full.substr(name.size() + 1), section)) sections.push_back(section);
  }
  if (std::any_of(sections.begin(), sections.end(),
                  [](const Section& section) { return section.number == 0; })) {
    return join_sections(sections);
  }
  const auto plain = raw_parameter(parameters, name);
  if (!plain) return std::nullopt;
  return decode_words(*plain);
}

std::optional<std::string_view> raw_parameter(const std::vector<Parameter>& parameters,
                                              std::string_view name) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

namespace {

bool is_token(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

bool is_attribute_char(char c) {  // RFC 2231 s7
  return c > ' ' && c < '\x7f' &&
         std::string_view("*'%()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

std::string quote(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

}  // namespace

std::vector<std::string> encode_parameter(std::string_view name, std::string_view value,
                                          bool utf8) {
  const std::string prefix(name);
  // A value that looks like an encoded-word would be read as one: it is percent-encoded, too.
  const bool words = value.find("=?") != std::string_view::npos;
  const bool printable = !words && std::all_of(value.begin(), value.end(), [&](char c) {
    return (c >= ' ' && c < '\x7f') || (utf8 && static_cast<unsigned char>(c) >= 0x80);
  });
  if (printable && is_token(value) && name.size() + value.size() < kPiece) {
    return {prefix + "=" + std::string(value)};
  }
  if (printable) {
    std::string quoted = prefix + "=" + quote(value);
    if (quoted.size() <= kPiece) return {std::move(quoted)};
  }
  std::vector<std::string> pieces;
  const auto begin = [&] {
    return prefix + "*" + std::to_string(pieces.size()) + "*=" + (pieces.empty() ? "utf-8''" : "");
  };
  std::string piece = begin();
  for (const char c : value) {
    if (piece.size() + 3 > kPiece) {
      pieces.push_back(std::move(piece));
      piece = begin();
    }
    if (is_attribute_char(c)) {
      piece.push_back(c);
    } else {
      const auto octet = static_cast<unsigned char>(c);
      piece.push_back('%');
      piece.push_back(kHex[octet >> 4]);
      piece.push_back(kHex[octet & 15]);
    }
  }
  pieces.push_back(std::move(piece));
  if (pieces.size() == 1) {  // no continuation is needed: name*=utf-8''...
    pieces[0].erase(prefix.size() + 1, 2);
  }
  return pieces;
}

}  // namespace restante::message
