// Header fields by name, unfolding, folding and removal.
#include "mail/message/header.h"

#include <algorithm>

#include "mail/message/charset.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header_line.h"
#include "mail/message/text.h"

namespace restante::message {
namespace {

constexpr std::size_t kPreferredLine = 78;  // RFC 5322 s2.1.1
constexpr std::size_t kLongestLine = 998;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view field_name(std::string_view octets, const HeaderField& field) {
  return slice(octets, field.whole).substr(0, field.name_length);
}

std::string_view field_body(std::string_view octets, const HeaderField& field) {
  std::string_view whole = slice(octets, field.whole);
  const std::size_t colon = whole.find(':', std::min<std::size_t>(field.name_length, whole.size()));
  if (colon == std::string_view::npos) return {};
  whole.remove_prefix(colon + 1);
  if (whole.ends_with('\n')) whole.remove_suffix(1);
  if (whole.ends_with('\r')) whole.remove_suffix(1);
  return whole;
}

std::string unfold(std::string_view folded_body) {
  std::string out;
  out.reserve(folded_body.size());
  for (std::size_t i = 0; i < folded_body.size(); ++i) {
    const char c = folded_body[i];
    if (c == '\r' || c == '\n') {
      std::size_t next = i + 1;
      if (c == '\r' && next < folded_body.size() && folded_body[next] == '\n') ++next;
      i = next - 1;
      const bool fold = next < folded_body.size() && is_blank(folded_body[next]);
      if (!fold) out.push_back(' ');
      continue;
    }
    out.push_back(c == '\0' ? ' ' : c);
  }
  const std::size_t begin = out.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  out.erase(out.find_last_not_of(" \t") + 1);
  out.erase(0, begin);
  return out;
}

std::vector<std::string> field_bodies(std::string_view octets, const Index& index,
                                      std::string_view name, std::size_t message) {
  std::vector<std::string> bodies;
  if (message >= index.messages.size()) return bodies;
  for (const HeaderField& field : index.messages[message].fields) {
    if (!equal_ignoring_case(field_name(octets, field), name)) continue;
    bodies.push_back(unfold(field_body(octets, field)));
  }
  return bodies;
}

std::optional<std::string> decoded_field(std::string_view octets, const Index& index,
                                         std::string_view name, std::size_t message) {
  if (message >= index.messages.size()) return std::nullopt;
  for (const HeaderField& field : index.messages[message].fields) {
    if (!equal_ignoring_case(field_name(octets, field), name)) continue;
    return decode_words(unfold(field_body(octets, field)));
  }
  return std::nullopt;
}

std::size_t count_fields(std::string_view octets, const Index& index, std::string_view name) {
  const auto& fields = index.messages.front().fields;
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [&](const HeaderField& field) {
        return equal_ignoring_case(field_name(octets, field), name);
      }));
}

std::string remove_fields(std::string_view octets, const std::vector<std::string_view>& names) {
  std::string out;
  out.reserve(octets.size());
  std::size_t at = 0;
  bool removing = false;
  while (at < octets.size()) {
    const std::size_t newline = octets.find('\n', at);
    const std::size_t next = newline == std::string_view::npos ? octets.size() : newline + 1;
    std::string_view line = octets.substr(at, next - at);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const HeaderLineInfo info = header_line(line, at == 0);
    if (info.kind == HeaderLine::Blank || info.kind == HeaderLine::Other) break;
    if (info.kind == HeaderLine::Field) {
      const std::string_view name = line.substr(0, info.name_length);
      removing = std::any_of(names.begin(), names.end(), [&](std::string_view unwanted) {
        return equal_ignoring_case(name, unwanted);
      });
    }
    if (!removing) out.append(octets.substr(at, next - at));
    at = next;
  }
  out.append(octets.substr(at));
  return out;
}

bool is_safe_header_value(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos &&
         is_utf8(value);
}

std::string fold_field(std::string_view name, std::string_view value) {
  std::string out(name);
  out.push_back(':');
  std::size_t column = out.size();
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  bool first = true;
  while (!value.empty()) {
    // A piece is the blanks before a word and the word, so that no line has only blanks.
    const std::size_t word = first ? 0 : value.find_first_not_of(" \t");
    const std::size_t end = std::min(value.find_first_of(" \t", word), value.size());
    std::string_view piece = value.substr(0, end);
    value.remove_prefix(end);
    const std::size_t width = piece.size() + (first ? 1 : 0);
    if (!first && column + width > kPreferredLine) {
      out.append("\r\n");
      column = 0;
    }
    if (first) {
      out.push_back(' ');
      ++column;
    }
    while (column + piece.size() > kLongestLine) {
      // One word longer than a line may be: a blank inside it is the smaller evil.
      const std::size_t cut = utf8_boundary(piece, kLongestLine - column);
      out.append(piece.substr(0, cut)).append("\r\n ");
      piece.remove_prefix(cut);
      column = 1;
    }
    out.append(piece);
    column += piece.size();
    first = false;
  }
  out.append("\r\n");
  return out;
}

}  // namespace restante::message
