// Rights, mailboxes of others, copies between accounts, annotations and quotas.
#include <catch2/catch.hpp>

#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

struct TwoAccounts {
  TempFolder folder;
  TestStore store{folder.path()};
  AccountId anna = store.account("anna@example.org");
  AccountId bob = store.account("bob@example.org");
  MailboxId inbox = store.mailbox(anna).id;
  MailboxId his = store.mailbox(bob).id;

  Rights rights(AccountId actor, MailboxId mailbox) {
    const auto found = store.read([&](Reader& r) { return r.rights(actor, mailbox); });
    REQUIRE(found);
    return *found;
  }
  Result<void> change(AccountId grantee, bool negative, RightsChange how, Rights rights) {
    return store.set_acl(SetAcl{anna, inbox, Grantee{grantee, negative}, how, rights});
  }
};

AnnotationQuery query(AccountId actor, MailboxId mailbox, std::vector<std::string> entries) {
  AnnotationQuery made;
  made.actor = actor;
  made.mailbox = mailbox;
  made.entries = std::move(entries);
  return made;
}

}  // namespace

TEST_CASE("Rights are what one and anyone are given without what is taken from them") {
  TwoAccounts two;
  CHECK(two.rights(two.anna, two.inbox) == Rights::all());
  CHECK(two.rights(two.bob, two.inbox).empty());
  REQUIRE(two.change(two.bob, false, RightsChange::Replace, Right::Lookup | Right::Read));
  REQUIRE(two.change({}, false, RightsChange::Replace, Right::Lookup | Right::Insert));
  CHECK(two.rights(two.bob, two.inbox) == (Right::Lookup | Right::Read | Right::Insert));
  REQUIRE(two.change(two.bob, true, RightsChange::Add, Right::Insert));
  CHECK(two.rights(two.bob, two.inbox) == (Right::Lookup | Right::Read));
  REQUIRE(two.change({}, true, RightsChange::Add, Right::Read));
  CHECK(two.rights(two.bob, two.inbox) == Rights(Right::Lookup));
  CHECK(two.rights(two.anna, two.inbox) == Rights::all());
  REQUIRE(two.change(two.bob, true, RightsChange::Remove, Right::Insert));
  REQUIRE(two.change({}, true, RightsChange::Replace, Rights()));
  CHECK(two.rights(two.bob, two.inbox) == (Right::Lookup | Right::Read | Right::Insert));
  const auto list = two.store.read([&](Reader& r) { return r.acl(two.inbox); });
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK(list->front().address.empty());
  CHECK(list->back().address == "bob@example.org");
}

TEST_CASE("Only who may administer changes the list, and never the owner's rights") {
  TwoAccounts two;
  const auto as_bob = [&](Grantee whom) {
    return two.store.set_acl(SetAcl{two.bob, two.inbox, whom, RightsChange::Add, Right::Lookup});
  };
  CHECK(as_bob(Grantee{two.bob}).error().kind() == ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, Right::Administer);
  CHECK(as_bob(Grantee{two.bob}));
  CHECK(as_bob(Grantee{two.anna}).error().kind() == ErrorKind::Denied);
  CHECK(as_bob(Grantee{two.anna, true}).error().kind() == ErrorKind::Denied);
  CHECK(as_bob(Grantee{AccountId(77)}).error().kind() == ErrorKind::NotFound);
  CHECK(two.rights(two.bob, two.inbox) == (Right::Administer | Right::Lookup));
}

TEST_CASE("The mailboxes of others are listed where one has a right") {
  TwoAccounts two;
  const auto shared = [&](AccountId actor) {
    return *two.store.read([&](Reader& r) { return r.list_shared(actor); });
  };
  CHECK(shared(two.bob).empty());
  two.store.share(two.inbox, AccountId(), Right::Lookup);
  REQUIRE(shared(two.bob).size() == 1);
  CHECK(shared(two.bob)[0].owner == "anna@example.org");
  CHECK(shared(two.bob)[0].rights == Rights(Right::Lookup));
  CHECK(shared(two.anna).empty());
  REQUIRE(two.change(two.bob, true, RightsChange::Replace, Right::Lookup));
  CHECK(shared(two.bob).empty());
}

TEST_CASE("A new mailbox inherits the list of the one above it; a rename keeps it") {
  TwoAccounts two;
  const auto top = two.store.create(two.anna, "top");
  REQUIRE(top);
  two.store.share(top->id, two.bob, Right::Lookup | Right::Read);
  const auto deep = two.store.create(two.anna, "top/a/b");
  REQUIRE(deep);
  CHECK(two.rights(two.bob, deep->id) == (Right::Lookup | Right::Read));
  REQUIRE(two.store.rename(two.anna, "top/a/b", "alone"));
  CHECK(two.rights(two.bob, deep->id) == (Right::Lookup | Right::Read));
  const auto other = two.store.create(two.anna, "other");
  REQUIRE(other);
  CHECK(two.rights(two.bob, other->id).empty());
  REQUIRE(two.store.remove(two.anna, "alone"));
}

