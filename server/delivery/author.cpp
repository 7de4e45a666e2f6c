#include "server/delivery/author.h"

#include <utility>

namespace restante::delivery {
namespace {

constexpr std::size_t kMaxAuthors = 100;

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Characters of a display name outside quotes: atext, UTF-8 and dots (RFC 5322 s4.1 obs-phrase).
constexpr bool is_phrase_char(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 0x20 && octet != 0x7f &&
         std::string_view("()<>[]:;@\\,\"").find(c) == std::string_view::npos;
}

// Skips what is between start and end marks, with quoted pairs; comments nest. False: unfinished.
bool skip_quoted(std::string_view& text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return true;
    }
  }
  return false;
}

bool skip_comment(std::string_view& text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      text.remove_prefix(at + 1);
      return true;
    }
  }
  return false;
}

bool skip_blanks_and_comments(std::string_view& text) {
  while (!text.empty()) {
    if (is_blank(text.front())) {
      text.remove_prefix(1);
    } else if (text.front() != '(') {
      break;
    } else if (!skip_comment(text)) {
      return false;
    }
  }
  return true;
}

// display-name: up to "<".
bool skip_phrase(std::string_view& text) {
  while (!text.empty() && text.front() != '<') {
    if (text.front() == '"') {
      if (!skip_quoted(text)) return false;
    } else if (is_phrase_char(text.front())) {
      text.remove_prefix(1);
    } else if (is_blank(text.front()) || text.front() == '(') {
      if (!skip_blanks_and_comments(text)) return false;
    } else {
      return false;
    }
  }
  return !text.empty();
}

std::optional<smtp::Mailbox> take_angle_address(std::string_view& text) {
  text.remove_prefix(1);
  if (!skip_blanks_and_comments(text)) return std::nullopt;
  auto mailbox = smtp::take_mailbox(text);
  if (!mailbox || !skip_blanks_and_comments(text) || !text.starts_with('>')) return std::nullopt;
  text.remove_prefix(1);
  return std::move(*mailbox);
}

std::optional<smtp::Mailbox> take_author(std::string_view& text) {
  std::string_view rest = text;
  if (auto bare = smtp::take_mailbox(rest)) {
    if (skip_blanks_and_comments(rest) && (rest.empty() || rest.front() == ',')) {
      text = rest;
      return std::move(*bare);
    }
  }
  if (!skip_phrase(text)) return std::nullopt;
  auto mailbox = take_angle_address(text);
  if (!mailbox || !skip_blanks_and_comments(text)) return std::nullopt;
  return mailbox;
}

}  // namespace

std::optional<std::vector<smtp::Mailbox>> parse_authors(std::string_view field_body) {
  std::vector<smtp::Mailbox> authors;
  std::string_view rest = field_body;
  while (authors.size() < kMaxAuthors) {
    if (!skip_blanks_and_comments(rest)) return std::nullopt;
    auto author = take_author(rest);
    if (!author) return std::nullopt;
    authors.push_back(std::move(*author));
    if (rest.empty()) return authors;
    if (rest.front() != ',') return std::nullopt;
    rest.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace restante::delivery
