// SEARCH in short slices on reader threads: each call looks at some messages, reading no more of
// them than their keys need. Knows the store, nothing of connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/imap/command.h"
#include "mail/imap/search.h"
#include "server/session/imap/mailbox_view.h"
#include "server/session/imap/position_batches.h"
#include "server/session/imap/search_candidates.h"
#include "storage/store.h"

namespace restante::session {

class SearchScanner {
 public:
  // view must outlive the scanner and not change meanwhile. program: its sets are resolved here.
  // scored: find out how relevant each match is (RFC 6203), for which more is read.
  SearchScanner(const MailboxView& view, imap::SearchProgram program, bool scored = false);

  void scan(storage::Reader& reader);

  bool done() const { return done_; }
  // How many messages have been looked at.
  std::uint64_t looked_at() const { return looked_at_; }
  // Sequence numbers of what was found, ascending.
  const std::vector<std::uint32_t>& found() const { return found_; }
  // Of what was found, where scored: 1 to 100 each.
  const std::vector<unsigned>& scores() const { return scores_; }
  // Of the first and the last that was found, and the highest; 0 where nothing was.
  ModSeq first_modseq() const { return first_modseq_; }
  ModSeq last_modseq() const { return last_modseq_; }
  ModSeq highest_modseq() const { return highest_modseq_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool prepare(storage::Reader& reader, Clock::time_point end);
  void choose_positions();
  bool read_rows(storage::Reader& reader);
  storage::UidSet ranges_of(const PositionBatches::Batch& batch) const;
  Result<void> resolve_keywords(storage::Reader& reader);
  void look_at(storage::Reader& reader, const storage::PlacementRow& row);
  std::uint32_t sequence_number(Uid uid);
  void resolve_threads(storage::Reader& reader);
  ThreadId thread_of(storage::Reader& reader, MessageNumber number);
  void note(const Error& error);

  const MailboxView& view_;
  imap::SearchProgram program_;
  PositionBatches positions_;  // what is still to be read
  bool prepared_ = false;
  SearchCandidates candidates_;
  std::vector<std::uint64_t> keyword_bits_;  // of the keys that are keywords, by node
  std::vector<imap::KnownKey> known_;        // of the row at hand, by node
  const std::chrono::sys_seconds now_ =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::uint32_t place_ = 1;  // sequence number of the row at hand or less
  std::vector<storage::PlacementRow> rows_;
  std::size_t row_ = 0;
  const bool scored_;
  std::vector<std::uint32_t> found_;
  std::vector<unsigned> scores_;
  ModSeq first_modseq_, last_modseq_, highest_modseq_;  // of found_
  std::optional<Error> error_;
  bool threads_resolved_ = false;
  bool by_thread_ = false;  // a key asks for threads
  std::uint64_t looked_at_ = 0;
  bool done_ = false;
};

}  // namespace restante::session
