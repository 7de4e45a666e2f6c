#include "server/session/imap/uid_sequence.h"

#include <algorithm>
#include <iterator>

#include "storage/uid_set.h"

namespace restante::session {

UidSequence::UidSequence(const std::vector<Uid>& uids) {
  for (const Uid uid : uids) append(uid, uid);
  runs_.shrink_to_fit();
}

std::uint32_t UidSequence::end_of(std::size_t run) const {
  return run + 1 < runs_.size() ? runs_[run + 1].before : size_;
}

std::uint32_t UidSequence::last_of(std::size_t run) const {
  return runs_[run].first + (end_of(run) - runs_[run].before) - 1;
}

Uid UidSequence::at(std::uint32_t position) const {
  const auto after = std::ranges::upper_bound(runs_, position - 1, {}, &Run::before);
  const Run& run = *std::prev(after);
  return Uid(run.first + (position - 1 - run.before));
}

std::uint32_t UidSequence::count_to(Uid uid) const {
  const auto after = std::ranges::upper_bound(runs_, uid.value(), {}, &Run::first);
  if (after == runs_.begin()) return 0;
  const auto run = static_cast<std::size_t>(after - runs_.begin()) - 1;
  return std::min(end_of(run), runs_[run].before + (uid.value() - runs_[run].first) + 1);
}

std::uint32_t UidSequence::position(Uid uid) const {
  const std::uint32_t position = count_to(uid);
  return position != 0 && at(position) == uid ? position : 0;
}

std::uint32_t UidSequence::count_in(const storage::UidSet& set) const {
  std::uint32_t count = 0;
  for (const storage::UidRange& range : set) {
    const std::uint32_t below = range.first ? count_to(Uid(range.first.value() - 1)) : 0;
    count += count_to(range.last) - below;
  }
  return count;
}

storage::UidSet UidSequence::ranges() const {
  storage::UidSet set;
  set.reserve(runs_.size());
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    set.push_back({Uid(runs_[run].first), Uid(last_of(run))});
  }
  return set;
}

storage::UidSet UidSequence::among(const storage::UidSet& set) const {
  return storage::intersected(ranges(), set);
}

void UidSequence::append(Uid first, Uid last) {
  const bool follows = !runs_.empty() && last_of(runs_.size() - 1) + 1 == first.value();
  if (!follows) runs_.push_back(Run{first.value(), size_});
  size_ += last.value() - first.value() + 1;
}

void UidSequence::erase(const storage::UidSet& uids) {
  UidSequence left;
  for (const storage::UidRange& range : storage::without(ranges(), uids)) {
    left.append(range.first, range.last);
  }
  left.runs_.shrink_to_fit();
  *this = std::move(left);
}

}  // namespace restante::session
