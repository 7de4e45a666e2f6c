// Reads of SqliteReader that serve searches.
#include "storage/guarded.h"
#include "storage/rows.h"
#include "storage/search_index.h"
#include "storage/sqlite_reader.h"

namespace restante::storage {

Result<TextCandidates> SqliteReader::find_text(AccountId account, TextField field,
                                               std::string_view needle) {
  return guarded(
      [&]() -> Result<TextCandidates> { return find_candidates(db_, account, field, needle); });
}

Result<TextCandidates> SqliteReader::find_similar_text(AccountId account, TextField field,
                                                       std::string_view needle) {
  return guarded([&]() -> Result<TextCandidates> {
    return find_similar_candidates(db_, account, field, needle);
  });
}

Result<std::vector<Uid>> SqliteReader::uids_of(MailboxId mailbox,
                                               const std::vector<MessageNumber>& numbers,
                                               MessageNumber above) {
  return guarded(
      [&]() -> Result<std::vector<Uid>> { return uids_of_messages(db_, mailbox, numbers, above); });
}

Result<void> SqliteReader::scan(MailboxId mailbox, UidRange uids,
                                const std::function<bool(const PlacementRow&)>& visit) {
  return guarded([&]() -> Result<void> {
    auto row = db_.query(
        "SELECT uid, number, blob, flags, keywords, size, internal_date, save_date, modseq "
        "FROM placement WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid",
        mailbox, uids.first, uids.last);
    PlacementRow placement;
    while (row.step()) {
      placement.uid = row.get<Uid>(0);
      placement.number = row.get<MessageNumber>(1);
      placement.blob = row.get<BlobId>(2);
      placement.flags = row.get<std::uint8_t>(3);
      placement.keywords = row.get<std::uint64_t>(4);
      placement.size_octets = row.get<std::uint64_t>(5);
      placement.internal_date = time_of(row.integer(6));
      placement.save_date = time_of(row.integer(7));
      placement.modseq = row.get<ModSeq>(8);
      if (!visit(placement)) break;
    }
    return {};
  });
}

Result<std::uint64_t> SqliteReader::keyword_bit(MailboxId mailbox, std::string_view keyword) {
  return guarded([&]() -> Result<std::uint64_t> {
    const auto bit =
        db_.integer("SELECT bit FROM keyword WHERE mailbox = ?1 AND name = ?2", mailbox, keyword);
    if (!bit) return std::uint64_t{0};
    return std::uint64_t{1} << static_cast<std::uint64_t>(*bit);
  });
}

}  // namespace restante::storage
