// Responses of the server (RFC 9051 s7), appended to a buffer. Every octet that comes from outside
// goes through append_string and the like: quoted only where safe, else a literal. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"
#include "mail/imap/command.h"

namespace restante::imap {

// string: quoted, or a literal where it holds CR, LF or 8-bit octets. NUL becomes '?'.
void append_string(std::string& out, std::string_view octets);
// nstring: NIL where there is none.
void append_nstring(std::string& out, const std::optional<std::string>& octets);
// As an atom where it is one, else as a string (tags, header names).
void append_astring(std::string& out, std::string_view octets);
// A mailbox name: modified UTF-7, or UTF-8 in a quoted string where utf8 (ENABLE IMAP4rev2).
void append_mailbox(std::string& out, std::string_view utf8_name, bool utf8);
void append_number(std::string& out, std::uint64_t number);
// `"17-Jul-1996 02:44:25 +0000"`
void append_date_time(std::string& out, std::chrono::sys_seconds time);

// Status responses (RFC 9051 s7.1).
enum class Condition { Ok, No, Bad, Bye, PreAuth };

// `TAG OK [CODE] text` CRLF; an empty tag is "*", an empty code is left out. text is ours: CR, LF
// and 8-bit octets in it become '?'.
void append_status(std::string& out, std::string_view tag, Condition condition,
                   std::string_view code, std::string_view text);
// `TAG OK NAME completed`
void append_completed(std::string& out, const Command& command, std::string_view code = {});
void append_error(std::string& out, const struct CommandError& error);
// The answer of a failed command: NO with the response code of the kind of error.
void append_failure(std::string& out, std::string_view tag, const Error& error);
// `+ text`; for SASL text is base64, perhaps empty.
void append_continuation(std::string& out, std::string_view text);

// The response code (RFC 5530) of a kind of error: "NONEXISTENT", "ALREADYEXISTS", ...
std::string_view response_code(ErrorKind kind);

// Response codes (without brackets).
std::string code_uid_validity(std::uint32_t uid_validity);
std::string code_uid_next(std::uint32_t uid_next);
// system: bits of SystemFlag; more: keywords may be made.
std::string code_permanent_flags(std::uint8_t system, const std::vector<std::string>& keywords,
                                 bool more);
// uids: ascending (RFC 3502).
std::string code_append_uid(std::uint32_t uid_validity, std::span<const std::uint32_t> uids);
// RFC 4315 s3: pairs in the order given; empty where there are none.
struct UidPair {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};
std::string code_copy_uid(std::uint32_t uid_validity, std::span<const UidPair> pairs);
std::string code_highest_modseq(std::uint64_t modseq);             // RFC 7162 s3.1.2.1
std::string code_modified(std::span<const SequenceRange> failed);  // RFC 7162 s3.1.3
std::string code_mailbox_id(std::uint64_t mailbox);                // RFC 8474 s4.2: MAILBOXID (F7)
std::string code_capability(std::span<const std::string_view> capabilities);

// Untagged responses, each a whole line.
void append_capability(std::string& out, std::span<const std::string_view> capabilities);
void append_enabled(std::string& out, std::span<const std::string_view> capabilities);
void append_exists(std::string& out, std::uint32_t messages);
void append_recent(std::string& out, std::uint32_t messages);
void append_expunge(std::string& out, std::uint32_t sequence_number);
// RFC 7162 s3.2.10; several responses where there are many ranges, none where there is none.
enum class Vanished { Now, Earlier };
void append_vanished(std::string& out, std::span<const SequenceRange> uids, Vanished when);
void append_flags(std::string& out, const std::vector<std::string>& keywords);
void append_namespace(std::string& out);  // one personal "", one of others, both with '/'
void append_id(std::string& out, std::span<const std::pair<std::string_view, std::string_view>>);

// LIST and LSUB (RFC 9051 s7.3.1).
struct ListEntry {
  std::string_view name;  // UTF-8
  SpecialUse special_use = SpecialUse::None;
  bool non_existent = false;
  bool no_select = false;
  std::optional<bool> has_children;  // nullopt: not said
  bool subscribed = false;
  bool no_access = false;              // RFC 5465 s3.1
  bool child_info_subscribed = false;  // RFC 5258 s3.5: CHILDINFO ("SUBSCRIBED")
  std::string_view old_name;           // RFC 9051 s6.3.9.7; empty: none
};
void append_list(std::string& out, const ListEntry& entry, bool utf8);
void append_lsub(std::string& out, const ListEntry& entry, bool utf8);
// The answer to LIST with an empty pattern: hierarchy separator and root (RFC 9051 s6.3.9).
void append_list_root(std::string& out, std::string_view reference, bool lsub = false);
std::string_view special_use_name(SpecialUse use);  // "\Sent"; empty for None

// STATUS: items asked for, with these values.
struct StatusValues {
  std::uint64_t messages = 0, uid_next = 0, uid_validity = 0, unseen = 0, deleted = 0, size = 0,
                recent = 0, mailbox_id = 0, append_limit = 0, deleted_storage = 0,
                highest_modseq = 0;
};
void append_status_response(std::string& out, std::string_view mailbox, StatusItems items,
                            const StatusValues& values, bool utf8);

// SORT (RFC 5256 s4); numbers in their order.
void append_sort(std::string& out, std::span<const std::uint32_t> numbers,
                 std::uint64_t modseq = 0);

// SEARCH and ESEARCH; numbers are ascending or, of SORT, in its order. scores: of each of them,
// where RELEVANCY was asked for (RFC 6203 s4). modseq: the highest of what is answered, where the
// MODSEQ key was used (RFC 7162 s3.1.6), else 0.
void append_search(std::string& out, std::span<const std::uint32_t> numbers,
                   std::uint64_t modseq = 0);
void append_esearch(std::string& out, std::string_view tag, bool uid, const SearchReturn& returns,
                    std::span<const std::uint32_t> numbers, std::span<const unsigned> scores = {},
                    std::uint64_t modseq = 0);
// The answer of one mailbox to ESEARCH (RFC 7377 s2.1); uids.
struct SearchedMailbox {
  std::string_view name;
  std::uint32_t uid_validity = 0;
  bool utf8 = false;  // how the name is written
};
void append_esearch(std::string& out, std::string_view tag, const SearchedMailbox& mailbox,
                    const SearchReturn& returns, std::span<const std::uint32_t> uids,
                    std::span<const unsigned> scores = {}, std::uint64_t modseq = 0);

// Whose result an ESEARCH response is about; mailbox only of the command ESEARCH.
struct SearchedBy {
  std::string_view tag;
  bool uid = false;
  std::optional<SearchedMailbox> mailbox;
};
// A context's result changed (RFC 5267 s4.3.3, s4.3.4): ADDTO or REMOVEFROM at a position, 0 where
// the order is the mailbox's. numbers: in the result's order, at least one.
enum class ContextChange : std::uint8_t { AddTo, RemoveFrom };
void append_context_change(std::string& out, const SearchedBy& search, ContextChange change,
                           std::uint32_t position, std::span<const std::uint32_t> numbers);

}  // namespace restante::imap