TEST_CASE("Whoever is removed is on no list any more and owns no annotation") {
  TwoAccounts two;
  two.store.share(two.inbox, two.bob, Right::Lookup);
  REQUIRE(two.store.set_annotations(
      SetAnnotations{two.bob, two.inbox, {{"/private/comment", "mine"}}}));
  REQUIRE(two.store.remove_account(two.bob));
  CHECK(two.store.read([&](Reader& r) { return r.acl(two.inbox); })->empty());
}

TEST_CASE("A copy in another account is a new message of the same octets") {
  TwoAccounts two;
  two.store.deliver(two.bob, text_of("first"));
  two.store.deliver(two.anna, text_of("shared", 300'000));
  REQUIRE(two.store.store_flags(
      StoreFlags(two.inbox, uids_of(1, 1), FlagChange::Add, flags_of({Flag::Seen}, {"kept"}))));
  const auto copied = two.store.copy(two.inbox, uids_of(1, 1), two.his);
  REQUIRE(copied);
  REQUIRE(copied->copied.size() == 1);
  CHECK(copied->copied[0].number == MessageNumber(2));
  CHECK(copied->copied[0].to == Uid(2));
  const auto mine = two.store.placements(two.inbox);
  const auto theirs = two.store.placements(two.his);
  REQUIRE(theirs.size() == 2);
  CHECK(theirs[1].blob == mine[0].blob);
  CHECK(theirs[1].flags == mine[0].flags);
  CHECK(theirs[1].internal_date == mine[0].internal_date);
  CHECK(two.store.account(two.bob).used_octets == theirs[0].size_octets + mine[0].size_octets);
  CHECK(two.store.account(two.bob).messages == 2);
  two.store.check();
  const auto moved = two.store.move(two.inbox, uids_of(1, 1), two.his);
  REQUIRE(moved);
  CHECK(moved->copied[0].number == MessageNumber(3));
  CHECK(two.store.placements(two.inbox).empty());
  CHECK(two.store.account(two.anna).used_octets == 0);
  CHECK(two.store.octets(two.store.placements(two.his)[2].blob) == text_of("shared", 300'000));
}

TEST_CASE("A copy that does not fit into the other account copies nothing") {
  TwoAccounts two;
  for (int i = 0; i < 3; ++i) two.store.deliver(two.anna, text_of("x", 100));
  REQUIRE(two.store.set_quota(two.bob, 0, 2));
  CHECK(two.store.copy(two.inbox, uids_of(1, 3), two.his).error().kind() == ErrorKind::OverQuota);
  CHECK(two.store.move(two.inbox, uids_of(1, 3), two.his).error().kind() == ErrorKind::OverQuota);
  CHECK(two.store.placements(two.inbox).size() == 3);
  REQUIRE(two.store.copy(two.inbox, uids_of(1, 2), two.his));
  REQUIRE(two.store.set_quota(two.bob, 100, 0));
  CHECK(two.store.copy(two.inbox, uids_of(3, 3), two.his).error().kind() == ErrorKind::OverQuota);
}

TEST_CASE("Each write asks for the rights of who does it") {
  TwoAccounts two;
  two.store.deliver(two.anna, text_of("one"));
  const Rights all = Rights::all();
  const auto append = [&] {
    Append job(two.anna, two.inbox, prepare(text_of("new")),
               flags_of({Flag::Seen, Flag::Deleted, Flag::Draft}, {"word"}), kReceived);
    job.actor = two.bob;
    return wait_for<Delivered>(
        [&](Completion<Delivered> done) { two.store->append(std::move(job), std::move(done)); });
  };
  const auto last = [&] { return two.store.placements(two.inbox).back().flags; };
  two.store.share(two.inbox, two.bob, all.without(Right::Insert));
  CHECK(append().error().kind() == ErrorKind::Denied);
  CHECK(two.store.copy(two.his, uids_of(1, 1), two.inbox, two.bob).error().kind() ==
        ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, Right::Insert);
  REQUIRE(append());
  CHECK(last() == Flags());
  two.store.share(two.inbox, two.bob, Right::Insert | Right::KeepSeen);
  REQUIRE(append());
  CHECK(last() == flags_of({Flag::Seen}));
  two.store.share(two.inbox, two.bob, Right::Insert | Right::DeleteMessages);
  REQUIRE(append());
  CHECK(last() == flags_of({Flag::Deleted}));
  two.store.share(two.inbox, two.bob, Right::Insert | Right::Write);
  REQUIRE(append());
  CHECK(last() == flags_of({Flag::Draft}, {"word"}));
  two.store.share(two.inbox, two.bob, all.without(Right::Read));
  CHECK(two.store.copy(two.inbox, uids_of(1, 1), two.his, two.bob).error().kind() ==
        ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, all.without(Right::Expunge));
  CHECK(two.store.expunge(two.inbox, uids_of(1, 9), two.bob).error().kind() == ErrorKind::Denied);
  CHECK(two.store.move(two.inbox, uids_of(1, 1), two.his, two.bob).error().kind() ==
        ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, all.without(Right::DeleteMessages));
  CHECK(two.store.move(two.inbox, uids_of(1, 1), two.his, two.bob).error().kind() ==
        ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, Right::Expunge);
  CHECK(two.store.expunge(two.inbox, uids_of(1, 9), two.bob)->expunged.size() == 1);
}

TEST_CASE("Flags are changed as far as one may") {
  TwoAccounts two;
  two.store.deliver(two.anna, text_of("one"));
  const auto store = [&](FlagChange how, Flags flags) {
    StoreFlags change(two.inbox, uids_of(1, 1), how, std::move(flags));
    change.actor = two.bob;
    return two.store.store_flags(std::move(change));
  };
  const auto flags = [&] { return two.store.placements(two.inbox)[0].flags; };
  const Flags everything = flags_of({Flag::Seen, Flag::Deleted, Flag::Flagged}, {"word"});
  CHECK(store(FlagChange::Add, everything).error().kind() == ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, Right::KeepSeen);
  REQUIRE(store(FlagChange::Add, everything));
  CHECK(flags() == flags_of({Flag::Seen}));
  CHECK(store(FlagChange::Add, flags_of({Flag::Deleted})).error().kind() == ErrorKind::Denied);
  CHECK(store(FlagChange::Add, flags_of({}, {"word"})).error().kind() == ErrorKind::Denied);
  two.store.share(two.inbox, two.bob, Right::DeleteMessages | Right::Write);
  REQUIRE(store(FlagChange::Replace, everything));
  CHECK(flags() == everything);
  REQUIRE(store(FlagChange::Replace, {}));
  CHECK(flags() == flags_of({Flag::Seen}));
  two.store.share(two.inbox, two.bob, Right::KeepSeen);
  REQUIRE(store(FlagChange::Remove, everything));
  CHECK(flags() == Flags());
}

TEST_CASE("Annotations are shared or one's own, follow a rename and go with the mailbox") {
  TwoAccounts two;
  const MailboxId box = two.store.create(two.anna, "box")->id;
  REQUIRE(two.store.set_annotations(
      SetAnnotations{two.anna, box, {{"/shared/comment", "all"}, {"/private/comment", "anna's"}}}));
  const auto changed = two.store.set_annotations(
      SetAnnotations{two.bob, box, {{"/private/comment", std::string("b\0b", 3)}}});
  REQUIRE(changed);
  REQUIRE(changed->size() == 1);
  CHECK(changed->front().first == two.bob);
  const auto values = [&](AnnotationQuery asked) {
    const auto found = two.store.read([&](Reader& r) { return r.annotations(asked); });
    REQUIRE(found);
    return *found;
  };
  const std::vector<std::string> both{"/private/comment", "/shared/comment"};
  auto seen = values(query(two.bob, box, both)).found;
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].value == std::string("b\0b", 3));
  CHECK(seen[1].value == "all");
  REQUIRE(two.store.rename(two.anna, "box", "renamed"));
  seen = values(query(two.anna, box, both)).found;
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].value == "anna's");
  REQUIRE(two.store.set_annotations(SetAnnotations{two.anna, box, {{both[0], std::nullopt}}}));
  CHECK(values(query(two.anna, box, both)).found.size() == 1);
  REQUIRE(two.store.remove(two.anna, "renamed"));
  two.store.check();
}

