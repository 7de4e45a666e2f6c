// Delivery and APPEND: new messages. The leanest path of the store: for one recipient seven
// statements (two each for account and mailbox; blob, message, placement), one for the digest, and
// those of its thread.
#include <fmt/format.h>

#include "storage/mailbox_name.h"
#include "storage/sharing_rows.h"
#include "storage/threads.h"
#include "storage/write_support.h"

namespace restante::storage {

namespace {

// What a new message got from its account and mailbox.
struct Place {
  AccountId account;
  MailboxId mailbox;
  UidValidity uid_validity;
  Uid uid;
  MessageNumber number;
  ModSeq modseq;
};

// A number, a modseq and room in the quota. Errors: NotFound, OverQuota.
Result<void> take_number(WriteContext& context, std::uint64_t size, Place& place) {
  const Result<Charged> charged = charge(context, place.account, Charge{1, 1, size});
  if (!charged) return std::unexpected(charged.error());
  place.modseq = charged->modseq;
  place.number = charged->first_number;
  return {};
}

// A uid in the mailbox of that name; false where there is none.
bool take_uid(WriteContext& context, std::string_view name, std::uint64_t size, Place& place) {
  {
    auto row = context.db.query(
        "SELECT id, uid_validity, uid_next FROM mailbox WHERE account = ?1 AND name = ?2",
        place.account, name);
    if (!row.step()) return false;
    place.mailbox = row.get<MailboxId>(0);
    place.uid_validity = row.get<UidValidity>(1);
    place.uid = row.get<Uid>(2);
  }
  context.db.run(
      "UPDATE mailbox SET uid_next = uid_next + 1, messages = messages + 1, unseen = unseen + 1, "
      "size = size + ?2, highest_modseq = ?3 WHERE id = ?1",
      place.mailbox, size, place.modseq);
  return true;
}

Result<Place> take_place(WriteContext& context, const Recipient& recipient, std::uint64_t size) {
  Place place;
  place.account = recipient.account;
  Result<void> taken = take_number(context, size, place);
  if (!taken) return std::unexpected(taken.error());
  if (take_uid(context, recipient.mailbox, size, place)) return place;
  if (take_uid(context, canonical_mailbox_name(recipient.mailbox), size, place)) return place;
  if (take_uid(context, "INBOX", size, place)) return place;
  throw sqlite::Failure(Error(
      ErrorKind::Corrupt, fmt::format("{} is damaged (an account has no INBOX); restore it from a "
                                      "backup",
                                      context.db.path())));
}

Delivered insert_at(WriteContext& context, const Place& place, BlobId blob,
                    const PreparedMessage& message, const Flags& flags, std::uint64_t keywords,
                    Time received) {
  const Result<message::Digest> digest = message::decode_digest(message.digest);
  if (!digest) throw sqlite::Failure(digest.error());
  const NewThread thread = assign_thread(context.db, place.account, place.number, *digest);
  insert_message(context, {place.account, place.number, place.mailbox, place.uid, blob, thread.raw,
                           flags.system, keywords, place.modseq, message.size, received});
  context.changes.touch(place.account, place.modseq, place.mailbox);
  return {place.account, place.mailbox, place.uid_validity, place.uid, place.number, thread.shown};
}

// The answer to a delivery that is kept for nobody.
DeliveryResult refusals(const std::vector<Result<Place>>& places) {
  DeliveryResult results;
  for (const Result<Place>& place : places) {
    if (place)
      results.push_back(Delivered{place->account, {}, {}, {}, {}, {}});
    else
      results.push_back(std::unexpected(place.error()));
  }
  return results;
}

}  // namespace

Result<DeliveryResult> write_delivery(WriteContext& context, const Delivery& delivery) {
  const std::uint64_t size = delivery.message->size;
  std::vector<Result<Place>> places;
  places.reserve(delivery.recipients.size());
  std::size_t kept = 0;
  for (const Recipient& recipient : delivery.recipients) {
    places.push_back(take_place(context, recipient, size));
    kept += places.back() ? 1 : 0;
  }
  if (delivery.all_or_none && kept != places.size()) {
    context.undo = true;
    return refusals(places);
  }
  const BlobId blob = kept == 0 ? BlobId() : insert_blob(context, *delivery.message, kept);
  DeliveryResult results;
  results.reserve(places.size());
  for (const Result<Place>& place : places) {
    if (place)
      results.push_back(
          insert_at(context, *place, blob, *delivery.message, {}, 0, delivery.received));
    else
      results.push_back(std::unexpected(place.error()));
  }
  return results;
}

Result<Delivered> write_append(WriteContext& context, const Append& append) {
  const std::optional<Mailbox> mailbox = select_mailbox(context.db, append.mailbox);
  if (!mailbox || mailbox->account != append.account) return no_mailbox();
  Flags flags = append.flags;
  if (append.actor) {
    const Rights rights = select_rights(context.db, append.actor, *mailbox);
    if (!rights.has_all(Right::Insert)) return no_right();
    flags.system = static_cast<std::uint8_t>(flags.system & changeable_flags(rights));
    if (!rights.has_all(Right::Write)) flags.keywords.clear();
  }
  const Result<std::uint64_t> keywords = keyword_bits(context, *mailbox, flags.keywords, true);
  if (!keywords) return std::unexpected(keywords.error());
  const std::uint64_t size = append.message->size;
  Place place;
  place.account = append.account;
  Result<void> taken = take_number(context, size, place);
  if (!taken) return std::unexpected(taken.error());
  place.mailbox = mailbox->id;
  place.uid_validity = mailbox->uid_validity;
  place.uid = mailbox->uid_next;
  context.db.run(
      "UPDATE mailbox SET uid_next = uid_next + 1, messages = messages + 1, unseen = unseen + ?2, "
      "deleted = deleted + ?3, size = size + ?4, highest_modseq = ?5 WHERE id = ?1",
      mailbox->id, flags.has(Flag::Seen) ? 0 : 1, flags.has(Flag::Deleted) ? 1 : 0, size,
      place.modseq);
  const BlobId blob = insert_blob(context, *append.message, 1);
  return insert_at(context, place, blob, *append.message, flags, *keywords, append.internal_date);
}

Result<AppendResult> write_appends(WriteContext& context, const std::vector<Append>& messages,
                                   const std::optional<Replaced>& replaced) {
  AppendResult result;
  if (replaced) {
    const std::optional<Mailbox> from = select_mailbox(context.db, replaced->mailbox);
    if (from && replaced->actor &&
        !select_rights(context.db, replaced->actor, *from)
             .has_all(Right::DeleteMessages | Right::Expunge)) {
      return no_right();
    }
    std::vector<PlacedRow> rows;
    if (from)
      rows = select_rows(context, from->id, {UidRange{replaced->uid, replaced->uid}}, Which::All);
    if (rows.empty()) {
      context.undo = result.replaced_missing = true;
      return result;
    }
    remove_rows(context, *from, rows, take_modseq(context, from->account));
    forget_messages(context, *from, rows);
  }
  for (const Append& message : messages) {
    const Result<Delivered> kept = write_append(context, message);
    if (!kept) return std::unexpected(kept.error());
    result.kept.push_back(*kept);
  }
  return result;
}

}  // namespace restante::storage
