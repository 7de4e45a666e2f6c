#include "server/session/imap/search_scanner.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "mail/imap/object_id.h"

namespace restante::session {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRows = 1000;
constexpr auto kSlice = 10ms;  // a reader thread serves everybody

bool is_known(imap::Verdict verdict) {
  return verdict == imap::Verdict::Yes || verdict == imap::Verdict::No;
}

}  // namespace

SearchScanner::SearchScanner(const MailboxView& view, imap::SearchProgram program, bool scored)
    : view_(view), program_(std::move(program)), scored_(scored) {
  const imap::SequenceSet saved(view.saved_result());
  imap::replace_saved(program_, view.positions(saved, true), view.saved_result());
  imap::resolve_sets(program_, view.size(), view.last_uid().value());
  known_.resize(program_.nodes.size(), imap::KnownKey::Unknown);
  keyword_bits_.resize(program_.nodes.size(), 0);
}

// Asks the index; false where there is more to ask.
bool SearchScanner::prepare(storage::Reader& reader, Clock::time_point end) {
  const Result<bool> asked = candidates_.ask(reader, view_.id(), program_, end);
  if (!asked) {
    note(asked.error());
    done_ = true;
    return false;
  }
  if (!*asked) return false;
  choose_positions();
  prepared_ = true;
  return true;
}

// A set that every match must be in spares reading the rest of the mailbox.
void SearchScanner::choose_positions() {
  if (view_.size() == 0) return;
  if (candidates_.uids()) {
    std::vector<std::uint32_t> numbers;
    for (const Uid uid : *candidates_.uids()) {
      const std::uint32_t number = view_.sequence_number(uid);
      if (number != 0) numbers.push_back(number);
    }
    positions_ = PositionBatches(imap::ranges_of(numbers));
    return;
  }
  const auto& nodes = program_.nodes;
  if (!nodes.empty()) {
    const bool is_and = nodes.front().kind == imap::SearchKind::And;
    std::uint32_t node = is_and ? nodes.front().first_child : 0;
    for (; node != imap::kNoNode; node = is_and ? nodes[node].next_sibling : imap::kNoNode) {
      const bool uids = nodes[node].kind == imap::SearchKind::Uid;
      if (!uids && nodes[node].kind != imap::SearchKind::Sequence) continue;
      positions_ = PositionBatches(view_.positions(nodes[node].set, uids));
      return;
    }
  }
  positions_ = PositionBatches({imap::SequenceRange{1, view_.size()}});
}

void SearchScanner::scan(storage::Reader& reader) {
  const auto end = Clock::now() + kSlice;
  if (!prepared_ && !prepare(reader, end)) return;
  if (!threads_resolved_) resolve_threads(reader);
  do {
    if (row_ == rows_.size() && !read_rows(reader)) {
      done_ = true;
      return;
    }
    // Rows without keys that read more are quick: the clock is asked once for many.
    const bool reads = imap::needs(program_) != imap::SearchNeed::None;
    for (std::size_t count = 0; row_ < rows_.size() && count < 50; ++count) {
      look_at(reader, rows_[row_++]);
      if (reads && Clock::now() >= end) break;
    }
  } while (Clock::now() < end);
}

// Which bit of a row is which keyword: with each read anew, since a bit may change its meaning.
Result<void> SearchScanner::resolve_keywords(storage::Reader& reader) {
  for (std::size_t node = 0; node < program_.nodes.size(); ++node) {
    if (program_.nodes[node].kind != imap::SearchKind::Keyword) continue;
    const auto bit = reader.keyword_bit(view_.id(), program_.nodes[node].text);
    if (!bit) return std::unexpected(bit.error());
    keyword_bits_[node] = *bit;
  }
  return {};
}

bool SearchScanner::read_rows(storage::Reader& reader) {
  rows_.clear();
  row_ = 0;
  const PositionBatches::Batch batch = positions_.take(kRows);
  if (batch.count == 0) return false;
  auto read = resolve_keywords(reader);
  for (const storage::UidRange& range : ranges_of(batch)) {
    if (!read) break;
    read = reader.scan(view_.id(), range, [this](const storage::PlacementRow& row) {
      rows_.push_back(row);
      return true;
    });
  }
  if (!read) note(read.error());
  return read.has_value();
}

