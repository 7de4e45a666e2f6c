// SELECT and EXAMINE with their parameters (RFC 9051 s6.3.2, RFC 4466 s2.1, RFC 7162 s3.1.8,
// s3.2.5).
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

// A sequence set without `*` and `$`.
SequenceSet parse_known_set(Cursor& cursor) {
  SequenceSet set = cursor.sequence_set();
  if (cursor.ok() && (set.has_star() || set.has_saved())) cursor.fail("* is not allowed here");
  return set;
}

void parse_match_data(Cursor& cursor, Resync& resync) {
  cursor.expect('(');
  resync.match_numbers = parse_known_set(cursor);
  cursor.space();
  resync.match_uids = parse_known_set(cursor);
  cursor.expect(')');
}

Resync parse_resync(Cursor& cursor) {
  Resync resync;
  cursor.space();
  cursor.expect('(');
  resync.uid_validity = cursor.number32();
  if (cursor.ok() && resync.uid_validity == 0) cursor.fail("UIDVALIDITY begins at 1");
  cursor.space();
  resync.modseq = cursor.number64();
  if (cursor.take(' ')) {
    if (cursor.peek() == '(') {
      parse_match_data(cursor, resync);
    } else {
      resync.known_uids = parse_known_set(cursor);
      if (cursor.take(' ')) parse_match_data(cursor, resync);
    }
  }
  cursor.expect(')');
  return resync;
}

}  // namespace

Select parse_select(Cursor& cursor, bool read_only) {
  Select select;
  select.read_only = read_only;
  cursor.space();
  select.mailbox = cursor.mailbox();
  if (!cursor.take(' ')) return select;
  cursor.expect('(');
  do {
    const std::string name = to_upper(cursor.atom("a parameter"));
    if (name == "CONDSTORE") {
      select.condstore = true;
    } else if (name == "QRESYNC" && !select.resync) {
      select.resync = parse_resync(cursor);
    } else {
      cursor.fail("unknown parameter");
    }
  } while (cursor.take(' '));
  cursor.expect(')');
  return select;
}

}  // namespace restante::imap
