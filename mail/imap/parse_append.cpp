// APPEND and REPLACE but for their octets (RFC 9051 s6.3.12, RFC 3502, RFC 3516, RFC 4469,
// RFC 6855 s4, RFC 8508), AUTHENTICATE (RFC 4959), ID (RFC 2971).
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

// REPLACE removes one message (RFC 8508 s5: seq-number or uniqueid).
SequenceSet parse_replaced(Cursor& cursor) {
  cursor.space();
  SequenceSet set = cursor.sequence_set();
  if (cursor.ok() && (set.ranges().size() != 1 || set.ranges()[0].first != set.ranges()[0].last))
    cursor.fail("REPLACE takes one message");
  return set;
}

AppendStart parse_start(Cursor& cursor) {
  AppendStart start;
  start.tag = cursor.tag();
  cursor.space();
  start.name = to_upper(cursor.atom("a command"));
  start.command.uid = start.name == "UID";
  if (start.command.uid) {
    cursor.space();
    start.name += ' ' + to_upper(cursor.atom("a command after UID"));
  }
  if (start.name != "APPEND") start.command.replaces = parse_replaced(cursor);
  cursor.space();
  start.command.mailbox = cursor.mailbox();
  return start;
}

AppendMessage parse_options(Cursor& cursor) {
  AppendMessage message;
  cursor.space();
  if (cursor.peek() == '(') {
    message.flags = cursor.flag_list();
    cursor.space();
  }
  if (cursor.peek() == '"') {
    message.internal_date = cursor.date_time();
    cursor.space();
  }
  return message;
}

// Reads one line of APPEND, element by element; each says where the next stands.
class AppendLineReader {
 public:
  AppendLineReader(Cursor& cursor, AppendPlace place, bool single)
      : cursor_(cursor), place_(place) {
    line_.single = single;
  }

  AppendLine read() {
    while (cursor_.ok() && !done_) step();
    return std::move(line_);
  }

 private:
  void step() {
    switch (place_) {
      case AppendPlace::None:
      case AppendPlace::Start:
        return start();
      case AppendPlace::First:
        if (cursor_.at_end()) return cursor_.fail(name_ + " needs a literal");
        return message();
      case AppendPlace::Message:
        if (cursor_.at_end()) return end();
        if (cursor_.peek() != ' ') return cursor_.fail("unexpected characters after the message");
        return message();
      case AppendPlace::List:
        return part();
      case AppendPlace::Part:
        if (cursor_.take(')')) return go(behind_message());
        cursor_.space();
        return part();
      case AppendPlace::Utf8:
      case AppendPlace::Utf8Part:
        cursor_.expect(')');
        return go(place_ == AppendPlace::Utf8 ? behind_message() : AppendPlace::Part);
      case AppendPlace::End:
        if (!cursor_.at_end()) cursor_.fail("unexpected characters after the message");
        return end();
    }
  }

  void go(AppendPlace place) { place_ = place; }
  AppendPlace behind_message() const {
    return line_.single ? AppendPlace::End : AppendPlace::Message;
  }

  void end() {
    cursor_.end();
    done_ = true;
  }

  void start() {
    AppendStart start = parse_start(cursor_);
    name_ = start.name;
    line_.single = start.command.replaces.has_value();
    line_.events.emplace_back(std::move(start));
    go(AppendPlace::First);
  }

  void message() {
    line_.events.emplace_back(parse_options(cursor_));
    if (cursor_.peek() == '{' || cursor_.peek() == '~') {
      literal(behind_message());
    } else if (cursor_.take_word("UTF8")) {
      utf8(AppendPlace::Utf8);
    } else if (cursor_.take_word("CATENATE")) {
      cursor_.space();
      cursor_.expect('(');
      go(AppendPlace::List);
    } else {
      cursor_.fail("expected the literal of the message");
    }
  }

  void part() {
    if (cursor_.take_word("TEXT")) {
      cursor_.space();
      literal(AppendPlace::Part);
    } else if (cursor_.take_word("UTF8")) {
      utf8(AppendPlace::Utf8Part);
    } else if (cursor_.take_word("URL")) {
      cursor_.space();
      line_.events.emplace_back(AppendUrl{cursor_.astring("a URL")});
      go(AppendPlace::Part);
    } else {
      cursor_.fail("expected TEXT or URL");
    }
  }

  void utf8(AppendPlace next) {
    cursor_.space();
    cursor_.expect('(');
    if (cursor_.ok() && cursor_.peek() != '~') cursor_.fail("expected a literal8");
    literal(next);
  }

  void literal(AppendPlace next) {
    line_.binary = cursor_.message_literal();
    line_.next = next;
    done_ = true;
  }

  Cursor& cursor_;
  AppendPlace place_;
  AppendLine line_;
  std::string name_;
  bool done_ = false;
};

}  // namespace

AppendLine parse_append_line(Cursor& cursor, AppendPlace place, bool single) {
  return AppendLineReader(cursor, place, single).read();
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
