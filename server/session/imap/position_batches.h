// Message sequence numbers that a long command works through, a bounded batch at a time. A value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "mail/imap/sequence_set.h"

namespace restante::session {

class PositionBatches {
 public:
  PositionBatches() = default;
  // positions: ascending, disjoint ranges.
  explicit PositionBatches(std::vector<imap::SequenceRange> positions)
      : positions_(std::move(positions)) {}

  struct Batch {
    std::vector<imap::SequenceRange> positions;
    std::uint32_t count = 0;  // of messages; 0: none is left
  };

  // The next of them, count at most.
  Batch take(std::uint32_t count) {
    Batch batch;
    while (range_ < positions_.size() && batch.count < count) {
      imap::SequenceRange& range = positions_[range_];
      const std::uint32_t taken = std::min(count - batch.count, range.last - range.first + 1);
      batch.positions.push_back(imap::SequenceRange{range.first, range.first + taken - 1});
      batch.count += taken;
      range.first += taken;
      if (range.first > range.last) ++range_;
    }
    return batch;
  }

 private:
  std::vector<imap::SequenceRange> positions_;  // what is still to come, from range_ on
  std::size_t range_ = 0;
};

}  // namespace restante::session
