// SETACL and its like (RFC 4314 s7), the commands of quotas (RFC 9208 s7) and of annotations
// (RFC 5464 s5).
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"
#include "mail/imap/rights.h"

namespace restante::imap {

namespace {

constexpr std::size_t kMaxEntries = 100;
constexpr std::size_t kMaxEntryOctets = 255;
constexpr std::size_t kMaxLimits = 20;

std::string identifier(Cursor& cursor) {
  cursor.space();
  std::string text = cursor.astring("an identifier");
  if (text.empty()) cursor.fail("empty identifier");
  return text;
}

bool is_entry_character(char c) {
  return c >= 0x20 && c < 0x7f && c != '*' && c != '%';
}

// RFC 5464 s3.2: "/private" or "/shared" and at least one more component, none of them empty; four
// below "vendor".
bool is_entry(std::string_view entry) {
  if (entry.size() > kMaxEntryOctets || entry.ends_with('/')) return false;
  if (!entry.starts_with("/private/") && !entry.starts_with("/shared/")) return false;
  if (entry.find("//") != std::string_view::npos) return false;
  for (const char c : entry)
    if (!is_entry_character(c)) return false;
  const std::string_view below = entry.substr(entry.find('/', 1) + 1);
  if (below != "vendor" && !below.starts_with("vendor/")) return true;
  std::size_t components = 0;
  for (const char c : entry) components += c == '/' ? 1 : 0;
  return components >= 4;
}

// whole: an entry that can have a value; else a name that others may stand below.
std::string entry(Cursor& cursor, bool whole) {
  std::string name = cursor.astring("an entry");
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (!cursor.ok()) return name;
  const bool scope = !whole && (name == "/private" || name == "/shared");
  const bool vendor = !whole &&
                      (name.starts_with("/private/vendor") || name.starts_with("/shared/vendor")) &&
                      is_entry(name + "/a/b/c");
  if (!scope && !vendor && !is_entry(name)) cursor.fail("invalid entry name");
  return name;
}

// From behind `(` to behind `)`.
void parse_metadata_options(Cursor& cursor, GetMetadata& command) {
  do {
    const std::string option = to_upper(cursor.atom("an option"));
    cursor.space();
    if (option == "MAXSIZE") {
      command.max_size = cursor.number32();
    } else if (option == "DEPTH") {
      const std::string depth = to_upper(cursor.atom("a depth"));
      if (depth == "0")
        command.depth = 0;
      else if (depth == "1")
        command.depth = 1;
      else if (depth == "INFINITY")
        command.depth = std::nullopt;
      else
        cursor.fail("DEPTH is 0, 1 or infinity");
    } else {
      cursor.fail("unknown option of GETMETADATA");
    }
  } while (cursor.take(' '));
  cursor.expect(')');
}

}  // namespace

SetAcl parse_set_acl(Cursor& cursor) {
  SetAcl command;
  cursor.space();
  command.mailbox = cursor.mailbox();
  command.identifier = identifier(cursor);
  cursor.space();
  const std::string written = cursor.astring("rights");
  std::string_view letters = written;
  if (letters.starts_with('+') || letters.starts_with('-')) {
    command.mode = letters.front() == '+' ? SetAcl::Mode::Add : SetAcl::Mode::Remove;
    letters.remove_prefix(1);
  }
  const auto rights = parse_rights(letters);
  if (!rights) cursor.fail("unknown right");
  command.rights = rights.value_or(0);
  return command;
}

DeleteAcl parse_delete_acl(Cursor& cursor) {
  DeleteAcl command;
  cursor.space();
  command.mailbox = cursor.mailbox();
  command.identifier = identifier(cursor);
  return command;
}

ListRights parse_list_rights(Cursor& cursor) {
  ListRights command;
  cursor.space();
  command.mailbox = cursor.mailbox();
  command.identifier = identifier(cursor);
  return command;
}

GetQuota parse_get_quota(Cursor& cursor) {
  cursor.space();
  return GetQuota{cursor.astring("a quota root")};
}

SetQuota parse_set_quota(Cursor& cursor) {
  SetQuota command;
  cursor.space();
  command.root = cursor.astring("a quota root");
  cursor.space();
  cursor.expect('(');
  if (cursor.take(')')) return command;
  do {
    std::string resource = to_upper(cursor.atom("a resource"));
    cursor.space();
    command.limits.emplace_back(std::move(resource), cursor.number64());
    if (command.limits.size() > kMaxLimits) cursor.fail("too many limits", "LIMIT", true);
  } while (cursor.take(' '));
  cursor.expect(')');
  return command;
}

// Options stand before the mailbox by the grammar and behind it in the examples of RFC 5464: both
// are taken; so is a list of entries without parentheses.
GetMetadata parse_get_metadata(Cursor& cursor) {
  GetMetadata command;
  const auto add_entries = [&] {
    do {
      command.entries.push_back(entry(cursor, false));
      if (command.entries.size() > kMaxEntries) cursor.fail("too many entries", "LIMIT", true);
    } while (cursor.take(' '));
  };
  cursor.space();
  if (cursor.take('(')) {
    parse_metadata_options(cursor, command);
    cursor.space();
  }
  command.mailbox = cursor.mailbox();
  cursor.space();
  bool listed = cursor.take('(');
  const char first = cursor.peek();
  if (listed && first != '/' && first != '"' && first != '{') {
    parse_metadata_options(cursor, command);
    cursor.space();
    listed = cursor.take('(');
  }
  add_entries();
  if (listed) cursor.expect(')');
  return command;
}

SetMetadata parse_set_metadata(Cursor& cursor) {
  SetMetadata command;
  cursor.space();
  command.mailbox = cursor.mailbox();
  cursor.space();
  cursor.expect('(');
  do {
    std::string name = entry(cursor, true);
    cursor.space();
    std::optional<std::string> value;
    if (cursor.take('~')) {
      if (cursor.peek() != '{') cursor.fail("expected a literal");
      value = cursor.string("a value");
    } else {
      value = cursor.nstring("a value");
    }
    command.entries.emplace_back(std::move(name), std::move(value));
    if (command.entries.size() > kMaxEntries) cursor.fail("too many entries", "LIMIT", true);
  } while (cursor.take(' '));
  cursor.expect(')');
  return command;
}

}  // namespace restante::imap
