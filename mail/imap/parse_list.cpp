// LIST, LSUB, CREATE, STATUS: commands on mailbox names (RFC 9051 s6.3, RFC 5258, 5819, 6154).
#include <array>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"
#include "mail/message/charset.h"

namespace restante::imap {

namespace {

constexpr std::array<std::pair<std::string_view, SpecialUse>, 7> kUses{{
    {"\\Archive", SpecialUse::Archive},
    {"\\Drafts", SpecialUse::Drafts},
    {"\\Flagged", SpecialUse::Flagged},
    {"\\Junk", SpecialUse::Junk},
    {"\\Sent", SpecialUse::Sent},
    {"\\Trash", SpecialUse::Trash},
    {"\\All", SpecialUse::All},
}};

constexpr std::array<std::pair<std::string_view, StatusItem>, 11> kStatusItems{{
    {"MESSAGES", StatusItem::Messages},
    {"UIDNEXT", StatusItem::UidNext},
    {"UIDVALIDITY", StatusItem::UidValidity},
    {"UNSEEN", StatusItem::Unseen},
    {"DELETED", StatusItem::Deleted},
    {"DELETED-STORAGE", StatusItem::DeletedStorage},
    {"SIZE", StatusItem::Size},
    {"RECENT", StatusItem::Recent},
    {"MAILBOXID", StatusItem::MailboxId},
    {"APPENDLIMIT", StatusItem::AppendLimit},
    {"HIGHESTMODSEQ", StatusItem::HighestModSeq},
}};

constexpr std::size_t kMaxPatterns = 100;

// The characters of a name or pattern; nullopt: its encoding is broken and it can match nothing.
std::optional<std::string> decode_pattern(const std::string& written, bool utf8) {
  if (!utf8) return decode_modified_utf7(written);
  if (!message::is_utf8(written)) return std::nullopt;
  return written;
}

void parse_selection(Cursor& cursor, List& list) {
  list.extended = true;
  cursor.expect('(');
  if (cursor.take(')')) return;
  do {
    const std::string option = to_upper(cursor.atom("a selection option"));
    if (option == "SUBSCRIBED") {
      list.select_subscribed = true;
    } else if (option == "REMOTE") {
      list.select_remote = true;
    } else if (option == "RECURSIVEMATCH") {
      list.select_recursive_match = true;
    } else if (option == "SPECIAL-USE") {
      list.select_special_use = true;
    } else {
      cursor.fail("unknown selection option");
    }
  } while (cursor.take(' '));
  cursor.expect(')');
  // RFC 5258 s6 list-select-opts: a modifier needs a base option.
  if (list.select_recursive_match && !list.select_subscribed && !list.select_special_use)
    cursor.fail("RECURSIVEMATCH needs another selection option");
  // Selecting by an attribute asks for it, too (RFC 5258 s3.1, RFC 6154 s2).
  list.return_subscribed = list.select_subscribed;
  list.return_special_use = list.select_special_use;
}

void parse_return(Cursor& cursor, List& list) {
  list.extended = true;
  if (!cursor.take_word("RETURN")) return cursor.fail("expected RETURN");
  cursor.space();
  cursor.expect('(');
  if (cursor.take(')')) return;
  do {
    const std::string option = to_upper(cursor.atom("a return option"));
    if (option == "SUBSCRIBED") {
      list.return_subscribed = true;
    } else if (option == "CHILDREN") {
      list.return_children = true;
    } else if (option == "SPECIAL-USE") {
      list.return_special_use = true;
    } else if (option == "MYRIGHTS") {
      list.return_my_rights = true;
    } else if (option == "STATUS") {
      cursor.space();
      list.return_status = parse_status_items(cursor);
    } else {
      cursor.fail("unknown return option");
    }
  } while (cursor.take(' '));
  cursor.expect(')');
}

}  // namespace

List parse_list(Cursor& cursor) {
  List list;
  cursor.space();
  if (cursor.peek() == '(') {
    parse_selection(cursor, list);
    cursor.space();
  }
  const auto reference = decode_pattern(cursor.astring("a reference name"), cursor.utf8());
  cursor.space();
  std::vector<std::string> written;
  if (cursor.take('(')) {
    list.extended = true;
    do {
      written.push_back(cursor.list_mailbox());
      if (written.size() > kMaxPatterns) cursor.fail("too many patterns", "LIMIT", true);
    } while (cursor.take(' '));
    cursor.expect(')');
  } else {
    written.push_back(cursor.list_mailbox());
  }
  if (cursor.take(' ')) parse_return(cursor, list);
  if (!reference) return list;
  list.reference = *reference;
  for (const std::string& pattern : written)
    if (auto decoded = decode_pattern(pattern, cursor.utf8())) list.patterns.push_back(*decoded);
  return list;
}

Lsub parse_lsub(Cursor& cursor) {
  Lsub lsub;
  cursor.space();
  const auto reference = decode_pattern(cursor.astring("a reference name"), cursor.utf8());
  cursor.space();
  const auto pattern = decode_pattern(cursor.list_mailbox(), cursor.utf8());
  if (!reference || !pattern) return lsub;
  lsub.reference = *reference;
  lsub.patterns.push_back(*pattern);
  return lsub;
}

Create parse_create(Cursor& cursor) {
  Create create;
  cursor.space();
  create.mailbox = cursor.mailbox();
  if (create.mailbox.ends_with(kSeparator)) create.mailbox.pop_back();
  if (!cursor.take(' ')) return create;
  cursor.expect('(');
  if (!cursor.take_word("USE")) cursor.fail("expected USE");
  cursor.space();
  cursor.expect('(');
  if (cursor.peek() != ')') {
    do {
      cursor.expect('\\');
      const std::string name = "\\" + std::string(cursor.atom("a special use"));
      bool known = false;
      for (const auto& [use_name, use] : kUses) {
        if (!equals(name, use_name)) continue;
        known = true;
        bool there = false;
        for (const SpecialUse other : create.uses) there = there || other == use;
        if (!there) create.uses.push_back(use);
      }
      create.unknown_use = create.unknown_use || !known;
    } while (cursor.take(' '));
  }
  cursor.expect(')');
  cursor.expect(')');
  return create;
}

StatusItems parse_status_items(Cursor& cursor) {
  StatusItems items;
  cursor.expect('(');
  do {
    const std::string name = to_upper(cursor.atom("a status item"));
    bool known = false;
    for (const auto& [item_name, item] : kStatusItems) {
      if (name != item_name) continue;
      known = true;
      items.set(item);
    }
    if (!known) cursor.fail("unknown status item");
  } while (cursor.take(' '));
  cursor.expect(')');
  return items;
}

Status parse_status(Cursor& cursor) {
  Status status;
  cursor.space();
  status.mailbox = cursor.mailbox();
  cursor.space();
  status.items = parse_status_items(cursor);
  return status;
}

}  // namespace restante::imap
