// Flags, keywords, conditional changes and EXPUNGE.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "storage/uid_set.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

struct Inbox {
  TempFolder folder;
  TestStore store{folder.path()};
  AccountId anna = store.account("anna@example.org");
  MailboxId id = store.mailbox(anna).id;
  explicit Inbox(int messages) {
    for (int i = 0; i < messages; ++i) store.deliver(anna, text_of(std::to_string(i)));
  }
  Result<StoreFlagsResult> change(std::uint32_t first, std::uint32_t last, FlagChange how,
                                  Flags flags) {
    return store.store_flags(StoreFlags(id, uids_of(first, last), how, std::move(flags)));
  }
  Flags flags(std::uint32_t uid) {
    return store.read([&](Reader& r) { return r.placements(id, uids_of(uid, uid)); })->at(0).flags;
  }
};

}  // namespace

TEST_CASE("Flags are added, removed and replaced, and counted") {
  Inbox inbox(3);
  REQUIRE(inbox.change(1, 2, FlagChange::Add, flags_of({Flag::Seen, Flag::Flagged}, {"work"})));
  CHECK(inbox.flags(1) == flags_of({Flag::Seen, Flag::Flagged}, {"work"}));
  CHECK(inbox.flags(3) == Flags());
  CHECK(inbox.store.mailbox(inbox.anna).unseen == 1);
  REQUIRE(inbox.change(1, 1, FlagChange::Remove, flags_of({Flag::Seen}, {"WORK", "other"})));
  CHECK(inbox.flags(1) == flags_of({Flag::Flagged}));
  CHECK(inbox.store.mailbox(inbox.anna).unseen == 2);
  REQUIRE(inbox.change(1, 0xffffffff, FlagChange::Replace, flags_of({Flag::Deleted}, {"new"})));
  CHECK(inbox.flags(2) == flags_of({Flag::Deleted}, {"new"}));
  CHECK(inbox.store.mailbox(inbox.anna).unseen == 3);
  CHECK(inbox.store.mailbox(inbox.anna).deleted == 3);
}

TEST_CASE("The first unseen message is found, wherever it stands") {
  Inbox inbox(5);
  const auto first = [&] {
    const std::uint32_t unseen = inbox.store.mailbox(inbox.anna).unseen;
    return inbox.store.read([&](Reader& r) { return r.first_unseen(inbox.id, unseen); }).value();
  };
  CHECK(first() == Uid(1));
  REQUIRE(inbox.change(1, 3, FlagChange::Add, flags_of({Flag::Seen})));
  CHECK(first() == Uid(4));
  REQUIRE(inbox.change(2, 2, FlagChange::Remove, flags_of({Flag::Seen})));
  CHECK(first() == Uid(2));
  REQUIRE(inbox.change(1, 5, FlagChange::Add, flags_of({Flag::Seen})));
  CHECK(first() == Uid());
}

TEST_CASE("A change that changes nothing gives no new modseq") {
  Inbox inbox(2);
  const auto first = inbox.change(1, 2, FlagChange::Add, flags_of({Flag::Seen}));
  const auto second = inbox.change(1, 2, FlagChange::Add, flags_of({Flag::Seen}));
  REQUIRE(second);
  CHECK(second->modseq == first->modseq);
  CHECK(inbox.store.account(inbox.anna).modseq == first->modseq);
}

TEST_CASE("UNCHANGEDSINCE leaves what was changed later and names it") {
  Inbox inbox(3);
  const auto first = inbox.change(2, 2, FlagChange::Add, flags_of({Flag::Flagged}));
  StoreFlags change(inbox.id, uids_of(1, 3), FlagChange::Add, flags_of({Flag::Seen}));
  change.unchanged_since = ModSeq(first->modseq.value() - 1);
  const auto result = inbox.store.store_flags(change);
  REQUIRE(result);
  CHECK(result->failed_unchanged_since == std::vector<Uid>{Uid(2)});
  CHECK(inbox.flags(1).has(Flag::Seen));
  CHECK_FALSE(inbox.flags(2).has(Flag::Seen));
  CHECK(result->modseq > first->modseq);
}

TEST_CASE("Keywords keep their first spelling in the account and compare without case") {
  Inbox inbox(2);
  const Mailbox archive = inbox.store.mailbox(inbox.anna, "Archive");
  REQUIRE(inbox.change(1, 1, FlagChange::Add, flags_of({}, {"ToDo"})));
  REQUIRE(inbox.change(2, 2, FlagChange::Add, flags_of({}, {"TODO"})));
  CHECK(inbox.flags(2).keywords == std::vector<std::string>{"ToDo"});
  REQUIRE(inbox.store.append(inbox.anna, archive.id, text_of("x"), flags_of({}, {"todo"})));
  CHECK(inbox.store.placements(archive.id)[0].flags.keywords == std::vector<std::string>{"ToDo"});
  const auto names = inbox.store.read([&](Reader& r) { return r.keywords(inbox.id); });
  CHECK(names == std::vector<std::string>{"ToDo"});
}

