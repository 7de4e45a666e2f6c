#include "mail/imap/sort.h"

#include <algorithm>
#include <limits>

namespace restante::imap {

namespace {

constexpr std::size_t kRun = 8192;

// Signed numbers in the order of unsigned ones.
std::uint64_t ordered(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63U);
}

// The first eight octets; shorter texts come first.
std::uint64_t prefix_of(std::string_view text) {
  std::uint64_t prefix = 0;
  for (std::size_t octet = 0; octet < sizeof prefix; ++octet) {
    prefix <<= 8U;
    if (octet < text.size()) prefix |= static_cast<unsigned char>(text[octet]);
  }
  return prefix;
}

}  // namespace

bool needs_digest(const std::vector<SortCriterion>& criteria) {
  return std::ranges::any_of(criteria, [](const SortCriterion& criterion) {
    return criterion.key != SortKey::Arrival && criterion.key != SortKey::Size &&
           criterion.key != SortKey::Relevancy;
  });
}

Sorter::Value Sorter::value_of(std::string_view text) {
  Value value;
  value.order = prefix_of(text);
  value.offset = texts_.size();
  value.length = static_cast<std::uint32_t>(text.size());
  texts_ += text;
  return value;
}

Sorter::Value Sorter::value_of(SortKey key, std::chrono::sys_seconds internal_date,
                               std::uint64_t size_octets, const message::Digest* digest,
                               unsigned score) {
  static const message::Digest kNone;
  const message::Digest& from = digest == nullptr ? kNone : *digest;
  Value value;
  switch (key) {
    case SortKey::Arrival:
      value.order = ordered(internal_date.time_since_epoch().count());
      break;
    case SortKey::Date:  // RFC 5256 s2.2
      value.order = ordered(from.sent.value_or(internal_date).time_since_epoch().count());
      break;
    case SortKey::Size:
      value.order = size_octets;
      break;
    case SortKey::Relevancy:
      value.order = std::numeric_limits<std::uint64_t>::max() - score;
      break;
    case SortKey::Cc:
      return value_of(from.cc);
    case SortKey::From:
      return value_of(from.from);
    case SortKey::To:
      return value_of(from.to);
    case SortKey::Subject:
      return value_of(from.subject);
    case SortKey::DisplayFrom:
      return value_of(from.display_from);
    case SortKey::DisplayTo:
      return value_of(from.display_to);
  }
  return value;
}

void Sorter::add(std::uint32_t number, std::chrono::sys_seconds internal_date,
                 std::uint64_t size_octets, const message::Digest* digest, unsigned score) {
  order_.push_back(static_cast<std::uint32_t>(numbers_.size()));
  numbers_.push_back(number);
  for (const SortCriterion& criterion : criteria_)
    values_.push_back(value_of(criterion.key, internal_date, size_octets, digest, score));
}

bool Sorter::precedes(std::uint32_t left, std::uint32_t right) const {
  const std::size_t count = criteria_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Value& a = values_[left * count + i];
    const Value& b = values_[right * count + i];
    const bool reverse = criteria_[i].reverse;
    if (a.order != b.order) return (a.order < b.order) != reverse;
    if (a.length == 0 && b.length == 0) continue;
    const std::string_view texts = texts_;
    const int compared = texts.substr(a.offset, a.length).compare(texts.substr(b.offset, b.length));
    if (compared != 0) return (compared < 0) != reverse;
  }
  return numbers_[left] < numbers_[right];
}

bool Sorter::step() {
  const auto before = [this](std::uint32_t left, std::uint32_t right) {
    return precedes(left, right);
  };
  const auto at = [this](std::size_t position) {
    return order_.begin() + static_cast<std::ptrdiff_t>(std::min(position, order_.size()));
  };
  if (run_ == 0) {  // runs of kRun, one after the other
    std::sort(at(sorted_), at(sorted_ + kRun), before);
    sorted_ += kRun;
    if (sorted_ < order_.size()) return true;
    run_ = kRun;
    sorted_ = 0;
    return run_ < order_.size();
  }
  if (run_ >= order_.size()) return false;
  merged_.resize(order_.size());  // two runs to one of twice the length
  std::merge(at(sorted_), at(sorted_ + run_), at(sorted_ + run_), at(sorted_ + 2 * run_),
             merged_.begin() + static_cast<std::ptrdiff_t>(sorted_), before);
  sorted_ += 2 * run_;
  if (sorted_ < order_.size()) return true;
  order_.swap(merged_);
  run_ *= 2;
  sorted_ = 0;
  return run_ < order_.size();
}

std::vector<std::uint32_t> Sorter::take() {
  std::vector<std::uint32_t> sorted;
  sorted.reserve(order_.size());
  for (const std::uint32_t position : order_) sorted.push_back(numbers_[position]);
  return sorted;
}

}  // namespace restante::imap
