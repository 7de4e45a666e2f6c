// SEARCH in short slices on reader threads: each call looks at some messages, reading no more of
// them than their keys need. Knows the store, nothing of connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/imap/search.h"
#include "server/session/imap/mailbox_view.h"
#include "server/session/imap/position_batches.h"
#include "storage/store.h"

namespace restante::session {

class SearchScanner {
 public:
  // view must outlive the scanner and not change meanwhile. program: its sets are resolved here.
  SearchScanner(const MailboxView& view, imap::SearchProgram program);

  void scan(storage::Reader& reader);

  bool done() const { return done_; }
  // How many messages have been looked at.
  std::uint64_t looked_at() const { return looked_at_; }
  // Sequence numbers of what was found, ascending.
  const std::vector<std::uint32_t>& found() const { return found_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  void choose_positions();
  bool read_rows(storage::Reader& reader);
  void look_at(storage::Reader& reader, const storage::Placement& row);
  void resolve_threads(storage::Reader& reader);
  ThreadId thread_of(storage::Reader& reader, MessageNumber number);
  void note(const Error& error);

  const MailboxView& view_;
  imap::SearchProgram program_;
  PositionBatches positions_;  // what is still to be read
  std::vector<storage::Placement> rows_;
  std::size_t row_ = 0;
  std::vector<std::uint32_t> found_;
  std::optional<Error> error_;
  bool threads_resolved_ = false;
  bool by_thread_ = false;  // a key asks for threads
  std::uint64_t looked_at_ = 0;
  bool done_ = false;
};

}  // namespace restante::session
