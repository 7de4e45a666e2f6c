// Which mailboxes a command is about (RFC 5465 s8 filter-mailboxes, RFC 7377 s4).
#include <algorithm>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

constexpr std::size_t kMaxNames = 1000;

}  // namespace

MailboxFilter parse_mailbox_filter(Cursor& cursor, std::span<const FilterWord> words) {
  MailboxFilter filter;
  const std::string name = to_upper(cursor.atom("which mailboxes"));
  const auto word = std::ranges::find(words, name, &FilterWord::name);
  if (word == words.end()) {
    cursor.fail("unknown choice of mailboxes");
    return filter;
  }
  filter.kind = word->kind;
  if (!word->names) return filter;
  cursor.space();
  if (!cursor.take('(')) {
    filter.names.push_back(cursor.mailbox());
    return filter;
  }
  do {
    if (filter.names.size() == kMaxNames) cursor.fail("too many mailboxes", "LIMIT", true);
    filter.names.push_back(cursor.mailbox());
  } while (cursor.take(' '));
  cursor.expect(')');
  return filter;
}

}  // namespace restante::imap
