// Changes are told from the memory of the latest ones exactly as the tables have them.
#include <catch2/catch.hpp>
#include <random>

#include "storage/flag_log.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

FlagsTouched touched(std::uint64_t before, std::uint64_t after, std::uint32_t first,
                     std::uint32_t last) {
  return {MailboxId(1), ModSeq(before), ModSeq(after), uids_of(first, last)};
}

std::vector<std::uint32_t> numbers(const std::optional<UidSet>& uids) {
  std::vector<std::uint32_t> found;
  for (const UidRange& range : uids.value())
    for (std::uint32_t uid = range.first.value(); uid <= range.last.value(); ++uid)
      found.push_back(uid);
  return found;
}

}  // namespace

TEST_CASE("The flag log names what was touched since, and nothing where a change is missing") {
  FlagLog log;
  log.add({touched(1, 5, 1, 2), touched(5, 9, 2, 3)});
  log.add({touched(11, 12, 7, 7)});
  CHECK(numbers(log.touched(MailboxId(1), ModSeq(1), ModSeq(9))) ==
        std::vector<std::uint32_t>{1, 2, 3});
  CHECK(numbers(log.touched(MailboxId(1), ModSeq(6), ModSeq(9))) ==
        std::vector<std::uint32_t>{2, 3});
  CHECK(numbers(log.touched(MailboxId(1), ModSeq(11), ModSeq(12))) ==
        std::vector<std::uint32_t>{7});
  CHECK_FALSE(log.touched(MailboxId(1), ModSeq(0), ModSeq(9)));    // before the log began
  CHECK_FALSE(log.touched(MailboxId(1), ModSeq(5), ModSeq(12)));   // 9 to 11 by somebody else
  CHECK_FALSE(log.touched(MailboxId(1), ModSeq(12), ModSeq(13)));  // not told yet
  CHECK_FALSE(log.touched(MailboxId(2), ModSeq(1), ModSeq(9)));
}

TEST_CASE("Changes are the same from the log as from the tables, whoever writes") {
  const unsigned seed = GENERATE(range(1U, 7U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TempFolder folder;
  TestStore here(folder.path());
  TestStore other(folder.path());   // as another process: what it writes is not in the log of here
  TestStore tables(folder.path());  // writes nothing, so that its log stays empty
  const AccountId anna = here.account("anna@example.org");
  const MailboxId id = here.mailbox(anna).id;
  for (int i = 0; i < 12; ++i) here.deliver(anna, text_of("first"));
  const ModSeq begin = here.mailbox(anna).highest_modseq;
  for (int step = 0; step < 30; ++step) {
    TestStore& writer = random() % 8 == 0 ? other : here;
    const auto first = static_cast<std::uint32_t>(1 + random() % 14);
    const auto last = first + static_cast<std::uint32_t>(random() % 4);
    const FlagChange how = random() % 2 == 0 ? FlagChange::Add : FlagChange::Remove;
    const Flag flag = random() % 3 == 0 ? Flag::Deleted : Flag::Seen;
    if (random() % 5 == 0)
      writer.deliver(anna, text_of("later"));
    else if (random() % 9 == 0)
      REQUIRE(writer.expunge(id, uids_of(first, last)));
    else
      REQUIRE(writer.store_flags(StoreFlags(id, uids_of(first, last), how, flags_of({flag}))));
    const ModSeq end = here.mailbox(anna).highest_modseq;
    for (ModSeq since = begin; since < end; since = ModSeq(since.value() + 1)) {
      const auto changes = [&](TestStore& store) {
        const auto found = store.read([&](Reader& r) { return r.changes_since(id, since); });
        std::vector<std::pair<Uid, Uid>> ranges;
        for (const UidRange& range : found->changed) ranges.emplace_back(range.first, range.last);
        return ranges;
      };
      if (changes(here) != changes(tables)) FAIL("since " << since.value() << " step " << step);
    }
  }
}
