#include "server/session/imap/fetch_producer.h"

#include <algorithm>
#include <utility>

namespace restante::session {
namespace {

using namespace std::chrono_literals;
using Kind = imap::FetchItem::Kind;

constexpr std::uint32_t kRows = 500;
constexpr std::size_t kPieceOctets = 256 * 1024;
constexpr auto kSlice = 20ms;                // a reader thread serves everybody
constexpr unsigned kStepsBetweenLooks = 16;  // at the clock

// Whether the parts and envelopes of the index are enough for the item.
bool needs_only_structure(Kind kind) {
  switch (kind) {
    case Kind::Uid:
    case Kind::Flags:
    case Kind::InternalDate:
    case Kind::Rfc822Size:
    case Kind::EmailId:
    case Kind::ThreadId:
    case Kind::Envelope:
    case Kind::Body:
    case Kind::BodyStructure:
      return true;
    default:
      return false;
  }
}

// The octets of the message as they are: nothing of its index is needed.
bool is_whole(const imap::FetchItem& item) {
  const bool named = item.kind == Kind::Section || item.kind == Kind::Rfc822;
  return named && item.section.part.empty() && item.section.text == imap::Section::Text::All;
}

bool is_within(const message::Range& inner, const message::Range& outer) {
  return inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
}

}  // namespace

FetchProducer::FetchProducer(const MailboxView& view, std::vector<imap::FetchItem> items,
                             std::vector<imap::SequenceRange> positions,
                             const FetchOptions& options)
    : view_(view), items_(std::move(items)), positions_(std::move(positions)), options_(options) {}

bool FetchProducer::asks_for(Kind kind) const {
  return std::ranges::find(items_, kind, &imap::FetchItem::kind) != items_.end();
}

void FetchProducer::produce(storage::Reader& reader) {
  // The writer may hold nothing of out_: what was in it has been sent, but for a beginning that was
  // held back.
  message_sent_ = held_back_.empty();
  message_start_ = 0;
  out_ += std::exchange(held_back_, std::string());
  const auto end = std::chrono::steady_clock::now() + kSlice;
  for (unsigned steps = 1; step(reader) && out_.size() < kPieceOctets; ++steps) {
    if (steps % kStepsBetweenLooks == 0 && std::chrono::steady_clock::now() >= end) break;
  }
  if (writer_ && !hold_) hold_back(reader);
}

// The message goes on in a later read. From now on it cannot be removed; where it was just before,
// the next read finds out, and nothing of it has been sent.
void FetchProducer::hold_back(storage::Reader& reader) {
  hold_ = reader.hold(row().blob);
  held_back_ = out_.substr(message_start_);
  out_.resize(message_start_);
}

void FetchProducer::fail(Error error) {
  error_ = std::move(error);
  state_ = writer_ && held_back_.empty() ? State::Broken : State::Done;
}

bool FetchProducer::step(storage::Reader& reader) {
  switch (state_) {
    case State::Rows:
      read_rows(reader);
      return true;
    case State::Items:
      if (!writer_) begin_message();
      item_ < items_.size() ? write_item(reader) : end_message();
      return true;
    case State::Stream:
      stream(reader);
      return true;
    case State::Measure:
      measure(reader);
      return true;
    case State::Decode:
      decode(reader);
      return true;
    case State::Done:
    case State::Broken:
      break;
  }
  return false;
}

void FetchProducer::read_rows(storage::Reader& reader) {
  rows_.clear();
  row_ = 0;
  const PositionBatches::Batch batch = positions_.take(kRows);
  if (batch.count == 0) {
    state_ = State::Done;
    return;
  }
  auto rows = reader.placements(view_.id(), view_.uids_of(batch.positions));
  if (!rows) {
    if (rows.error().kind() == ErrorKind::NotFound) missing_ = true;
    if (!missing_) error_ = rows.error();
    state_ = State::Done;
    return;
  }
  rows_ = std::move(*rows);
  missing_ = missing_ || rows_.size() < batch.count;
  std::erase_if(rows_, [this](const storage::Placement& row) {
    return row.modseq <= options_.above || (options_.up_to && row.modseq > *options_.up_to);
  });
  if (!read_threads(reader)) return;
  if (!rows_.empty()) state_ = State::Items;
}

bool FetchProducer::read_threads(storage::Reader& reader) {
  const bool asked = std::ranges::any_of(
      items_, [](const imap::FetchItem& item) { return item.kind == Kind::ThreadId; });
  if (!asked) return true;
  std::vector<MessageNumber> numbers;
  for (const storage::Placement& placement : rows_) numbers.push_back(placement.number);
  auto threads = reader.threads(view_.account(), numbers);
  if (!threads) {
    error_ = threads.error();
    state_ = State::Done;
    return false;
  }
  threads_ = std::move(*threads);
  return true;
}

void FetchProducer::begin_message() {
  message_start_ = out_.size();
  message_sent_ = false;
  item_ = 0;
  index_.reset();
  header_.clear();
  header_range_ = {};
  if (options_.uid_only) {
    writer_.emplace(out_, row().uid.value(), imap::FetchNumber::Uid);
  } else {
    writer_.emplace(out_, view_.sequence_number(row().uid));
  }
}

void FetchProducer::write_item(storage::Reader& reader) {
  const imap::FetchItem& item = items_[item_];
  const storage::Placement& placement = row();
  switch (item.kind) {
    case Kind::Uid:
      writer_->uid(placement.uid.value());
      break;
    case Kind::Flags:
      writer_->flags(placement.flags.system, placement.flags.keywords,
                     view_.is_recent(placement.uid));
      break;
    case Kind::InternalDate:
      writer_->internal_date(placement.internal_date);
      break;
    case Kind::Rfc822Size:
      writer_->size(placement.size_octets);
      break;
    case Kind::ModSeq:
      writer_->modseq(placement.modseq.value());
      break;
    case Kind::EmailId:
      writer_->email_id(placement.number.value(), view_.foreign().value());
      break;
    case Kind::ThreadId:
      writer_->thread_id(threads_[row_].value(), view_.foreign().value());
      break;
    case Kind::SaveDate:
      writer_->save_date(placement.save_date);
      break;
    case Kind::Preview:
    case Kind::Envelope:
    case Kind::Body:
    case Kind::BodyStructure: {
      const message::Index* found = index(reader);
      if (found == nullptr) return;
      if (item.kind == Kind::Preview) writer_->preview(found->preview);
      if (item.kind == Kind::Envelope) writer_->envelope(*found);
      if (item.kind == Kind::Body) writer_->body(*found);
      if (item.kind == Kind::BodyStructure) writer_->body_structure(*found);
      break;
    }
    case Kind::Section:
    case Kind::Rfc822:
    case Kind::Rfc822Header:
    case Kind::Rfc822Text:
      return write_section(reader, item);
    case Kind::Binary:
    case Kind::BinarySize:
      return write_binary(reader, item);
  }
  ++item_;
}

void FetchProducer::write_section(storage::Reader& reader, const imap::FetchItem& item) {
  if (is_whole(item)) {
    content_ = imap::SectionContent{true, {message::Range{0, row().size_octets}}, {}};
  } else {
    const message::Index* found = index(reader);
    if (found == nullptr) return;
    std::string_view text;
    if (const auto range = imap::header_needed(*found, item.section)) {
      const auto read = header(reader, *range);
      if (!read) return skip_message(read.error());
      text = *read;
    }
    content_ = imap::resolve_section(*found, item.section, text);
  }
  if (item.partial) content_ = imap::apply_partial(std::move(content_), *item.partial);
  content_range_ = 0;
  content_offset_ = 0;
  writer_->begin_section(item, content_);
  if (content_.exists) {
    state_ = State::Stream;
  } else {
    ++item_;
  }
}

// What is not encoded is sent as it stands: no message is kept with NUL in it.
void FetchProducer::write_binary(storage::Reader& reader, const imap::FetchItem& item) {
  using message::TransferEncoding;
  const message::Index* found = index(reader);
  if (found == nullptr) return;
  const auto position = imap::find_part(*found, item.section.part);
  const bool size_only = item.kind == Kind::BinarySize;
  if (position) {
    const message::Part& part = found->parts[*position];
    const bool opaque = part.first_child == message::kNone && !part.is_multipart();
    const auto encoding =
        opaque ? message::transfer_encoding(part.encoding) : TransferEncoding::Identity;
    if (encoding == TransferEncoding::Unknown || encoding == TransferEncoding::Uuencode) {
      unknown_encoding_ = true;
      return end_item();
    }
    if (encoding != TransferEncoding::Identity) {
      decoded_.emplace(row().blob, part.body, encoding, item.partial);
      state_ = State::Measure;
      return;
    }
  }
  content_ = imap::resolve_section(*found, item.section);
  if (size_only) {
    writer_->binary_size(item, content_.size());
    return end_item();
  }
  if (item.partial) content_ = imap::apply_partial(std::move(content_), *item.partial);
  content_range_ = 0;
  content_offset_ = 0;
  writer_->begin_binary(item, content_.size(), content_.exists, false);
  if (!content_.exists) return end_item();
  state_ = State::Stream;
}

void FetchProducer::measure(storage::Reader& reader) {
  const auto known = decoded_->measure(reader);
  if (!known) return skip_message(known.error());
  if (!*known) return;
  const imap::FetchItem& item = items_[item_];
  if (item.kind == Kind::BinarySize) {
    writer_->binary_size(item, decoded_->size());
    return end_item();
  }
  writer_->begin_binary(item, decoded_->size(), true, decoded_->has_nul());
  state_ = State::Decode;
}

void FetchProducer::decode(storage::Reader& reader) {
  const auto whole = decoded_->write(reader, out_);
  if (!whole) return skip_message(whole.error());
  if (*whole) end_item();
}

void FetchProducer::end_item() {
  decoded_.reset();
  ++item_;
  state_ = State::Items;
}

void FetchProducer::stream(storage::Reader& reader) {
  while (content_range_ < content_.ranges.size()) {
    const message::Range& range = content_.ranges[content_range_];
    const std::uint64_t left = range.length - content_offset_;
    const message::Range piece{range.offset + content_offset_,
                               std::min<std::uint64_t>(left, kPieceOctets)};
    if (piece.length > 0) {
      const auto read = append_octets(reader, piece);
      if (!read) return skip_message(read.error());
    }
    content_offset_ += piece.length;
    if (content_offset_ < range.length) return;
    ++content_range_;
    content_offset_ = 0;
    if (out_.size() >= kPieceOctets && content_range_ < content_.ranges.size()) return;
  }
  out_ += content_.tail;
  ++item_;
  state_ = State::Items;
}

void FetchProducer::end_message() {
  const storage::Placement& placement = row();
  if (options_.seen_at && placement.modseq == *options_.seen_at && !asks_for(Kind::Flags)) {
    writer_->flags(placement.flags.system, placement.flags.keywords,
                   view_.is_recent(placement.uid));
  }
  if (options_.seen_at && placement.modseq == *options_.seen_at && options_.condstore) {
    if (!asks_for(Kind::Uid)) writer_->uid(placement.uid.value());
    if (!asks_for(Kind::ModSeq)) writer_->modseq(placement.modseq.value());
  }
  highest_modseq_ = std::max(highest_modseq_, placement.modseq);
  if (writer_->empty()) {  // an encoding was unknown and nothing else was asked for
    out_.resize(message_start_);
  } else {
    writer_->end();
  }
  writer_.reset();
  index_.reset();
  hold_.reset();
  state_ = ++row_ < rows_.size() ? State::Items : State::Rows;
}

// Leaves the present message out, as long as nothing of it has been sent.
void FetchProducer::skip_message(const Error& error) {
  if (message_sent_) {
    error_ = error;
    state_ = State::Broken;
    return;
  }
  if (error.kind() == ErrorKind::NotFound) {
    missing_ = true;
  } else if (!error_) {
    error_ = error;
  }
  out_.resize(message_start_);
  writer_.reset();
  index_.reset();
  hold_.reset();
  state_ = ++row_ < rows_.size() ? State::Items : State::Rows;
}

const message::Index* FetchProducer::index(storage::Reader& reader) {
  if (index_) return &*index_;
  const bool light = std::ranges::all_of(items_, needs_only_structure, &imap::FetchItem::kind);
  auto read = light ? reader.structure(row().blob) : reader.index(row().blob);
  if (!read) {
    skip_message(read.error());
    return nullptr;
  }
  index_ = std::move(*read);
  return &*index_;
}

Result<std::string_view> FetchProducer::header(storage::Reader& reader,
                                               const message::Range& range) {
  if (header_range_ != range || header_.size() != range.length) {
    auto read = reader.octets(row().blob, range.offset, range.length);
    if (!read) return std::unexpected(read.error());
    if (read->size() != range.length)
      return restante::fail(ErrorKind::Corrupt, "message cut short");
    header_ = std::move(*read);
    header_range_ = range;
  }
  return std::string_view(header_);
}

// Selected header fields are many small ranges of a header that was just read.
Result<void> FetchProducer::append_octets(storage::Reader& reader, const message::Range& range) {
  if (!header_.empty() && is_within(range, header_range_)) {
    out_.append(header_, range.offset - header_range_.offset, range.length);
    return {};
  }
  const std::size_t before = out_.size();
  const auto read = reader.append_octets(row().blob, range.offset, range.length, out_);
  if (read && out_.size() - before != range.length)
    return restante::fail(ErrorKind::Corrupt, "message cut short");
  return read;
}

}  // namespace restante::session
