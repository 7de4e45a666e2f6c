// The answer to FETCH in bounded pieces: each call of produce(), on a reader thread, appends some
// octets; the session sends them and calls again. Knows the store, nothing of connections. Memory
// grows neither with the messages nor with their number.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/imap/command.h"
#include "mail/imap/fetch_writer.h"
#include "server/session/imap/decoded_section.h"
#include "server/session/imap/mailbox_view.h"
#include "server/session/imap/position_batches.h"
#include "storage/store.h"

namespace restante::session {

// Which of the messages are answered, and what is added to their items.
struct FetchOptions {
  // Messages whose flags were changed at this modseq get FLAGS added (the \Seen that FETCH sets).
  std::optional<ModSeq> seen_at;
  bool condstore = false;       // where FLAGS are added, so are UID and MODSEQ (RFC 7162 s3.2.4)
  bool uid_only = false;        // UIDFETCH instead of FETCH (RFC 9586)
  ModSeq above;                 // only messages changed after this
  std::optional<ModSeq> up_to;  // only messages not changed after this
};

class FetchProducer {
 public:
  // view must outlive the producer and not change meanwhile.
  FetchProducer(const MailboxView& view, std::vector<imap::FetchItem> items,
                std::vector<imap::SequenceRange> positions, const FetchOptions& options);
  FetchProducer(const FetchProducer&) = delete;
  FetchProducer& operator=(const FetchProducer&) = delete;

  void produce(storage::Reader& reader);

  // A piece could not be produced: ends between two messages, or broken within one.
  void fail(Error error);

  std::string& out() { return out_; }
  bool done() const { return state_ == State::Done; }
  // A message ended within a literal that was announced: the connection cannot go on.
  bool broken() const { return state_ == State::Broken; }
  // A part could not be decoded (RFC 3516 s4.3); it was left out.
  bool unknown_encoding() const { return unknown_encoding_; }
  // Some messages of the view are in the mailbox no more.
  bool missing() const { return missing_; }
  // The highest of the messages answered.
  ModSeq highest_modseq() const { return highest_modseq_; }
  // The first failure to read; the messages it struck are left out.
  const std::optional<Error>& error() const { return error_; }

 private:
  enum class State { Rows, Items, Stream, Measure, Decode, Done, Broken };

  bool asks_for(imap::FetchItem::Kind kind) const;
  bool step(storage::Reader& reader);
  void read_rows(storage::Reader& reader);
  bool read_threads(storage::Reader& reader);
  void begin_message();
  void write_item(storage::Reader& reader);
  void write_section(storage::Reader& reader, const imap::FetchItem& item);
  void write_binary(storage::Reader& reader, const imap::FetchItem& item);
  void measure(storage::Reader& reader);
  void decode(storage::Reader& reader);
  void end_item();
  void end_message();
  void hold_back(storage::Reader& reader);
  void stream(storage::Reader& reader);
  void skip_message(const Error& error);
  const message::Index* index(storage::Reader& reader);
  Result<std::string_view> header(storage::Reader& reader, const message::Range& range);
  Result<void> append_octets(storage::Reader& reader, const message::Range& range);
  const storage::Placement& row() const { return rows_[row_]; }

  const MailboxView& view_;
  std::vector<imap::FetchItem> items_;
  PositionBatches positions_;  // what is still to be read
  FetchOptions options_;
  ModSeq highest_modseq_;
  State state_ = State::Rows;
  std::string out_;
  bool missing_ = false;
  bool unknown_encoding_ = false;
  std::optional<Error> error_;

  std::vector<storage::Placement> rows_;
  std::vector<ThreadId> threads_;  // of rows_, where asked for
  std::size_t row_ = 0;

  // The present message.
  std::optional<imap::FetchWriter> writer_;
  std::size_t item_ = 0;
  std::size_t message_start_ = 0;  // in out_
  bool message_sent_ = false;      // its beginning has left out_
  std::optional<message::Index> index_;
  message::Range header_range_;
  std::string header_;
  std::shared_ptr<const void> hold_;  // once it does not fit into one piece
  std::string held_back_;             // its beginning, until it is held

  // The present section.
  imap::SectionContent content_;
  std::size_t content_range_ = 0;
  std::uint64_t content_offset_ = 0;
  std::optional<DecodedSection> decoded_;
};

}  // namespace restante::session
