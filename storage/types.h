// The values that Store takes and gives. They speak of mail, never of how it is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/error.h"
#include "mail/ids.h"
#include "storage/sharing.h"

namespace restante::storage {

using Time = std::chrono::sys_seconds;

// A SCRAM-SHA-256 verifier (RFC 5802 s3, RFC 7677): nothing here gives the password back.
struct Credential {
  std::string salt;  // octets
  std::uint32_t iterations = 0;
  std::string stored_key;  // 32 octets
  std::string server_key;  // 32 octets
  bool operator==(const Credential&) const = default;
};

struct Account {
  AccountId id;
  std::string address;  // canonical: what it logs in with
  Credential credential;
  std::uint64_t quota_octets = 0;  // 0: unlimited
  std::uint64_t used_octets = 0;
  std::uint64_t quota_messages = 0;  // 0: unlimited
  std::uint64_t messages = 0;        // in its mailboxes; a copied message counts in each
  ModSeq modseq;
  MessageNumber next_number;
};

// RFC 9051 s2.3.2. \Recent is not a flag of a placement: see MailboxStatus::first_recent.
enum class Flag : std::uint8_t { Seen = 1, Answered = 2, Flagged = 4, Deleted = 8, Draft = 16 };

struct Flags {
  std::uint8_t system = 0;            // bits of Flag
  std::vector<std::string> keywords;  // as first written in this account; compared without case
  bool has(Flag flag) const { return (system & static_cast<std::uint8_t>(flag)) != 0; }
  void set(Flag flag) {
    system = static_cast<std::uint8_t>(system | static_cast<std::uint8_t>(flag));
  }
  bool operator==(const Flags&) const = default;
};

// The flags that an account with these rights may change, but keywords (RFC 4314 s4).
inline std::uint8_t changeable_flags(Rights rights) {
  Flags flags;
  if (rights.has_all(Right::KeepSeen)) flags.set(Flag::Seen);
  if (rights.has_all(Right::DeleteMessages)) flags.set(Flag::Deleted);
  if (rights.has_all(Right::Write)) {
    flags.set(Flag::Answered);
    flags.set(Flag::Flagged);
    flags.set(Flag::Draft);
  }
  return flags.system;
}

// RFC 6154 special use of a mailbox.
enum class SpecialUse : std::uint8_t { None, Archive, Drafts, Flagged, Junk, Sent, Trash, All };

struct Mailbox {
  MailboxId id;
  AccountId account;
  std::string name;  // UTF-8, levels separated by '/', "INBOX" in upper case
  SpecialUse special_use = SpecialUse::None;
  bool subscribed = false;
  UidValidity uid_validity;
  Uid uid_next;
  ModSeq highest_modseq;
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  Uid first_recent;  // placements with uid >= this have not been shown to any session as \Recent
                     // yet
  std::uint64_t size_octets = 0;
};

// A mailbox of another account in which an account has some right.
struct SharedMailbox {
  Mailbox mailbox;
  std::string owner;  // address
  Rights rights;      // never empty
};

// One message in one mailbox.
struct Placement {
  Uid uid;
  MessageNumber number;
  BlobId blob;
  Flags flags;
  ModSeq modseq;
  std::uint64_t size_octets = 0;
  Time internal_date;
  Time save_date;
};

// An inclusive range of uids; last = 0xffffffff means to the end.
struct UidRange {
  Uid first;
  Uid last;
};
using UidSet = std::vector<UidRange>;  // ascending, disjoint

// Which messages changed, as ranges that hold no other uids: small also where many did.
struct Changes {
  UidSet changed;         // new or with changed flags
  UidSet expunged;        // also of messages that came and went
  ModSeq highest_modseq;  // the mailbox's, at the time of the answer
  Uid uid_next;
};

// Where one message of an account stands.
struct Location {
  MailboxId mailbox;
  Uid uid;
};

// What a text search looks at: decoded texts as mail/message/searched_text.h makes them. Header:
// all fields of the header, also what Bcc shows. Text: Header and Body.
enum class TextField : std::uint8_t { Subject, From, To, Cc, Header, Body, Text };

// The messages of an account that may hold a text. What is above indexed_up_to may as well.
struct TextCandidates {
  bool narrowed = false;               // false: every message may
  std::vector<MessageNumber> numbers;  // ascending; also of messages that are gone
  MessageNumber indexed_up_to;
};

// A placement as a search scans it: nothing that would have to be allocated for each.
struct PlacementRow {
  Uid uid;
  MessageNumber number;
  BlobId blob;
  std::uint8_t flags = 0;      // bits of Flag
  std::uint64_t keywords = 0;  // bit n: the keyword n of keyword_bits
  std::uint64_t size_octets = 0;
  Time internal_date;
  Time save_date;
  ModSeq modseq;
};

// What one COMMIT changed for one account. Values only; copied to whoever watches.
struct ChangeNotice {
  AccountId account;
  ModSeq modseq;
  std::vector<MailboxId> mailboxes;  // whose content, existence or rights changed
  std::vector<MailboxId> access;     // whose rights changed
  struct Annotations {
    MailboxId mailbox;  // none: the server
    ModSeq modseq;
    std::vector<std::string> entries;
  };
  // Changed by this COMMIT: shared ones of the account's mailboxes, private ones of the account.
  std::vector<Annotations> annotations;
};

// The octets of a message made ready to be kept: indexed and compressed outside the writer.
// Shared and never changed after prepare().
struct PreparedMessage;
using PreparedMessagePtr = std::shared_ptr<const PreparedMessage>;

struct Recipient {
  AccountId account;
  std::string mailbox = "INBOX";  // falls back to INBOX where it does not exist
};

// One message to any number of recipients: one body, one transaction.
struct Delivery {
  Delivery(PreparedMessagePtr prepared, std::vector<Recipient> to, Time at)
      : message(std::move(prepared)), recipients(std::move(to)), received(at) {}
  PreparedMessagePtr message;
  std::vector<Recipient> recipients;
  Time received;
  // Keep it for all recipients or, where it cannot be kept for one, for none: SMTP has one reply
  // for all of them (RFC 5321 s4.1.1.4). The result then names why for those that failed; what it
  // says of the others counts only where none failed.
  bool all_or_none = false;
};

struct Delivered {
  AccountId account;
  MailboxId mailbox;
  UidValidity uid_validity;
  Uid uid;
  MessageNumber number;
  ThreadId thread;  // the lowest number of the threads it is part of or has joined
};

// Per recipient, in the order asked: where it stands or why it was not kept (OverQuota, NotFound).
using DeliveryResult = std::vector<Result<Delivered>>;

struct Append {
  Append(AccountId owner, MailboxId target, PreparedMessagePtr prepared, Flags with, Time date)
      : account(owner),
        mailbox(target),
        message(std::move(prepared)),
        flags(std::move(with)),
        internal_date(date) {}
  AccountId account;
  MailboxId mailbox;
  PreparedMessagePtr message;
  Flags flags;  // kept as far as actor may set them (RFC 4314 s4)
  Time internal_date;
  AccountId actor;  // who needs the right to insert; none: the owner
};

// The message that a new one takes the place of (RFC 8508).
struct Replaced {
  Replaced(MailboxId in, Uid which) : mailbox(in), uid(which) {}
  MailboxId mailbox;
  Uid uid;
  AccountId actor;  // who needs the rights to mark it deleted and to expunge; none: the owner
};

struct AppendResult {
  std::vector<Delivered> kept;    // in the order given; empty where replaced_missing
  bool replaced_missing = false;  // the message to be replaced is not there: nothing was changed
};

enum class FlagChange : std::uint8_t { Replace, Add, Remove };

struct StoreFlags {
  StoreFlags(MailboxId in, UidSet which, FlagChange how, Flags what)
      : mailbox(in), uids(std::move(which)), change(how), flags(std::move(what)) {}
  MailboxId mailbox;
  UidSet uids;
  FlagChange change;
  Flags flags;      // changed as far as actor may; Denied where it may change none of them
  AccountId actor;  // none: the owner
  std::optional<ModSeq> unchanged_since;  // RFC 7162 s3.1.3
};

struct StoreFlagsResult {
  std::vector<Uid>
      failed_unchanged_since;  // ascending: not changed because their modseq was higher
  ModSeq modseq;               // given to what was changed; else the mailbox's
  bool changed = false;        // anything
};

// Of COPY and MOVE; the mailboxes may be of two accounts. A message that comes to another account
// gets a new number there.
struct Copy {
  MailboxId from;
  UidSet uids;
  MailboxId to;
  // Who needs the rights to read and to insert, for MOVE also to delete and expunge; flags are kept
  // as far as it may set them (RFC 4314 s4). None: the owner of both.
  AccountId actor;
};

struct Expunge {
  MailboxId mailbox;
  UidSet uids;
  AccountId actor;               // who needs the right to expunge; none: the owner
  bool without_deleted = false;  // also what has no \Deleted (POP3)
};

struct CopiedPair {
  Uid from;
  Uid to;
  MessageNumber number;  // in the account of the destination
};

struct CopyResult {
  UidValidity uid_validity;        // of the destination
  std::vector<CopiedPair> copied;  // ascending by from
  ModSeq modseq;
};

struct ExpungeResult {
  std::vector<Uid> expunged;  // ascending
  ModSeq modseq;
};

}  // namespace restante::storage
