// The uids of a mailbox as runs, against a plain vector, and what they cost.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "server/session/imap/uid_sequence.h"
#include "storage/uid_set.h"

namespace restante::session {
namespace {

void check_same(const UidSequence& sequence, const std::vector<Uid>& uids) {
  REQUIRE(sequence.size() == uids.size());
  REQUIRE(sequence.last() == (uids.empty() ? Uid() : uids.back()));
  for (std::uint32_t i = 0; i < uids.size(); ++i) REQUIRE(sequence.at(i + 1) == uids[i]);
  for (std::uint32_t uid = 0; uid < 130; ++uid) {
    const auto to = std::ranges::upper_bound(uids, Uid(uid));
    REQUIRE(sequence.count_to(Uid(uid)) == static_cast<std::uint32_t>(to - uids.begin()));
    const auto at = std::ranges::find(uids, Uid(uid));
    const auto position = at == uids.end() ? 0 : at - uids.begin() + 1;
    REQUIRE(sequence.position(Uid(uid)) == static_cast<std::uint32_t>(position));
  }
  REQUIRE(sequence.count_to(Uid(0xffffffff)) == uids.size());
}

}  // namespace

TEST_CASE("uids in runs behave as a list of them", "[imap]") {
  std::mt19937 random(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  for (int round = 0; round < 300; ++round) {
    std::vector<Uid> uids;
    for (std::uint32_t uid = 1; uid < 100; ++uid) {
      if (random() % 4 != 0) uids.emplace_back(uid);
    }
    UidSequence sequence(uids);
    check_same(sequence, uids);
    for (int step = 0; step < 5; ++step) {
      storage::UidSet set;
      for (std::uint32_t uid = 1; uid < 110; ++uid) {
        if (random() % 5 == 0) storage::append(set, Uid(uid));
      }
      const auto in_set = [&](Uid uid) { return storage::contains(set, uid); };
      const auto among = std::ranges::count_if(uids, in_set);
      REQUIRE(sequence.count_in(set) == static_cast<std::uint32_t>(among));
      REQUIRE(storage::count(sequence.among(set)) == static_cast<std::uint64_t>(among));
      sequence.erase(set);
      std::erase_if(uids, in_set);
      const Uid first(sequence.last().value() + 1 + static_cast<std::uint32_t>(random() % 3));
      sequence.append(first, Uid(first.value() + 1));
      uids.insert(uids.end(), {first, Uid(first.value() + 1)});
      check_same(sequence, uids);
    }
  }
}

TEST_CASE("a mailbox of which little was removed costs little memory", "[imap]") {
  std::vector<Uid> uids;
  for (std::uint32_t uid = 1; uid <= 100'000; ++uid) uids.emplace_back(uid);
  CHECK(UidSequence(uids).octets() == 8);
  std::erase_if(uids, [](Uid uid) { return uid.value() % 1000 == 0; });
  CHECK(UidSequence(uids).octets() == 800);
  // At the worst, eight octets a message.
  std::erase_if(uids, [](Uid uid) { return uid.value() % 2 == 0; });
  CHECK(UidSequence(uids).octets() == 400'000);
}

}  // namespace restante::session
