// APPEND up to its literal (RFC 9051 s6.3.12), AUTHENTICATE (RFC 4959), ID (RFC 2971).
#include <algorithm>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

constexpr std::size_t kMaxIdPairs = 30;          // RFC 2971 s3.3
constexpr std::size_t kMaxIdNameOctets = 30;     // RFC 2971 s3.3
constexpr std::size_t kMaxIdValueOctets = 1024;  // RFC 2971 s3.3

bool is_base64(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find('='));
  return text.size() % 4 == 0 && text.size() - digits.size() <= 2 &&
         text.substr(digits.size()).find_first_not_of('=') == std::string_view::npos &&
         std::all_of(digits.begin(), digits.end(), [](char c) {
           return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '+' || c == '/';
         });
}

}  // namespace

Append parse_append(Cursor& cursor) {
  Append append;
  cursor.space();
  append.mailbox = cursor.mailbox();
  cursor.space();
  if (cursor.peek() == '(') {
    append.flags = cursor.flag_list();
    cursor.space();
  }
  if (cursor.peek() == '"') {
    append.internal_date = cursor.date_time();
    cursor.space();
  }
  if (cursor.ok() && cursor.peek() != '{') cursor.fail("expected the literal of the message");
  return append;
}

Authenticate parse_authenticate(Cursor& cursor) {
  Authenticate authenticate;
  cursor.space();
  authenticate.mechanism = to_upper(cursor.atom("a mechanism"));
  if (!cursor.take(' ')) return authenticate;
  const std::string_view response = cursor.atom("an initial response");
  if (response == "=") {
    authenticate.initial_response.emplace();
  } else if (is_base64(response)) {
    authenticate.initial_response.emplace(response);
  } else {
    cursor.fail("initial response is not base64");
  }
  return authenticate;
}

Id parse_id(Cursor& cursor) {
  Id id;
  cursor.space();
  if (cursor.take_word("NIL")) return id;
  cursor.expect('(');
  if (cursor.take(')')) return id;
  do {
    std::string name = cursor.string("a field name");
    cursor.space();
    auto value = cursor.nstring("a field value");
    if (name.size() > kMaxIdNameOctets || (value && value->size() > kMaxIdValueOctets))
      cursor.fail("ID field too long");
    if (id.fields.size() == kMaxIdPairs) cursor.fail("too many ID fields");
    if (cursor.ok()) id.fields.emplace_back(std::move(name), std::move(value));
  } while (cursor.take(' '));
  cursor.expect(')');
  return id;
}

}  // namespace restante::imap
