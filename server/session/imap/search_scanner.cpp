#include "server/session/imap/search_scanner.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace restante::session {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRows = 500;
constexpr auto kSlice = 10ms;  // a reader thread serves everybody

}  // namespace

SearchScanner::SearchScanner(const MailboxView& view, imap::SearchProgram program)
    : view_(view), program_(std::move(program)) {
  const imap::SequenceSet saved(view.saved_result());
  imap::replace_saved(program_, view.positions(saved, true), view.saved_result());
  imap::resolve_sets(program_, view.size(), view.last_uid().value());
  choose_positions();
}

// A set that every match must be in spares reading the rest of the mailbox.
void SearchScanner::choose_positions() {
  if (view_.size() == 0) return;
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
  const auto end = std::chrono::steady_clock::now() + kSlice;
  if (!threads_resolved_) resolve_threads(reader);
  do {
    if (row_ == rows_.size() && !read_rows(reader)) {
      done_ = true;
      return;
    }
    // Rows without keys that read more are quick: the clock is asked once for many.
    for (std::size_t count = 0; row_ < rows_.size() && count < 50; ++count) {
      look_at(reader, rows_[row_++]);
      if (std::chrono::steady_clock::now() >= end) break;
    }
  } while (std::chrono::steady_clock::now() < end);
}

bool SearchScanner::read_rows(storage::Reader& reader) {
  rows_.clear();
  row_ = 0;
  const PositionBatches::Batch batch = positions_.take(kRows);
  if (batch.count == 0) return false;
  auto rows = reader.placements(view_.id(), view_.uids_of(batch.positions));
  if (!rows) {
    note(rows.error());
    return false;
  }
  rows_ = std::move(*rows);
  return true;
}

// Puts the present names of threads where the keys have former ones.
void SearchScanner::resolve_threads(storage::Reader& reader) {
  threads_resolved_ = true;
  for (imap::SearchNode& node : program_.nodes) {
    if (node.kind != imap::SearchKind::ThreadId) continue;
    by_thread_ = true;
    std::uint64_t name = 0;
    const char* const end = node.text.data() + node.text.size();
    if (!node.text.starts_with('T') || std::from_chars(node.text.data() + 1, end, name).ptr != end)
      continue;  // matches nothing
    const auto thread = reader.thread(view_.account(), ThreadId(name));
    if (!thread) return note(thread.error());
    if (*thread != ThreadId(name)) node.text = 'T' + std::to_string(thread->value());
  }
}

ThreadId SearchScanner::thread_of(storage::Reader& reader, MessageNumber number) {
  const auto threads = reader.threads(view_.account(), {&number, 1});
  if (threads) return threads->front();
  note(threads.error());
  return {};
}

void SearchScanner::look_at(storage::Reader& reader, const storage::Placement& row) {
  ++looked_at_;
  imap::Candidate candidate;
  candidate.sequence_number = view_.sequence_number(row.uid);
  candidate.uid = row.uid.value();
  candidate.flags = row.flags.system;
  candidate.keywords = &row.flags.keywords;
  candidate.recent = view_.is_recent(row.uid);
  candidate.internal_date = row.internal_date;
  candidate.size_octets = row.size_octets;
  candidate.number = row.number.value();
  if (by_thread_) candidate.thread = thread_of(reader, row.number).value();
  imap::Verdict verdict = imap::evaluate(program_, candidate);
  Result<message::Index> index = fail(ErrorKind::NotFound, "not read");
  if (verdict == imap::Verdict::NeedIndex || verdict == imap::Verdict::NeedOctets) {
    index = reader.index(row.blob);
    if (!index) return note(index.error());
    candidate.index = &*index;
    verdict = imap::evaluate(program_, candidate);
  }
  Result<std::string> octets = fail(ErrorKind::NotFound, "not read");
  std::string_view view;
  if (verdict == imap::Verdict::NeedOctets) {
    octets = reader.octets(row.blob, 0, row.size_octets);
    if (!octets) return note(octets.error());
    view = *octets;
    candidate.octets = &view;
    verdict = imap::evaluate(program_, candidate);
  }
  if (verdict == imap::Verdict::Yes) found_.push_back(candidate.sequence_number);
}

// What was expunged meanwhile cannot match; anything else must not look like "no match".
void SearchScanner::note(const Error& error) {
  if (error.kind() != ErrorKind::NotFound && !error_) error_ = error;
}

}  // namespace restante::session
