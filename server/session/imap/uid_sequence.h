// The uids of a mailbox in order, as runs of adjacent ones: a mailbox of 100,000 messages of which
// none was removed is one run of 8 octets. A value. Positions count from 1.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/types.h"

namespace restante::session {

class UidSequence {
 public:
  UidSequence() = default;
  // Ascending.
  explicit UidSequence(const std::vector<Uid>& uids);

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // 0 where there is none.
  Uid last() const { return empty() ? Uid() : at(size_); }

  // position must be within 1..size().
  Uid at(std::uint32_t position) const;
  // 0 where the uid is not among them.
  std::uint32_t position(Uid uid) const;
  // How many are below or equal to uid.
  std::uint32_t count_to(Uid uid) const;
  // How many of the set are among them.
  std::uint32_t count_in(const storage::UidSet& set) const;
  // Those of the set that are among them.
  storage::UidSet among(const storage::UidSet& set) const;
  // All of them as ranges that hold no other uids.
  storage::UidSet ranges() const;

  // Appends uids above all others.
  void append(Uid first, Uid last);
  void erase(const storage::UidSet& uids);

  // What it holds of memory beside itself.
  std::size_t octets() const { return runs_.capacity() * sizeof(Run); }

 private:
  struct Run {
    std::uint32_t first = 0;
    std::uint32_t before = 0;  // uids in the runs before it
  };

  std::uint32_t end_of(std::size_t run) const;  // uids up to and with it
  std::uint32_t last_of(std::size_t run) const;

  std::vector<Run> runs_;
  std::uint32_t size_ = 0;
};

}  // namespace restante::session
