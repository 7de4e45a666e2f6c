// The RETURN options of SEARCH and SORT (RFC 9051 s6.4.4, RFC 4466 s2.6, RFC 5182, RFC 9394).
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

// RFC 5465 s7: the items of UPDATE stand behind it; its grammar leaves out the space that its
// example has.
bool parse_update_items(Cursor& cursor, SearchReturn& returns) {
  if (!returns.update || !returns.update_items.empty() || cursor.peek() != '(') return false;
  parse_fetch_items(cursor, returns.update_items);
  return true;
}

void parse_option(Cursor& cursor, SearchReturn& returns) {
  if (parse_update_items(cursor, returns)) return;
  const std::string option = to_upper(cursor.atom("a return option"));
  if (option == "MIN") {
    returns.min = true;
  } else if (option == "MAX") {
    returns.max = true;
  } else if (option == "ALL") {
    returns.all = true;
  } else if (option == "COUNT") {
    returns.count = true;
  } else if (option == "SAVE") {
    returns.save = true;
    cursor.note_saves_result();
  } else if (option == "RELEVANCY") {
    returns.relevancy = true;
  } else if (option == "PARTIAL") {
    if (returns.partial) cursor.fail("PARTIAL twice");
    cursor.space();
    returns.partial = parse_partial_range(cursor);
  } else if (option == "CONTEXT") {
    returns.context = true;
  } else if (option == "UPDATE") {
    if (returns.update) cursor.fail("UPDATE twice");
    returns.update = true;
    parse_update_items(cursor, returns);
  } else {
    cursor.fail("unknown return option");
  }
}

}  // namespace

PartialRange parse_partial_range(Cursor& cursor) {
  PartialRange range;
  range.from_end = cursor.take('-');
  range.first = cursor.number32();
  cursor.expect(':');
  if (range.from_end) cursor.expect('-');
  range.last = cursor.number32();
  if (range.first == 0 || range.last == 0) cursor.fail("places in PARTIAL begin at 1");
  return range;
}

SearchReturn parse_search_return(Cursor& cursor) {
  SearchReturn returns;
  cursor.space();
  cursor.expect('(');
  if (cursor.take(')')) {
    returns.all = true;  // RFC 9051 s6.4.4
    return returns;
  }
  do {
    parse_option(cursor, returns);
  } while (cursor.take(' '));
  cursor.expect(')');
  if (returns.all && returns.partial) cursor.fail("ALL and PARTIAL exclude each other");
  return returns;
}

CancelUpdate parse_cancel_update(Cursor& cursor) {
  CancelUpdate command;
  do {
    cursor.space();
    command.tags.push_back(cursor.string("a tag"));
  } while (cursor.ok() && cursor.peek() == ' ');
  return command;
}

}  // namespace restante::imap
