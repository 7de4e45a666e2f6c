// The character classes of the formal syntax (RFC 9051 s9) and ASCII case. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace restante::imap {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_atom_char(char c) {
  return c > ' ' && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}
constexpr bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}
constexpr bool is_list_char(char c) {
  return is_astring_char(c) || c == '%' || c == '*';
}
constexpr bool is_tag_char(char c) {
  return is_astring_char(c) && c != '+';
}

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

inline std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

inline std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

inline bool equals(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (lower(left[i]) != lower(right[i])) return false;
  return true;
}

}  // namespace restante::imap
