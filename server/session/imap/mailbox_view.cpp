#include "server/session/imap/mailbox_view.h"

#include <algorithm>

#include "mail/imap/writer.h"
#include "server/session/imap/store_values.h"
#include "storage/uid_set.h"

namespace restante::session {
namespace {

constexpr std::uint32_t kExpungesAtOnce = 1000;

}  // namespace

MailboxView::MailboxView(const storage::Mailbox& mailbox, std::vector<std::string> keywords,
                         UidSequence uids, bool read_only)
    : id_(mailbox.id),
      account_(mailbox.account),
      read_only_(read_only),
      modseq_(mailbox.highest_modseq),
      told_modseq_(mailbox.highest_modseq),
      uids_(std::move(uids)),
      keywords_(std::move(keywords)) {}

std::vector<imap::SequenceRange> MailboxView::positions(const imap::SequenceSet& set,
                                                        bool of_uids) const {
  if (set.has_saved()) {
    if (of_uids) return positions(set.with_saved(saved_), true);
    return positions(set.with_saved(positions(imap::SequenceSet(saved_), true)), false);
  }
  if (!of_uids) return set.resolve(size());
  std::vector<imap::SequenceRange> positions;
  for (const imap::SequenceRange& range : set.resolve(last_uid().value())) {
    const std::uint32_t from = uids_.count_to(Uid(range.first - 1)) + 1;
    const std::uint32_t to = uids_.count_to(Uid(range.last));
    if (to < from) continue;
    if (!positions.empty() && positions.back().last + 1 == from) {
      positions.back().last = to;
    } else {
      positions.push_back(imap::SequenceRange{from, to});
    }
  }
  return positions;
}

std::vector<imap::SequenceRange> MailboxView::positions(const storage::UidSet& uids) const {
  if (uids.empty()) return {};
  return positions(imap::SequenceSet(sequence_ranges(uids)), true);
}

// Between two uids of the view the mailbox holds no other one: uids only grow at the end.
storage::UidSet MailboxView::uids_of(const std::vector<imap::SequenceRange>& positions) const {
  storage::UidSet uids;
  uids.reserve(positions.size());
  for (const imap::SequenceRange& range : positions) {
    uids.push_back(storage::UidRange{uid_at(range.first), uid_at(range.last)});
  }
  return uids;
}

void MailboxView::save_result(const std::vector<imap::SequenceRange>& positions) {
  saved_.clear();
  saved_.reserve(positions.size());
  for (const imap::SequenceRange& range : positions) {
    saved_.push_back(imap::SequenceRange{uid_at(range.first).value(), uid_at(range.last).value()});
  }
}

void MailboxView::add_recent(Uid first, Uid last) {
  if (last < first) return;
  if (!recent_.empty() && first <= recent_.back().last)
    first = Uid(recent_.back().last.value() + 1);
  if (last < first) return;
  recent_.push_back(storage::UidRange{first, last});
}

bool MailboxView::is_recent(Uid uid) const {
  return storage::contains(recent_, uid);
}

std::uint32_t MailboxView::recent_count() const {
  return uids_.count_in(recent_);
}

void MailboxView::forget_recent() {
  recent_.clear();
  announced_recent_ = 0;
}

void MailboxView::apply(const storage::Changes& changes, std::vector<std::string> keywords) {
  const Uid last_known = last_uid();
  const Uid first_new(last_known.value() + 1);
  for (const storage::UidRange& range : changes.changed) {
    if (range.last > last_known) uids_.append(std::max(range.first, first_new), range.last);
  }
  const storage::UidSet known{{Uid(1), last_known}};
  if (last_known) mark_changed(storage::intersected(changes.changed, known));
  expunged_ = storage::united(expunged_, uids_.among(changes.expunged));
  modseq_ = std::max(modseq_, changes.highest_modseq);
  told_.clear();
  learn_keywords(keywords);
}

void MailboxView::mark_changed(const storage::UidSet& uids) {
  changed_ = storage::united(changed_, uids);
}

std::vector<imap::SequenceRange> MailboxView::take_changed() {
  const storage::UidSet changed = storage::without(std::exchange(changed_, {}), expunged_);
  return positions(changed);
}

void MailboxView::mark_told() {
  if (expunged_.empty()) told_modseq_ = modseq_;
}

bool MailboxView::learn_keywords(const std::vector<std::string>& keywords) {
  bool learned = false;
  for (const std::string& keyword : keywords) {
    if (std::ranges::find(keywords_, keyword) != keywords_.end()) continue;
    keywords_.push_back(keyword);
    learned = true;
  }
  keywords_changed_ = keywords_changed_ || learned;
  return learned;
}

// Returns false where more are left.
bool MailboxView::announce_expunges(std::string& out, const Telling& telling, std::size_t limit) {
  while (!expunged_.empty()) {
    if (out.size() > limit) return false;
    const storage::UidSet gone = storage::take_front(expunged_, kExpungesAtOnce);
    if (telling.vanished) {
      imap::append_vanished(out, sequence_ranges(gone), imap::Vanished::Now);
    } else {
      std::uint32_t removed = 0;
      for (const storage::UidRange& range : gone) {
        // Each one has the number of the one before it, for that is gone.
        const std::uint32_t number = sequence_number(range.first) - removed;
        for (auto uid = range.first; uid <= range.last; uid = Uid(uid.value() + 1), ++removed) {
          imap::append_expunge(out, number);
        }
      }
    }
    uids_.erase(gone);
    const auto removed = static_cast<std::uint32_t>(storage::count(gone));
    announced_size_ -= std::min(announced_size_, removed);
  }
  return true;
}

bool MailboxView::announce(std::string& out, const Telling& telling, std::size_t limit) {
  const std::uint32_t recent_before = announced_recent_;
  if (telling.expunges && !announce_expunges(out, telling, limit)) return false;
  if (keywords_changed_) {
    imap::append_flags(out, keywords_);
    keywords_changed_ = false;
  }
  const std::uint32_t recent = recent_count();
  if (size() != announced_size_) imap::append_exists(out, size());
  if (recent != recent_before) imap::append_recent(out, recent);
  announced_size_ = size();
  announced_recent_ = recent;
  return true;
}

void MailboxView::mark_announced() {
  announced_size_ = size();
  announced_recent_ = recent_count();
  keywords_changed_ = false;
}

}  // namespace restante::session