// Scattered positions are read faster with what is between them; that does not match.
storage::UidSet SearchScanner::ranges_of(const PositionBatches::Batch& batch) const {
  const std::uint32_t first = batch.positions.front().first;
  const std::uint32_t last = batch.positions.back().last;
  if ((last - first) / 8 > batch.positions.size()) return view_.uids_of(batch.positions);
  return {storage::UidRange{view_.uid_at(first), view_.uid_at(last)}};
}

// Rows come in ascending order.
std::uint32_t SearchScanner::sequence_number(Uid uid) {
  if (place_ < view_.size() && view_.uid_at(place_ + 1) == uid) return ++place_;
  place_ = std::max(view_.sequence_number(uid), std::uint32_t{1});
  return view_.uid_at(place_) == uid ? place_ : 0;
}

// Puts the present names of threads where the keys have former ones.
void SearchScanner::resolve_threads(storage::Reader& reader) {
  threads_resolved_ = true;
  for (imap::SearchNode& node : program_.nodes) {
    if (node.kind != imap::SearchKind::ThreadId) continue;
    by_thread_ = true;
    const std::uint64_t of_account = view_.foreign().value();
    std::uint64_t name = 0;
    const char* const end = node.text.data() + node.text.size();
    if (node.text.starts_with('T')) std::from_chars(node.text.data() + 1, end, name);
    if (node.text != imap::object_id('T', name, of_account)) continue;  // matches nothing
    const auto thread = reader.thread(view_.account(), ThreadId(name));
    if (!thread) return note(thread.error());
    node.text = imap::object_id('T', thread->value(), of_account);
  }
}

ThreadId SearchScanner::thread_of(storage::Reader& reader, MessageNumber number) {
  const auto threads = reader.threads(view_.account(), {&number, 1});
  if (threads) return threads->front();
  note(threads.error());
  return {};
}

void SearchScanner::look_at(storage::Reader& reader, const storage::PlacementRow& row) {
  ++looked_at_;
  imap::Candidate candidate;
  candidate.sequence_number = sequence_number(row.uid);
  candidate.uid = row.uid.value();
  candidate.flags = row.flags;
  candidates_.note(row.number, known_);
  for (std::size_t node = 0; node < known_.size(); ++node)
    if (program_.nodes[node].kind == imap::SearchKind::Keyword)
      known_[node] =
          (row.keywords & keyword_bits_[node]) != 0 ? imap::KnownKey::Yes : imap::KnownKey::No;
  candidate.known = known_;
  candidate.recent = view_.is_recent(row.uid);
  candidate.internal_date = row.internal_date;
  candidate.now = now_;
  candidate.save_date = row.save_date;
  candidate.size_octets = row.size_octets;
  candidate.modseq = row.modseq.value();
  candidate.number = row.number.value();
  if (by_thread_) candidate.thread = thread_of(reader, row.number).value();
  candidate.of_account = view_.foreign().value();
  imap::Verdict verdict = imap::evaluate(program_, candidate);
  // A score sees all that the program asks for.
  imap::SearchNeed need = imap::SearchNeed::None;
  if (verdict == imap::Verdict::Yes && scored_) need = imap::needs(program_);
  Result<message::Index> index = fail(ErrorKind::NotFound, "not read");
  if (!is_known(verdict) || need != imap::SearchNeed::None) {
    index = reader.index(row.blob);
    if (!index) return note(index.error());
    candidate.index = &*index;
    verdict = imap::evaluate(program_, candidate);
    if (verdict == imap::Verdict::Yes && scored_) need = imap::needs(program_);
  }
  Result<std::string> octets = fail(ErrorKind::NotFound, "not read");
  std::string_view view;
  if (!is_known(verdict) || need == imap::SearchNeed::Octets) {
    octets = reader.octets(row.blob, 0, row.size_octets);
    if (!octets) return note(octets.error());
    view = *octets;
    candidate.octets = &view;
    verdict = imap::evaluate(program_, candidate);
  }
  if (verdict != imap::Verdict::Yes) return;
  if (found_.empty()) first_modseq_ = row.modseq;
  last_modseq_ = row.modseq;
  highest_modseq_ = std::max(highest_modseq_, row.modseq);
  found_.push_back(candidate.sequence_number);
  if (scored_) scores_.push_back(imap::relevancy(program_, candidate));
}

// What was expunged meanwhile cannot match; anything else must not look like "no match".
void SearchScanner::note(const Error& error) {
  if (error.kind() != ErrorKind::NotFound && !error_) error_ = error;
}

}  // namespace restante::session
