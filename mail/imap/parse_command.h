// From a whole command to its value: one function per command. Private to this room.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "mail/imap/command.h"
#include "mail/imap/cursor.h"

namespace restante::imap {

// The tag at the front of a command if it is one and ends with a space; empty otherwise.
std::string_view readable_tag(std::string_view command);

// A word of filter-mailboxes.
struct FilterWord {
  std::string_view name;
  MailboxFilter::Kind kind;
  bool names = false;  // mailboxes follow
};

// Whether a command of this name (upper case, "UID" alone for all of UID's) exists.
bool is_known_command(std::string_view name);

// Tag and first word of a command, both empty where it has none.
struct CommandHead {
  std::string_view tag;
  std::string name;  // upper case
};
CommandHead read_head(std::string_view command);

// Reads a whole command but APPEND and REPLACE; cursor.failure() says what is wrong with it.
Command parse_command(Cursor& cursor);

// Whether a command is APPEND, REPLACE or UID REPLACE, by its first words.
bool is_append(std::string_view command);

// What one line of an APPEND says (with the literals of strings in it).
struct AppendLine {
  std::vector<ParserEvent> events;      // AppendStart, AppendMessage, AppendUrl; in order
  AppendPlace next = AppendPlace::End;  // where the text behind the literal stands
  bool binary = false;                  // the literal that ends the line is a literal8
  bool single = false;                  // REPLACE: one message
};
// Reads from place (single: what an earlier line said) up to the announcement of octets of a
// message or, where the text ends without one, to the end of the command. Check cursor's
// incomplete() before what is given.
AppendLine parse_append_line(Cursor& cursor, AppendPlace place, bool single);

// Each reads from behind its name (and the name's space has not been read).
List parse_list(Cursor& cursor);
Lsub parse_lsub(Cursor& cursor);
Create parse_create(Cursor& cursor);
Status parse_status(Cursor& cursor);
StatusItems parse_status_items(Cursor& cursor);
Search parse_search(Cursor& cursor, bool uid);
MultiSearch parse_multi_search(Cursor& cursor);
Sort parse_sort(Cursor& cursor, bool uid);
Thread parse_thread(Cursor& cursor, bool uid);
// `SP charset SP search-key ...` (RFC 5256 s5).
void parse_charset_and_keys(Cursor& cursor, Search& search);
// filter-mailboxes; words: those that this command knows.
MailboxFilter parse_mailbox_filter(Cursor& cursor, std::span<const FilterWord> words);
SearchReturn parse_search_return(Cursor& cursor);  // from behind RETURN
Notify parse_notify(Cursor& cursor);
CancelUpdate parse_cancel_update(Cursor& cursor);
// What FETCH asks for: a macro, one item or a list of them.
void parse_fetch_items(Cursor& cursor, std::vector<FetchItem>& items);
PartialRange parse_partial_range(Cursor& cursor);  // from behind PARTIAL
Select parse_select(Cursor& cursor, bool read_only);
Fetch parse_fetch(Cursor& cursor, bool uid);
Store parse_store(Cursor& cursor, bool uid);
Id parse_id(Cursor& cursor);
Authenticate parse_authenticate(Cursor& cursor);
SetAcl parse_set_acl(Cursor& cursor);
DeleteAcl parse_delete_acl(Cursor& cursor);
ListRights parse_list_rights(Cursor& cursor);
GetQuota parse_get_quota(Cursor& cursor);
SetQuota parse_set_quota(Cursor& cursor);
GetMetadata parse_get_metadata(Cursor& cursor);
SetMetadata parse_set_metadata(Cursor& cursor);
Section parse_section(Cursor& cursor);  // from `[` to `]`

}  // namespace restante::imap
