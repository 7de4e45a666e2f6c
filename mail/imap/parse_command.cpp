// The name of a command and the commands with plain arguments. See parse_command.h.
#include "mail/imap/parse_command.h"

#include <algorithm>
#include <array>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/octets.h"

namespace restante::imap {

namespace {

constexpr std::size_t kMaxTagOctets = 255;
constexpr std::string_view kReplace = " REPLACE ";

// Copy and Move have the same shape.
template <class T>
T parse_copy(Cursor& cursor, bool uid) {
  T command;
  command.uid = uid;
  cursor.space();
  command.set = cursor.sequence_set();
  cursor.space();
  command.mailbox = cursor.mailbox();
  return command;
}

// Commands whose only argument is a mailbox.
template <class T>
T parse_mailbox(Cursor& cursor) {
  cursor.space();
  return T{cursor.mailbox()};
}

Login parse_login(Cursor& cursor) {
  Login login;
  cursor.space();
  login.user = cursor.astring("a user name");
  cursor.space();
  login.password = cursor.astring("a password");
  return login;
}

Enable parse_enable(Cursor& cursor) {
  Enable enable;
  cursor.space();
  do {
    enable.capabilities.push_back(to_upper(cursor.atom("a capability")));
  } while (cursor.take(' '));
  return enable;
}

Rename parse_rename(Cursor& cursor) {
  Rename rename;
  cursor.space();
  rename.from = cursor.mailbox();
  cursor.space();
  rename.to = cursor.mailbox();
  if (rename.to.ends_with(kSeparator)) rename.to.pop_back();
  return rename;
}

Expunge parse_uid_expunge(Cursor& cursor) {
  cursor.space();
  return Expunge{cursor.sequence_set()};
}

Compress parse_compress(Cursor& cursor) {
  cursor.space();
  return Compress{to_upper(cursor.atom("a mechanism"))};
}

using Parse = CommandBody (*)(Cursor&);

struct Entry {
  std::string_view name;
  Parse parse;
};

template <class T>
CommandBody bare(Cursor&) {
  return T{};
}

constexpr std::array kCommands{
    Entry{"CAPABILITY", bare<Capability>},
    Entry{"NOOP", bare<Noop>},
    Entry{"LOGOUT", bare<Logout>},
    Entry{"STARTTLS", bare<StartTls>},
    Entry{"UNAUTHENTICATE", bare<Unauthenticate>},
    Entry{"CHECK", bare<Check>},
    Entry{"CLOSE", bare<Close>},
    Entry{"UNSELECT", bare<Unselect>},
    Entry{"NAMESPACE", bare<Namespace>},
    Entry{"IDLE", bare<Idle>},
    Entry{"EXPUNGE", bare<Expunge>},
    Entry{"AUTHENTICATE", [](Cursor& c) -> CommandBody { return parse_authenticate(c); }},
    Entry{"COMPRESS", [](Cursor& c) -> CommandBody { return parse_compress(c); }},
    Entry{"LOGIN", [](Cursor& c) -> CommandBody { return parse_login(c); }},
    Entry{"ENABLE", [](Cursor& c) -> CommandBody { return parse_enable(c); }},
    Entry{"SELECT", [](Cursor& c) -> CommandBody { return parse_select(c, false); }},
    Entry{"EXAMINE", [](Cursor& c) -> CommandBody { return parse_select(c, true); }},
    Entry{"CREATE", [](Cursor& c) -> CommandBody { return parse_create(c); }},
    Entry{"DELETE", [](Cursor& c) -> CommandBody { return parse_mailbox<Delete>(c); }},
    Entry{"RENAME", [](Cursor& c) -> CommandBody { return parse_rename(c); }},
    Entry{"SUBSCRIBE", [](Cursor& c) -> CommandBody { return parse_mailbox<Subscribe>(c); }},
    Entry{"UNSUBSCRIBE", [](Cursor& c) -> CommandBody { return parse_mailbox<Unsubscribe>(c); }},
    Entry{"LIST", [](Cursor& c) -> CommandBody { return parse_list(c); }},
    Entry{"LSUB", [](Cursor& c) -> CommandBody { return parse_lsub(c); }},
    Entry{"STATUS", [](Cursor& c) -> CommandBody { return parse_status(c); }},
    Entry{"SEARCH", [](Cursor& c) -> CommandBody { return parse_search(c, false); }},
    Entry{"ESEARCH", [](Cursor& c) -> CommandBody { return parse_multi_search(c); }},
    Entry{"CANCELUPDATE", [](Cursor& c) -> CommandBody { return parse_cancel_update(c); }},
    Entry{"SORT", [](Cursor& c) -> CommandBody { return parse_sort(c, false); }},
    Entry{"THREAD", [](Cursor& c) -> CommandBody { return parse_thread(c, false); }},
    Entry{"NOTIFY", [](Cursor& c) -> CommandBody { return parse_notify(c); }},
    Entry{"FETCH", [](Cursor& c) -> CommandBody { return parse_fetch(c, false); }},
    Entry{"STORE", [](Cursor& c) -> CommandBody { return parse_store(c, false); }},
    Entry{"COPY", [](Cursor& c) -> CommandBody { return parse_copy<Copy>(c, false); }},
    Entry{"MOVE", [](Cursor& c) -> CommandBody { return parse_copy<Move>(c, false); }},
    Entry{"ID", [](Cursor& c) -> CommandBody { return parse_id(c); }},
    Entry{"SETACL", [](Cursor& c) -> CommandBody { return parse_set_acl(c); }},
    Entry{"DELETEACL", [](Cursor& c) -> CommandBody { return parse_delete_acl(c); }},
    Entry{"GETACL", [](Cursor& c) -> CommandBody { return parse_mailbox<GetAcl>(c); }},
    Entry{"LISTRIGHTS", [](Cursor& c) -> CommandBody { return parse_list_rights(c); }},
    Entry{"MYRIGHTS", [](Cursor& c) -> CommandBody { return parse_mailbox<MyRights>(c); }},
    Entry{"GETQUOTA", [](Cursor& c) -> CommandBody { return parse_get_quota(c); }},
    Entry{"GETQUOTAROOT", [](Cursor& c) -> CommandBody { return parse_mailbox<GetQuotaRoot>(c); }},
    Entry{"SETQUOTA", [](Cursor& c) -> CommandBody { return parse_set_quota(c); }},
    Entry{"GETMETADATA", [](Cursor& c) -> CommandBody { return parse_get_metadata(c); }},
    Entry{"SETMETADATA", [](Cursor& c) -> CommandBody { return parse_set_metadata(c); }},
    Entry{"UID SEARCH", [](Cursor& c) -> CommandBody { return parse_search(c, true); }},
    Entry{"UID SORT", [](Cursor& c) -> CommandBody { return parse_sort(c, true); }},
    Entry{"UID THREAD", [](Cursor& c) -> CommandBody { return parse_thread(c, true); }},
    Entry{"UID FETCH", [](Cursor& c) -> CommandBody { return parse_fetch(c, true); }},
    Entry{"UID STORE", [](Cursor& c) -> CommandBody { return parse_store(c, true); }},
    Entry{"UID COPY", [](Cursor& c) -> CommandBody { return parse_copy<Copy>(c, true); }},
    Entry{"UID MOVE", [](Cursor& c) -> CommandBody { return parse_copy<Move>(c, true); }},
    Entry{"UID EXPUNGE", [](Cursor& c) -> CommandBody { return parse_uid_expunge(c); }},
};

const Entry* find_command(std::string_view name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [name](const Entry& entry) { return entry.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

}  // namespace

std::string_view readable_tag(std::string_view command) {
  const std::string_view tag = command.substr(0, command.find(' '));
  const bool valid = tag.size() < command.size() && !tag.empty() && tag.size() <= kMaxTagOctets &&
                     std::all_of(tag.begin(), tag.end(), is_tag_char);
  return valid ? tag : std::string_view{};
}

bool is_append(std::string_view command) {
  const CommandHead head = read_head(command);
  if (head.name == "APPEND" || head.name == "REPLACE") return true;
  if (head.name != "UID") return false;
  command.remove_prefix(head.tag.size() + 1 + head.name.size());
  return equals(command.substr(0, kReplace.size()), kReplace);
}

bool is_known_command(std::string_view name) {
  return name == "UID" || name == "APPEND" || name == "REPLACE" || find_command(name) != nullptr;
}

CommandHead read_head(std::string_view command) {
  CommandHead head;
  head.tag = readable_tag(command);
  if (head.tag.empty()) return head;
  command.remove_prefix(head.tag.size() + 1);
  const auto stop = std::find_if_not(command.begin(), command.end(), is_atom_char);
  head.name = to_upper(command.substr(0, static_cast<std::size_t>(stop - command.begin())));
  return head;
}

Command parse_command(Cursor& cursor) {
  Command command;
  const std::string_view tag = cursor.tag();
  if (tag.size() > kMaxTagOctets) cursor.fail("tag too long");
  command.tag = tag;
  cursor.space();
  command.name = to_upper(cursor.atom("a command"));
  if (command.name == "UID") {
    cursor.space();
    command.name += ' ' + to_upper(cursor.atom("a command after UID"));
  }
  if (!cursor.ok()) return command;
  const Entry* entry = find_command(command.name);
  if (entry == nullptr) {
    cursor.fail("unknown command");
    return command;
  }
  command.body = entry->parse(cursor);
  cursor.end();
  return command;
}

}  // namespace restante::imap
