// Sets of uids as ranges, against std::set on random ranges.
#include "storage/uid_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

namespace restante::storage {
namespace {

using Numbers = std::set<std::uint32_t>;

Numbers numbers_of(const UidSet& set) {
  Numbers numbers;
  for (const UidRange& range : set) {
    for (auto uid = range.first.value(); uid <= range.last.value(); ++uid) {
      REQUIRE(numbers.insert(uid).second);
    }
  }
  return numbers;
}

void check_form(const UidSet& set) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    REQUIRE(set[i].first <= set[i].last);
    if (i > 0) REQUIRE(set[i - 1].last < set[i].first);
  }
}

UidSet random_set(std::mt19937& random) {
  UidSet ranges;
  const auto count = random() % 6;
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = static_cast<std::uint32_t>(random() % 30 + 1);
    ranges.push_back({Uid(first), Uid(first + static_cast<std::uint32_t>(random() % 6))});
  }
  return normalized(std::move(ranges));
}

}  // namespace

TEST_CASE("Operations on uid sets agree with sets of numbers") {
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same sets every time
  for (int round = 0; round < 2000; ++round) {
    const UidSet a = random_set(random);
    const UidSet b = random_set(random);
    const Numbers in_a = numbers_of(a);
    const Numbers in_b = numbers_of(b);
    Numbers all = in_a;
    all.insert(in_b.begin(), in_b.end());
    Numbers both, left;
    for (const auto uid : in_a) (in_b.contains(uid) ? both : left).insert(uid);
    for (const UidSet& set : {a, united(a, b), intersected(a, b), without(a, b)}) check_form(set);
    REQUIRE(numbers_of(united(a, b)) == all);
    REQUIRE(numbers_of(intersected(a, b)) == both);
    REQUIRE(numbers_of(without(a, b)) == left);
    REQUIRE(count(a) == in_a.size());
    for (std::uint32_t uid = 1; uid < 40; ++uid) {
      REQUIRE(contains(a, Uid(uid)) == in_a.contains(uid));
    }
  }
}

TEST_CASE("Sets reach to the end of all uids") {
  const UidSet all{{Uid(1), Uid(0xffffffff)}};
  CHECK(count(all) == 0xffffffff);
  CHECK(without(all, all).empty());
  CHECK(count(without(all, {{Uid(5), Uid(0xffffffff)}})) == 4);
  CHECK(count(united(all, {{Uid(7), Uid(9)}})) == 0xffffffff);
}

}  // namespace restante::storage