TEST_CASE("A query for annotations is bounded by depth and size") {
  TwoAccounts two;
  REQUIRE(two.store.set_annotations(SetAnnotations{two.anna,
                                                   two.inbox,
                                                   {{"/shared/a", "1"},
                                                    {"/shared/a/b", "22"},
                                                    {"/shared/a/b/c", "333"},
                                                    {"/shared/ab", "4444"}}}));
  const auto names = [&](std::optional<unsigned> depth, std::optional<std::uint64_t> size,
                         std::uint64_t left_out) {
    AnnotationQuery asked = query(two.anna, two.inbox, {"/shared/a"});
    asked.depth = depth;
    asked.max_octets = size;
    const auto found = two.store.read([&](Reader& r) { return r.annotations(asked); });
    REQUIRE(found);
    CHECK(found->longest_left_out == left_out);
    std::vector<std::string> result;
    for (const Annotation& each : found->found) result.push_back(*each.value);
    return result;
  };
  using Values = std::vector<std::string>;
  CHECK(names(0, {}, 0) == Values{"1"});
  CHECK(names(1, {}, 0) == Values{"1", "22"});
  CHECK(names(std::nullopt, {}, 0) == Values{"1", "22", "333"});
  CHECK(names(std::nullopt, 1, 3) == Values{"1"});
}

