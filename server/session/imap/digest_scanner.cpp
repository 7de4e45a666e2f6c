#include "server/session/imap/digest_scanner.h"

#include <chrono>

namespace restante::session {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRows = 500;
constexpr auto kSlice = 10ms;  // a reader thread serves everybody

}  // namespace

DigestScanner::DigestScanner(const MailboxView& view, const std::vector<std::uint32_t>& found,
                             bool with_digests, Take take)
    : view_(view),
      positions_(imap::ranges_of(found)),
      with_digests_(with_digests),
      take_(std::move(take)) {}

void DigestScanner::scan(storage::Reader& reader) {
  const auto end = std::chrono::steady_clock::now() + kSlice;
  while (!done_ && std::chrono::steady_clock::now() < end) read_batch(reader);
}

void DigestScanner::read_batch(storage::Reader& reader) {
  const PositionBatches::Batch batch = positions_.take(kRows);
  std::vector<storage::PlacementRow> rows;
  Result<void> read;
  for (const storage::UidRange& range : view_.uids_of(batch.positions)) {
    if (!read) break;
    read = reader.scan(view_.id(), range, [&](const storage::PlacementRow& row) {
      rows.push_back(row);
      return true;
    });
  }
  if (read && with_digests_) {
    std::vector<BlobId> blobs;
    blobs.reserve(rows.size());
    for (const storage::PlacementRow& row : rows) blobs.push_back(row.blob);
    read = reader.digests(blobs, [&](std::size_t position, const message::Digest& digest) {
      take_(view_.sequence_number(rows[position].uid), rows[position], &digest);
    });
  } else if (read) {
    for (const storage::PlacementRow& row : rows)
      take_(view_.sequence_number(row.uid), row, nullptr);
  }
  if (!read && read.error().kind() != ErrorKind::NotFound) error_ = read.error();
  done_ = batch.count == 0 || !read;
}

}  // namespace restante::session