TEST_CASE("A mailbox holds 64 keywords; unused ones make room") {
  Inbox inbox(2);
  std::vector<std::string> keywords;
  for (int i = 0; i < 64; ++i) keywords.push_back(fmt::format("k{}", i));
  REQUIRE(inbox.change(1, 1, FlagChange::Add, flags_of({}, keywords)));
  CHECK(inbox.flags(1).keywords.size() == 64);
  const auto refused = inbox.change(2, 2, FlagChange::Add, flags_of({}, {"one-more"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::Invalid);
  CHECK_THAT(refused.error().message(), Catch::Contains("too many keywords"));
  REQUIRE(inbox.change(1, 1, FlagChange::Remove, flags_of({}, {"k63", "k7"})));
  REQUIRE(inbox.change(2, 2, FlagChange::Add, flags_of({}, {"one-more"})));
  CHECK(inbox.flags(2).keywords == std::vector<std::string>{"one-more"});
  CHECK(inbox.flags(1).keywords.size() == 62);
}

TEST_CASE("What is not an atom is no keyword") {
  Inbox inbox(1);
  for (const std::string keyword : {"", "two words", "par(", "ü", "a\\b", "x\r\ny", "q\""}) {
    const auto refused = inbox.change(1, 1, FlagChange::Add, flags_of({}, {keyword}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind() == ErrorKind::Invalid);
  }
}

TEST_CASE("EXPUNGE removes what is \\Deleted among the uids named") {
  Inbox inbox(5);
  REQUIRE(inbox.change(2, 4, FlagChange::Add, flags_of({Flag::Deleted})));
  const auto first = inbox.store.expunge(inbox.id, {{Uid(1), Uid(2)}, {Uid(4), Uid(5)}});
  REQUIRE(first);
  CHECK(first->expunged == std::vector<Uid>{Uid(2), Uid(4)});
  CHECK(inbox.store.mailbox(inbox.anna).messages == 3);
  CHECK(inbox.store.mailbox(inbox.anna).deleted == 1);
  const auto second = inbox.store.expunge(inbox.id, uids_of(1, 0xffffffff));
  CHECK(second->expunged == std::vector<Uid>{Uid(3)});
  const auto nothing = inbox.store.expunge(inbox.id, uids_of(1, 0xffffffff));
  CHECK(nothing->expunged.empty());
  CHECK(nothing->modseq == second->modseq);
  const auto uids = inbox.store.read([&](Reader& r) { return r.uids(inbox.id); });
  CHECK(uids == std::vector<Uid>{Uid(1), Uid(5)});
}

TEST_CASE("Changes since a modseq are the new, the changed and the expunged") {
  Inbox inbox(3);
  const auto since = [&](ModSeq modseq) {
    return inbox.store.read([&](Reader& r) { return r.changes_since(inbox.id, modseq); }).value();
  };
  const auto uids = [](const Changes& changes) {
    std::vector<std::uint32_t> list;
    for (const UidRange& range : changes.changed)
      for (auto uid = range.first.value(); uid <= range.last.value(); ++uid) list.push_back(uid);
    return list;
  };
  const ModSeq start = inbox.store.mailbox(inbox.anna).highest_modseq;
  CHECK(uids(since(ModSeq(0))) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(uids(since(start)).empty());
  inbox.store.deliver(inbox.anna, text_of("new"));
  CHECK(uids(since(start)) == std::vector<std::uint32_t>{4});
  CHECK(uids(since(ModSeq(start.value() - 1))) == std::vector<std::uint32_t>{3, 4});
  const auto seen = inbox.change(2, 2, FlagChange::Add, flags_of({Flag::Seen}, {"k"}));
  CHECK(uids(since(start)) == std::vector<std::uint32_t>{2, 4});
  const auto known =
      inbox.store.read([&](Reader& r) { return r.changes_since(inbox.id, start, {seen->modseq}); });
  CHECK(uids(*known) == std::vector<std::uint32_t>{4});
  REQUIRE(inbox.change(1, 2, FlagChange::Add, flags_of({Flag::Deleted})));
  REQUIRE(inbox.store.expunge(inbox.id, uids_of(1, 9)));
  const Changes last = since(start);
  CHECK(uids(last) == std::vector<std::uint32_t>{4});
  REQUIRE(last.expunged.size() == 1);
  CHECK(last.expunged[0].first == Uid(1));
  CHECK(last.expunged[0].last == Uid(2));
  CHECK(last.uid_next == Uid(5));
  CHECK(last.highest_modseq == inbox.store.account(inbox.anna).modseq);
  CHECK(since(last.highest_modseq).expunged.empty());
  inbox.store.deliver(inbox.anna, text_of("after"));
  CHECK(uids(since(last.highest_modseq)) == std::vector<std::uint32_t>{5});
  CHECK(count(since(seen->modseq).expunged) == 2);
}

TEST_CASE("Reads and writes of a mailbox that is gone say so") {
  Inbox inbox(0);
  const MailboxId none(4711);
  const auto read = [&](auto task) { return inbox.store.read(task).error().kind(); };
  CHECK(read([&](Reader& r) { return r.placements(none, {}); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.uids(none); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.changes_since(none, ModSeq(0)); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.keywords(none); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.mailbox(none); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.index(BlobId(5)); }) == ErrorKind::NotFound);
  CHECK(read([&](Reader& r) { return r.locate(AccountId(9), MessageNumber(1)); }) ==
        ErrorKind::NotFound);
  CHECK(inbox.store.expunge(none, {}).error().kind() == ErrorKind::NotFound);
  CHECK(inbox.store.copy(inbox.id, {}, none).error().kind() == ErrorKind::NotFound);
  CHECK(inbox.store.store_flags(StoreFlags(none, {}, FlagChange::Add, {})).error().kind() ==
        ErrorKind::NotFound);
}
