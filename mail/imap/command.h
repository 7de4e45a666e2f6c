// The commands of IMAP as values: one struct per command (RFC 9051 s6, RFC 3501 s6 and the
// extensions named below). Strings are decoded: mailbox names are UTF-8 with "INBOX" in upper case.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mail/imap/flags.h"
#include "mail/imap/search.h"
#include "mail/imap/section.h"
#include "mail/imap/sequence_set.h"
#include "mail/imap/sharing_command.h"
#include "mail/imap/sort.h"
#include "mail/imap/thread.h"

namespace restante::imap {

struct Capability {};
struct Noop {};
struct Logout {};
struct StartTls {};
struct Unauthenticate {};  // RFC 8437
struct Check {};
struct Close {};
struct Unselect {};  // RFC 3691
struct Namespace {};
struct Idle {};  // RFC 2177; the session then calls Parser::expect_line() for DONE

// RFC 4959: initial response still in base64; "=" (an empty one) is given as an empty string.
// The session calls Parser::expect_line() for each further response.
struct Authenticate {
  std::string mechanism;  // upper case
  std::optional<std::string> initial_response;
};

struct Login {
  std::string user;
  std::string password;
};

struct Compress {         // RFC 4978
  std::string mechanism;  // upper case
};

struct Enable {
  std::vector<std::string> capabilities;  // upper case
};

// RFC 7162 s3.2.5: what the client knows of the mailbox. The sets have no `*`.
struct Resync {
  std::uint32_t uid_validity = 0;
  std::uint64_t modseq = 0;
  std::optional<SequenceSet> known_uids;
  SequenceSet match_numbers;  // the same count of each, ascending; empty where not given
  SequenceSet match_uids;
};

// SELECT or EXAMINE.
struct Select {
  std::string mailbox;
  bool read_only = false;        // EXAMINE
  bool condstore = false;        // RFC 7162 s3.1.8
  std::optional<Resync> resync;  // QRESYNC
};

// RFC 6154 s3; None where CREATE named no use.
enum class SpecialUse : std::uint8_t { None, Archive, Drafts, Flagged, Junk, Sent, Trash, All };

struct Create {
  std::string mailbox;           // a trailing separator is removed
  std::vector<SpecialUse> uses;  // RFC 6154 s3
  bool unknown_use = false;      // named a use that is none of ours: NO [USEATTR]
};

struct Delete {
  std::string mailbox;
};

struct Rename {
  std::string from;
  std::string to;  // a trailing separator is removed
};

struct Subscribe {
  std::string mailbox;
};

struct Unsubscribe {
  std::string mailbox;
};

// Bits: STATUS items (RFC 9051 s6.3.11, RFC 3501 s6.3.10, RFC 8474 s4.3).
enum class StatusItem : std::uint16_t {
  Messages = 1,
  UidNext = 2,
  UidValidity = 4,
  Unseen = 8,
  Deleted = 16,
  Size = 32,
  Recent = 64,
  MailboxId = 128,
  AppendLimit = 256,     // RFC 7889
  DeletedStorage = 512,  // RFC 9208 s4.1.4
  HighestModSeq = 1024,  // RFC 7162
};

struct StatusItems {
  std::uint16_t bits = 0;
  bool has(StatusItem item) const { return (bits & static_cast<std::uint16_t>(item)) != 0; }
  void set(StatusItem item) {
    bits = static_cast<std::uint16_t>(bits | static_cast<std::uint16_t>(item));
  }
  explicit operator bool() const { return bits != 0; }
  bool operator==(const StatusItems&) const = default;
};

struct Status {
  std::string mailbox;
  StatusItems items;
};

// LIST, basic or extended (RFC 5258, RFC 6154, RFC 5819). Names and patterns are UTF-8; a pattern
// whose encoding is broken is left out, since it can match nothing.
struct List {
  std::string reference;
  std::vector<std::string> patterns;
  bool extended = false;  // only the basic form gives "" its special meaning (RFC 5258 s3)
  bool select_subscribed = false;
  bool select_remote = false;
  bool select_recursive_match = false;
  bool select_special_use = false;
  bool return_subscribed = false;
  bool return_children = false;
  bool return_special_use = false;
  std::optional<StatusItems> return_status;
  bool return_my_rights = false;  // RFC 8440
};

struct Lsub {
  std::string reference;
  std::vector<std::string> patterns;  // one or, where its encoding is broken, none
};

// What APPEND, REPLACE and UID REPLACE begin with, up to their first message (RFC 9051 s6.3.12,
// RFC 8508 s3).
struct Append {
  std::optional<SequenceSet> replaces;  // the one message that REPLACE removes; APPEND: nullopt
  bool uid = false;                     // UID REPLACE: replaces is a uid
  std::string mailbox;
};

// EXPUNGE, or UID EXPUNGE with a set (RFC 4315 s2.1).
struct Expunge {
  std::optional<SequenceSet> uids;
};

struct FetchItem {
  enum class Kind : std::uint8_t {
    Uid,
    Flags,
    InternalDate,
    Rfc822Size,
    Envelope,
    Body,  // BODY without a section: the structure without extension data
    BodyStructure,
    Section,       // BODY[...]<...>, BODY.PEEK[...]<...>
    Rfc822,        // as BODY[]
    Rfc822Header,  // as BODY.PEEK[HEADER]
    Rfc822Text,    // as BODY[TEXT]
    EmailId,       // RFC 8474 s5
    ThreadId,      // RFC 8474 s5
    Binary,        // BINARY[1.2]<...>, BINARY.PEEK[1.2]<...> (RFC 3516)
    BinarySize,    // BINARY.SIZE[1.2]
    Preview,       // RFC 8970; LAZY makes no difference here
    SaveDate,      // RFC 8514
    ModSeq,        // RFC 7162 s3.1.4.2
  };
  Kind kind = Kind::Flags;
  bool peek = false;  // of Section and Binary
  Section section;  // of Section, Binary and BinarySize, and set for the three Rfc822 kinds to what
                    // they are the same as
  std::optional<Partial> partial;
  // Whether answering it sets \Seen.
  bool sets_seen() const {
    return ((kind == Kind::Section || kind == Kind::Binary) && !peek) || kind == Kind::Rfc822 ||
           kind == Kind::Rfc822Text;
  }
  bool operator==(const FetchItem&) const = default;
};

// PARTIAL of SEARCH, SORT and UID FETCH (RFC 9394 s3, RFC 5267 s4.4): results by their place, the
// first or, from_end, the last being 1. As asked: first may be above last.
struct PartialRange {
  std::uint32_t first = 1;
  std::uint32_t last = 1;
  bool from_end = false;
  bool operator==(const PartialRange&) const = default;
};

// The RETURN options of SEARCH and SORT (RFC 9051 s6.4.4, RFC 5267, RFC 9394).
struct SearchReturn {
  bool min = false;
  bool max = false;
  bool all = false;
  bool count = false;
  bool save = false;       // RFC 5182
  bool relevancy = false;  // RFC 6203; only with FUZZY keys
  std::optional<PartialRange> partial;
  bool context = false;                 // RFC 5267 s4.2: a hint
  bool update = false;                  // RFC 5267 s4.3
  std::vector<FetchItem> update_items;  // RFC 5465 s7: of new messages
  // Whether an ESEARCH response is due: SAVE alone suppresses it (RFC 5182 s2.4).
  bool answers() const {
    return min || max || all || count || relevancy || partial || context || update || !save;
  }
};

// CANCELUPDATE (RFC 5267 s4.3.5).
struct CancelUpdate {
  std::vector<std::string> tags;
};

struct Search {
  bool uid = false;  // UID SEARCH: answer in uids
  // Present: answer with ESEARCH; `RETURN ()` stands here as all.
  std::optional<SearchReturn> returns;
  bool charset_named = false;  // BAD once UTF8=ACCEPT is enabled (RFC 6855 s3)
  SearchProgram program;
};

// SORT (RFC 5256, RFC 5267 s3).
struct Sort {
  std::vector<SortCriterion> criteria;  // never empty, each key once
  Search search;
};

// THREAD (RFC 5256).
struct Thread {
  ThreadAlgorithm algorithm = ThreadAlgorithm::References;
  Search search;
};

// Which mailboxes ESEARCH searches and NOTIFY watches (RFC 5465 s6, RFC 7377 s2.2).
struct MailboxFilter {
  enum class Kind : std::uint8_t {
    Selected,
    SelectedDelayed,  // NOTIFY only
    Inboxes,
    Personal,
    Subscribed,
    Subtree,     // names: each and all below it
    SubtreeOne,  // names: each and the level below it; ESEARCH only
    Mailboxes,   // names
  };
  Kind kind = Kind::Selected;
  std::vector<std::string> names;
  bool operator==(const MailboxFilter&) const = default;
};

// ESEARCH (RFC 7377): search.uid and search.returns are set.
struct MultiSearch {
  std::vector<MailboxFilter> sources;  // none: the selected mailbox
  Search search;
};

struct Fetch {
  bool uid = false;  // UID FETCH; then items begins with Uid
  SequenceSet set;
  std::vector<FetchItem> items;  // macros are expanded, each item once, in the order asked
  std::optional<std::uint64_t> changed_since;  // RFC 7162 s3.1.4.1; then items has ModSeq
  bool vanished = false;                       // RFC 7162 s3.2.6
  std::optional<PartialRange> partial;         // RFC 9394 s3.3, of UID FETCH only
};

// Bits: what NOTIFY tells of (RFC 5465 s5).
enum class NotifyEvent : std::uint8_t {
  MessageNew = 1,
  MessageExpunge = 2,
  FlagChange = 4,
  MailboxName = 8,
  SubscriptionChange = 16,
};

struct NotifyGroup {
  MailboxFilter filter;
  std::uint8_t events = 0;       // bits of NotifyEvent; none: NONE
  bool annotations = false;      // AnnotationChange was named
  std::vector<FetchItem> items;  // of new messages in the selected mailbox
  bool has(NotifyEvent event) const { return (events & static_cast<std::uint8_t>(event)) != 0; }
  void set(NotifyEvent event) {
    events = static_cast<std::uint8_t>(events | static_cast<std::uint8_t>(event));
  }
  bool is_selected() const {
    return filter.kind == MailboxFilter::Kind::Selected ||
           filter.kind == MailboxFilter::Kind::SelectedDelayed;
  }
};

struct Notify {
  bool status = false;              // STATUS of each mailbox first
  bool unsupported_event = false;   // NO [BADEVENT]
  std::vector<NotifyGroup> groups;  // none: NOTIFY NONE
};

enum class StoreMode : std::uint8_t { Replace, Add, Remove };

struct Store {
  bool uid = false;
  SequenceSet set;
  std::optional<std::uint64_t> unchanged_since;  // RFC 7162 s3.1.3
  StoreMode mode = StoreMode::Replace;
  bool silent = false;
  FlagList flags;
};

struct Copy {
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};

struct Move {  // RFC 6851
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};

// RFC 2971; at most 30 pairs; empty where NIL.
struct Id {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};

// Append is not among them: see AppendStart in parser.h.
using CommandBody =
    std::variant<Capability, Compress, Noop, Logout, StartTls, Unauthenticate, Authenticate, Login,
                 Enable, Select, Create, Delete, Rename, Subscribe, Unsubscribe, List, Lsub,
                 Namespace, Status, Idle, Check, Close, Unselect, Expunge, Search, MultiSearch,
                 CancelUpdate, Notify, Sort, Thread, Fetch, Store, Copy, Move, Id, SetAcl,
                 DeleteAcl, GetAcl, ListRights, MyRights, GetQuota, GetQuotaRoot, SetQuota,
                 GetMetadata, SetMetadata>;

struct Command {
  std::string tag;
  std::string name;  // upper case, such as "UID FETCH": for "OK UID FETCH completed"
  CommandBody body;
};

// Whether the command names message sequence numbers or is answered with them (RFC 9586 s3).
bool names_numbers(const Command& command);

}  // namespace restante::imap
