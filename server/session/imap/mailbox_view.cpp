#include "server/session/imap/mailbox_view.h"

#include <algorithm>
#include <iterator>

#include "mail/imap/fetch_writer.h"
#include "mail/imap/writer.h"

namespace restante::session {
namespace {

bool contains(const storage::UidSet& set, Uid uid) {
  const auto after = std::ranges::upper_bound(set, uid, {}, &storage::UidRange::first);
  return after != set.begin() && uid <= std::prev(after)->last;
}

std::vector<std::uint32_t> numbers_of(const std::vector<Uid>& uids) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(uids.size());
  for (const Uid uid : uids) numbers.push_back(uid.value());
  return numbers;
}

}  // namespace

MailboxView::MailboxView(const storage::Mailbox& mailbox, std::vector<std::string> keywords,
                         const std::vector<Uid>& uids, bool read_only)
    : id_(mailbox.id),
      account_(mailbox.account),
      read_only_(read_only),
      modseq_(mailbox.highest_modseq),
      uids_(numbers_of(uids)),
      keywords_(std::move(keywords)) {}

std::uint32_t MailboxView::sequence_number(Uid uid) const {
  const auto place = std::ranges::lower_bound(uids_, uid.value());
  if (place == uids_.end() || *place != uid.value()) return 0;
  return static_cast<std::uint32_t>(place - uids_.begin()) + 1;
}

std::vector<imap::SequenceRange> MailboxView::positions(const imap::SequenceSet& set,
                                                        bool of_uids) const {
  if (set.has_saved()) {
    if (of_uids) return positions(set.with_saved(saved_), true);
    return positions(set.with_saved(positions(imap::SequenceSet(saved_), true)), false);
  }
  if (!of_uids) return set.resolve(size());
  std::vector<imap::SequenceRange> positions;
  for (const imap::SequenceRange& range : set.resolve(last_uid().value())) {
    const auto first = std::ranges::lower_bound(uids_, range.first);
    const auto last = std::upper_bound(first, uids_.end(), range.last);
    if (first == last) continue;
    const auto from = static_cast<std::uint32_t>(first - uids_.begin()) + 1;
    const auto to = static_cast<std::uint32_t>(last - uids_.begin());
    if (!positions.empty() && positions.back().last + 1 == from) {
      positions.back().last = to;
    } else {
      positions.push_back(imap::SequenceRange{from, to});
    }
  }
  return positions;
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
  return contains(recent_, uid);
}

std::uint32_t MailboxView::recent_count() const {
  std::uint32_t count = 0;
  for (const storage::UidRange& range : recent_) {
    const auto first = std::ranges::lower_bound(uids_, range.first.value());
    const auto last = std::upper_bound(first, uids_.end(), range.last.value());
    count += static_cast<std::uint32_t>(last - first);
  }
  return count;
}

void MailboxView::forget_recent() {
  recent_.clear();
  announced_recent_ = 0;
}

void MailboxView::told(ModSeq modseq, storage::UidSet uids) {
  told_.push_back(Told{modseq, std::move(uids)});
}

bool MailboxView::was_told(const storage::Placement& placement) const {
  return std::ranges::any_of(told_, [&](const Told& told) {
    return told.modseq == placement.modseq && contains(told.uids, placement.uid);
  });
}

void MailboxView::apply(const storage::Changes& changes, std::vector<std::string> keywords) {
  const std::uint32_t last_known = last_uid().value();
  for (const storage::Placement& placement : changes.changed) {
    const std::uint32_t uid = placement.uid.value();
    if (uid > last_known) {
      uids_.push_back(uid);
    } else if (sequence_number(placement.uid) != 0 && !was_told(placement)) {
      changed_.insert_or_assign(uid, placement.flags);
    }
  }
  std::vector<std::uint32_t> gone;
  for (const Uid uid : changes.expunged) {
    if (sequence_number(uid) == 0) continue;
    gone.push_back(uid.value());
    changed_.erase(uid.value());
  }
  std::vector<std::uint32_t> all;
  std::ranges::set_union(expunged_, gone, std::back_inserter(all));
  expunged_ = std::move(all);
  modseq_ = std::max(modseq_, changes.highest_modseq);
  told_.clear();
  learn_keywords(keywords);
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

void MailboxView::announce_expunges(std::string& out) {
  if (expunged_.empty()) return;
  std::uint32_t removed = 0;
  for (const std::uint32_t uid : expunged_) {
    imap::append_expunge(out, sequence_number(Uid(uid)) - removed);
    ++removed;
  }
  std::vector<std::uint32_t> left;
  left.reserve(uids_.size() - expunged_.size());
  std::ranges::set_difference(uids_, expunged_, std::back_inserter(left));
  uids_ = std::move(left);
  expunged_.clear();
  announced_size_ -= std::min(announced_size_, removed);
  announced_recent_ = recent_count();
}

bool MailboxView::announce(std::string& out, bool expunges_permitted, std::size_t limit) {
  const std::uint32_t recent_before = announced_recent_;
  if (expunges_permitted) announce_expunges(out);
  if (keywords_changed_) {
    imap::append_flags(out, keywords_);
    keywords_changed_ = false;
  }
  const std::uint32_t recent = recent_count();
  if (size() != announced_size_) imap::append_exists(out, size());
  if (recent != recent_before) imap::append_recent(out, recent);
  announced_size_ = size();
  announced_recent_ = recent;
  while (!changed_.empty()) {
    if (out.size() > limit) return false;
    const auto change = changed_.begin();
    imap::FetchWriter writer(out, sequence_number(Uid(change->first)));
    writer.uid(change->first);
    writer.flags(change->second.system, change->second.keywords, is_recent(Uid(change->first)));
    writer.end();
    changed_.erase(change);
  }
  return true;
}

void MailboxView::mark_announced() {
  announced_size_ = size();
  announced_recent_ = recent_count();
  keywords_changed_ = false;
}

}  // namespace restante::session
