// COPY and MOVE.
#include <catch2/catch.hpp>

#include "storage/uid_set.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

struct TwoMailboxes {
  TempFolder folder;
  TestStore store{folder.path()};
  AccountId anna = store.account("anna@example.org");
  MailboxId inbox = store.mailbox(anna).id;
  MailboxId archive = store.mailbox(anna, "Archive").id;
  TwoMailboxes() {
    for (int i = 0; i < 3; ++i) store.deliver(anna, text_of(std::to_string(i)));
  }
};

}  // namespace

TEST_CASE("A copy is another placement of the same message with the same flags") {
  TwoMailboxes two;
  REQUIRE(two.store.store_flags(StoreFlags(two.inbox, uids_of(2, 2), FlagChange::Replace,
                                           flags_of({Flag::Seen, Flag::Deleted}, {"a", "b"}))));
  // The bits of the keywords differ between the two mailboxes.
  REQUIRE(two.store.append(two.anna, two.archive, text_of("x"), flags_of({}, {"z", "b"})));
  const auto result = two.store.copy(two.inbox, uids_of(2, 0xffffffff), two.archive);
  REQUIRE(result);
  REQUIRE(result->copied.size() == 2);
  CHECK(result->uid_validity == two.store.mailbox(two.anna, "Archive").uid_validity);
  CHECK(result->copied[0].from == Uid(2));
  CHECK(result->copied[0].to == Uid(2));
  CHECK(result->copied[0].number == MessageNumber(2));
  const auto copies = two.store.placements(two.archive);
  REQUIRE(copies.size() == 3);
  const auto originals = two.store.placements(two.inbox);
  REQUIRE(originals.size() == 3);
  CHECK(copies[1].blob == originals[1].blob);
  CHECK(copies[1].internal_date == originals[1].internal_date);
  CHECK(copies[1].flags.system == originals[1].flags.system);
  std::vector<std::string> keywords = copies[1].flags.keywords;
  std::ranges::sort(keywords);
  CHECK(keywords == std::vector<std::string>{"a", "b"});
  CHECK(two.store.mailbox(two.anna, "Archive").deleted == 1);
}

TEST_CASE("A message may be copied into its own mailbox") {
  TwoMailboxes two;
  const auto result = two.store.copy(two.inbox, uids_of(1, 1), two.inbox);
  REQUIRE(result);
  CHECK(result->copied[0].to == Uid(4));
  two.store.check();
  REQUIRE(two.store.store_flags(
      StoreFlags(two.inbox, uids_of(1, 1), FlagChange::Add, flags_of({Flag::Deleted}))));
  REQUIRE(two.store.expunge(two.inbox, uids_of(1, 4)));
  const auto where =
      two.store.read([&](Reader& r) { return r.locate(two.anna, MessageNumber(1)); });
  REQUIRE(where->size() == 1);
  CHECK(where->at(0).uid == Uid(4));
}

TEST_CASE("A move keeps the number, the octets and the flags, and leaves expunged uids") {
  TwoMailboxes two;
  REQUIRE(two.store.store_flags(StoreFlags(two.inbox, uids_of(1, 3), FlagChange::Replace,
                                           flags_of({Flag::Flagged}, {"kept"}))));
  const ModSeq before = two.store.account(two.anna).modseq;
  const auto result = two.store.move(two.inbox, {{Uid(1), Uid(1)}, {Uid(3), Uid(3)}}, two.archive);
  REQUIRE(result);
  REQUIRE(result->copied.size() == 2);
  CHECK(result->copied[1].number == MessageNumber(3));
  CHECK(two.store.placements(two.inbox).size() == 1);
  const auto moved = two.store.placements(two.archive);
  REQUIRE(moved.size() == 2);
  CHECK(moved[1].number == MessageNumber(3));
  CHECK(moved[1].flags == flags_of({Flag::Flagged}, {"kept"}));
  const auto changes =
      two.store.read([&](Reader& r) { return r.changes_since(two.inbox, before); });
  CHECK(count(changes->expunged) == 2);
  CHECK(contains(changes->expunged, Uid(1)));
  CHECK(contains(changes->expunged, Uid(3)));
  const auto where =
      two.store.read([&](Reader& r) { return r.locate(two.anna, MessageNumber(3)); });
  CHECK(where->at(0).mailbox == two.archive);
}

TEST_CASE("Any of several placements may move") {
  TwoMailboxes two;
  REQUIRE(two.store.copy(two.inbox, uids_of(1, 1), two.archive));
  const MailboxId junk = two.store.mailbox(two.anna, "Junk").id;
  SECTION("the copy") {
    REQUIRE(two.store.move(two.archive, uids_of(1, 1), junk));
  }
  SECTION("the first") {
    REQUIRE(two.store.move(two.inbox, uids_of(1, 1), junk));
  }
  SECTION("within one mailbox") {
    const auto result = two.store.move(two.inbox, uids_of(1, 1), two.inbox);
    REQUIRE(result);
    CHECK(result->copied.at(0).to == Uid(4));
  }
  const auto where =
      two.store.read([&](Reader& r) { return r.locate(two.anna, MessageNumber(1)); });
  CHECK(where->size() == 2);
}

TEST_CASE("Nothing to copy changes nothing") {
  TwoMailboxes two;
  const ModSeq before = two.store.account(two.anna).modseq;
  CHECK(two.store.copy(two.inbox, uids_of(50, 60), two.archive)->copied.empty());
  CHECK(two.store.move(two.inbox, {}, two.archive)->copied.empty());
  CHECK(two.store.account(two.anna).modseq == before);
}

TEST_CASE("A copy whose keywords do not fit undoes itself") {
  TwoMailboxes two;
  std::vector<std::string> keywords;
  for (int i = 0; i < 64; ++i) keywords.push_back("k" + std::to_string(i));
  REQUIRE(two.store.append(two.anna, two.archive, text_of("x"), flags_of({}, keywords)));
  REQUIRE(two.store.store_flags(
      StoreFlags(two.inbox, uids_of(3, 3), FlagChange::Add, flags_of({}, {"other"}))));
  const auto refused = two.store.move(two.inbox, uids_of(1, 3), two.archive);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::Invalid);
  CHECK(two.store.mailbox(two.anna, "Archive").messages == 1);
  CHECK(two.store.placements(two.inbox).size() == 3);
}
