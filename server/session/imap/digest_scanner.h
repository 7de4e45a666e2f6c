// Reads what SORT and THREAD ask of messages that were found, in short slices on reader threads.
// Knows the store, nothing of connections.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "server/session/imap/mailbox_view.h"
#include "server/session/imap/position_batches.h"
#include "storage/store.h"

namespace restante::session {

class DigestScanner {
 public:
  // Called in ascending order of sequence numbers; digest is null where none is asked for.
  using Take = std::function<void(std::uint32_t sequence_number, const storage::PlacementRow& row,
                                  const message::Digest* digest)>;

  // view must outlive the scanner and not change meanwhile. found: ascending sequence numbers.
  DigestScanner(const MailboxView& view, const std::vector<std::uint32_t>& found, bool with_digests,
                Take take);

  void scan(storage::Reader& reader);

  bool done() const { return done_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  void read_batch(storage::Reader& reader);

  const MailboxView& view_;
  PositionBatches positions_;  // what is still to be read
  bool with_digests_;
  Take take_;
  std::optional<Error> error_;
  bool done_ = false;
};

}  // namespace restante::session
