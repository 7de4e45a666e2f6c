// Steps that several writes share: modseqs, keywords as bits, placing and removing messages.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/guarded.h"
#include "storage/prepared_message.h"
#include "storage/rows.h"
#include "storage/writes.h"

namespace restante::storage {

// A new modseq of the account, which must exist.
ModSeq take_modseq(WriteContext& context, AccountId account);

// What an account is to hold more, and the numbers its new messages need.
struct Charge {
  std::uint64_t messages = 0;
  std::uint64_t numbers = 0;
  std::uint64_t octets = 0;
};
struct Charged {
  ModSeq modseq;
  MessageNumber first_number;
};
// A new modseq, numbers and room in the quota. Errors: NotFound, OverQuota.
Result<Charged> charge(WriteContext& context, AccountId account, const Charge& charge);

// The octets of a message as a new blob used by that many messages.
BlobId insert_blob(WriteContext& context, const PreparedMessage& message, std::size_t uses);

// A new message with its first placement; the counters of its mailbox are the caller's.
struct NewMessage {
  AccountId account;
  MessageNumber number;
  MailboxId mailbox;
  Uid uid;
  BlobId blob;
  ThreadId thread;
  std::uint8_t flags = 0;
  std::uint64_t keywords = 0;
  ModSeq modseq;
  std::uint64_t size = 0;
  Time received;
};
void insert_message(WriteContext& context, const NewMessage& message);

// The bits that stand for keywords in a mailbox. With create, new ones get a free bit. Errors:
// Invalid (not an atom; more than 64 in the mailbox).
Result<std::uint64_t> keyword_bits(WriteContext& context, const Mailbox& mailbox,
                                   const std::vector<std::string>& keywords, bool create);

// A row of placement that is to be copied, moved or removed.
struct PlacedRow {
  Uid uid;
  MessageNumber number;
  BlobId blob;
  std::uint8_t flags = 0;
  std::uint64_t keywords = 0;
  std::uint64_t size = 0;
  Time internal_date;
};
enum class Which { All, OnlyDeleted };
std::vector<PlacedRow> select_rows(WriteContext& context, MailboxId mailbox, const UidSet& uids,
                                   Which which);
UidSet all_uids();

// The sums that rows contribute to the counters of their mailbox.
struct RowSums {
  std::uint64_t messages = 0, unseen = 0, deleted = 0, size = 0;
};
RowSums sums_of(const std::vector<PlacedRow>& rows);

// Takes rows out of mailbox: placements, counters, highest_modseq, the record of expunged uids.
// What they stood for is the caller's: forget_messages or a new place.
void remove_rows(WriteContext& context, const Mailbox& mailbox, const std::vector<PlacedRow>& rows,
                 ModSeq modseq);
// Ends the hold of removed rows on their messages; the last one releases message, quota and blob.
void forget_messages(WriteContext& context, const Mailbox& mailbox,
                     const std::vector<PlacedRow>& rows);
// Makes the keyword bits of rows those of another mailbox. Errors: Invalid (too many keywords).
Result<void> translate_keywords(WriteContext& context, const Mailbox& from, const Mailbox& to,
                                std::vector<PlacedRow>& rows);
// Gives rows the next uids of a mailbox, and it their sums; place inserts one under its uid. The
// uids are in the order of rows.
using PlaceRow = std::function<void(const PlacedRow& row, Uid uid)>;
std::vector<Uid> place_rows(WriteContext& context, const std::vector<PlacedRow>& rows,
                            const Mailbox& to, ModSeq modseq, const PlaceRow& place);
// Appends copies of rows to a mailbox of the same account; the new uids in the order of rows.
// Errors: Invalid (too many keywords).
Result<std::vector<Uid>> place_rows(WriteContext& context, const Mailbox& from,
                                    std::vector<PlacedRow> rows, const Mailbox& to, ModSeq modseq);
// Makes rows that were placed in `to` under new uids the same hold on their messages as before.
void relocate_messages(WriteContext& context, const Mailbox& from,
                       const std::vector<PlacedRow>& rows, const Mailbox& to,
                       const std::vector<Uid>& uids);

}  // namespace restante::storage
