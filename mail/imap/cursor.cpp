// Tokens of a command: atoms, strings, numbers, names. See cursor.h; dates and flags are in
// cursor_dates.cpp.
#include "mail/imap/cursor.h"

#include <algorithm>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/octets.h"
#include "mail/message/charset.h"

namespace restante::imap {

void Cursor::fail(std::string text, std::string code, bool no) {
  if (!ok()) return;
  failure_ = Failure{std::move(text), std::move(code), no, saves_result_};
}

bool Cursor::take(char c) {
  if (at_end() || rest_[0] != c) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Cursor::take_word(std::string_view word) {
  if (!ok() || !equals(rest_.substr(0, word.size()), word)) return false;
  if (rest_.size() > word.size() && is_atom_char(rest_[word.size()])) return false;
  rest_.remove_prefix(word.size());
  return true;
}

bool Cursor::take_text(std::string_view text) {
  if (!ok() || !equals(rest_.substr(0, text.size()), text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

void Cursor::expect(char c) {
  if (take(c)) return;
  if (c == ' ') return fail(rest_.empty() ? "missing argument" : "expected a space");
  fail(std::string("expected ") + c);
}

void Cursor::end() {
  if (ok() && !rest_.empty()) fail("unexpected characters at the end of the command");
}

std::string_view Cursor::take_while(bool (*accepts)(char)) {
  if (!ok()) return {};
  const auto stop = std::find_if_not(rest_.begin(), rest_.end(), accepts);
  const auto length = static_cast<std::size_t>(stop - rest_.begin());
  const std::string_view taken = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return taken;
}

std::string_view Cursor::atom(std::string_view what) {
  const std::string_view taken = take_while(is_atom_char);
  if (taken.empty()) fail("expected " + std::string(what));
  return taken;
}

std::string_view Cursor::tag() {
  const std::string_view taken = take_while(is_tag_char);
  if (taken.empty()) fail("expected a tag");
  return taken;
}

std::string_view Cursor::letters() {
  return take_while([](char c) {
    return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '.' || c == '-';
  });
}

std::string Cursor::astring(std::string_view what) {
  if (peek() == '"' || peek() == '{') return string(what);
  const std::string_view taken = take_while(is_astring_char);
  if (taken.empty()) fail("expected " + std::string(what));
  return std::string(taken);
}

std::string Cursor::string(std::string_view what) {
  if (peek() == '"') return quoted();
  if (peek() == '{') return literal();
  fail("expected " + std::string(what));
  return {};
}

std::optional<std::string> Cursor::nstring(std::string_view what) {
  if (take_word("NIL")) return std::nullopt;
  return string(what);
}

std::string Cursor::quoted() {
  expect('"');
  std::string out;
  std::size_t i = 0;
  for (; i < rest_.size() && rest_[i] != '"'; ++i) {
    if (rest_[i] == '\r' || rest_[i] == '\n') break;
    if (rest_[i] == '\\') {
      ++i;
      if (i == rest_.size() || (rest_[i] != '"' && rest_[i] != '\\')) {
        fail("invalid escape in a quoted string");
        return {};
      }
    }
    out += rest_[i];
  }
  if (i >= rest_.size() || rest_[i] != '"') {
    fail("unterminated quoted string");
    return {};
  }
  rest_.remove_prefix(i + 1);
  if (!message::is_ascii(out)) {
    if (!utf8_) fail("8-bit characters in a quoted string");
    if (!message::is_utf8(out)) fail("quoted string is not UTF-8");
  }
  return out;
}

std::string Cursor::literal() {
  expect('{');
  const std::uint64_t size = number64();
  take('+');
  expect('}');
  expect('\r');
  expect('\n');
  if (!ok()) return {};
  if (prefix_ && rest_.empty()) {
    incomplete_ = true;
    return {};
  }
  if (size > rest_.size()) {
    fail("literal is too short");
    return {};
  }
  std::string out(rest_.substr(0, static_cast<std::size_t>(size)));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return out;
}

bool Cursor::message_literal() {
  const bool binary = take('~');
  expect('{');
  number64();
  take('+');
  expect('}');
  expect('\r');
  expect('\n');
  if (!prefix_) fail("expected a literal");
  end();
  return binary;
}

std::string Cursor::list_mailbox() {
  if (peek() == '"' || peek() == '{') return string("a mailbox pattern");
  const std::string_view taken = take_while(is_list_char);
  if (taken.empty()) fail("expected a mailbox pattern");
  return std::string(taken);
}

std::string Cursor::mailbox() {
  const std::string written = astring("a mailbox name");
  if (!ok()) return {};
  const auto name = decode_mailbox_name(written, utf8_);
  if (!name) {
    fail(utf8_ ? "mailbox name is not UTF-8" : "mailbox name is not valid modified UTF-7", "CANNOT",
         true);
    return {};
  }
  return *name;
}

std::uint64_t Cursor::number64() {
  const std::string_view digits = take_while(is_digit);
  if (digits.empty()) {
    fail("expected a number");
    return 0;
  }
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    // RFC 9051 s9 number64: 63 bits.
    if (value > (0x7fffffffffffffffULL - digit) / 10) {
      fail("number too large");
      return 0;
    }
    value = value * 10 + digit;
  }
  return value;
}

std::uint32_t Cursor::number32() {
  const std::uint64_t value = number64();
  if (value > 0xffffffff) {
    fail("number too large");
    return 0;
  }
  return static_cast<std::uint32_t>(value);
}

SequenceSet Cursor::sequence_set() {
  const std::string_view text = take_while(
      [](char c) { return is_digit(c) || c == '*' || c == ':' || c == ',' || c == '$'; });
  auto set = SequenceSet::parse(text, limits_.sequence_ranges);
  if (!set) {
    fail(set.error().message());
    return {};
  }
  return std::move(*set);
}

}  // namespace restante::imap