TEST_CASE("An account that sets too many annotations sets none") {
  TwoAccounts two;
  SetAnnotations many{two.anna, two.inbox, {}};
  for (std::size_t i = 0; i < kAnnotationEntries; ++i)
    many.entries.push_back({"/private/vendor/x/" + std::to_string(i), "v"});
  REQUIRE(two.store.set_annotations(many));
  many.entries = {{"/shared/comment", "s"}, {"/private/one-more", "v"}};
  CHECK(two.store.set_annotations(many).error().kind() == ErrorKind::OverQuota);
  CHECK(two.store
            .read([&](Reader& r) {
              return r.annotations(query(two.anna, two.inbox, {"/shared/comment"}));
            })
            ->found.empty());
  // Another's do not count.
  CHECK(two.store.set_annotations(SetAnnotations{two.bob, two.inbox, {{"/private/x", "v"}}}));
  const std::string large(kAnnotationOctets, 'x');
  Result<ChangedAccounts> result;
  unsigned kept = 0;
  for (;; ++kept) {
    const auto box = two.store.create(two.bob, "box" + std::to_string(kept));
    REQUIRE(box);
    result = two.store.set_annotations(SetAnnotations{two.bob, box->id, {{"/shared/x", large}}});
    if (!result) break;
  }
  CHECK(result.error().kind() == ErrorKind::OverQuota);
  CHECK(kept == kAnnotationsOfAccount / kAnnotationOctets);
}

TEST_CASE("A limit of messages refuses deliveries, APPEND and COPY, but not MOVE") {
  TwoAccounts two;
  REQUIRE(two.store.set_quota(two.anna, 0, 2));
  two.store.deliver(two.anna, text_of("1"));
  REQUIRE(two.store.append(two.anna, two.inbox, text_of("2")));
  CHECK(two.store.append(two.anna, two.inbox, text_of("3")).error().kind() == ErrorKind::OverQuota);
  const auto refused =
      two.store.deliver(Delivery(prepare(text_of("4")), {Recipient{two.anna, "INBOX"}}, kReceived));
  REQUIRE(refused);
  CHECK(refused->front().error().kind() == ErrorKind::OverQuota);
  const MailboxId archive = two.store.mailbox(two.anna, "Archive").id;
  CHECK(two.store.copy(two.inbox, uids_of(1, 1), archive).error().kind() == ErrorKind::OverQuota);
  CHECK(two.store.move(two.inbox, uids_of(1, 1), archive));
  CHECK(two.store.account(two.anna).messages == 2);
  CHECK(two.store.account(two.anna).quota_messages == 2);
  REQUIRE(two.store.store_flags(
      StoreFlags(two.inbox, uids_of(2, 2), FlagChange::Add, flags_of({Flag::Deleted}))));
  CHECK(*two.store.read([&](Reader& r) { return r.deleted_octets(two.inbox); }) ==
        two.store.mailbox(two.anna).size_octets);
  REQUIRE(two.store.expunge(two.inbox, uids_of(2, 2)));
  CHECK(two.store.account(two.anna).messages == 1);
}

TEST_CASE("Changes of rights and annotations are told to the watchers") {
  TwoAccounts two;
  std::vector<ChangeNotice> notices;
  const auto watch =
      two.store->watch(two.anna, [&](const ChangeNotice& notice) { notices.push_back(notice); });
  two.store.share(two.inbox, two.bob, Right::Lookup);
  const auto set = two.store.set_annotations(
      SetAnnotations{two.bob, two.inbox, {{"/shared/x", "1"}, {"/private/x", "2"}}});
  REQUIRE(set);
  REQUIRE(notices.size() == 2);
  CHECK(notices[0].access == std::vector<MailboxId>{two.inbox});
  REQUIRE(notices[1].annotations.size() == 1);
  CHECK(notices[1].annotations[0].mailbox == two.inbox);
  CHECK(notices[1].annotations[0].entries == std::vector<std::string>{"/shared/x"});
  CHECK((*set)[0] == std::pair(two.anna, notices[1].annotations[0].modseq));
}
