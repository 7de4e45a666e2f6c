// SORT (RFC 5256, RFC 5957): criteria, and the ordering of messages by them in bounded steps. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "mail/message/digest.h"

namespace restante::imap {

enum class SortKey : std::uint8_t {
  Arrival,
  Cc,
  Date,
  From,
  Size,
  Subject,
  To,
  DisplayFrom,  // RFC 5957
  DisplayTo,    // RFC 5957
  Relevancy,    // RFC 6203 s6: the highest score first
};

struct SortCriterion {
  SortKey key = SortKey::Arrival;
  bool reverse = false;
  bool operator==(const SortCriterion&) const = default;
};

// Whether a digest is needed, or what a placement has is enough.
bool needs_digest(const std::vector<SortCriterion>& criteria);

// Takes messages in any order and gives their numbers sorted: by the criteria in their order, then
// by number. Memory: what is compared, some 30 octets and the text for each message and criterion.
class Sorter {
 public:
  explicit Sorter(std::vector<SortCriterion> criteria) : criteria_(std::move(criteria)) {}

  // number: message sequence number. digest: may be null where none is needed. score: 1 to 100
  // where Relevancy is among the criteria.
  void add(std::uint32_t number, std::chrono::sys_seconds internal_date, std::uint64_t size_octets,
           const message::Digest* digest, unsigned score = 0);

  // After the last add(): one step of the work, milliseconds per 100,000 messages; false when all
  // is done.
  bool step();
  std::vector<std::uint32_t> take();

 private:
  // Compared first by order, then, of a text, by what is behind its first octets.
  struct Value {
    std::uint64_t order = 0;
    std::uint64_t offset = 0;  // in texts_
    std::uint32_t length = 0;
  };

  Value value_of(SortKey key, std::chrono::sys_seconds internal_date, std::uint64_t size_octets,
                 const message::Digest* digest, unsigned score);
  Value value_of(std::string_view text);
  bool precedes(std::uint32_t left, std::uint32_t right) const;

  std::vector<SortCriterion> criteria_;
  std::vector<Value> values_;           // of each message one a criterion
  std::vector<std::uint32_t> numbers_;  // of each message
  std::string texts_;
  std::vector<std::uint32_t> order_;  // positions in numbers_
  std::vector<std::uint32_t> merged_;
  std::size_t sorted_ = 0;  // the first of order_ stand in sorted runs
  std::size_t run_ = 0;     // length of the runs
};

}  // namespace restante::imap
