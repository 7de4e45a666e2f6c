// Mailboxes, their names and subscriptions; accounts.
#include <atomic>
#include <catch2/catch.hpp>

#include "storage/mailbox_name.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;
using Names = std::vector<std::string>;

TEST_CASE("A new account has INBOX and the special-use mailboxes, subscribed") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org", 5000);
  CHECK(store.names(anna) == Names{"Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"});
  CHECK(store.mailbox(anna, "Sent").special_use == SpecialUse::Sent);
  CHECK(store.mailbox(anna, "iNbOx").name == "INBOX");
  CHECK(store.mailbox(anna).subscribed);
  const auto found = store.read([](Reader& r) { return r.find_account("anna@example.org"); });
  REQUIRE(found);
  CHECK(found->id == anna);
  CHECK(found->quota_octets == 5000);
  CHECK(found->credential.iterations == 4096);
  CHECK(found->credential.stored_key == std::string(32, 's'));
  CHECK(store.read([](Reader& r) { return r.find_account("x@example.org"); }).error().kind() ==
        ErrorKind::NotFound);
}

TEST_CASE("An address belongs to one account") {
  TempFolder folder;
  TestStore store(folder.path());
  store.account("anna@example.org");
  const auto create = [&](const std::string& address) {
    return wait_for<Account>(
        [&](Completion<Account> done) { store->create_account(address, {}, 0, std::move(done)); });
  };
  CHECK(create("anna@example.org").error().kind() == ErrorKind::Exists);
  CHECK(create("").error().kind() == ErrorKind::Invalid);
  CHECK(create("a b@example.org").error().kind() == ErrorKind::Invalid);
  CHECK(create(std::string(400, 'a')).error().kind() == ErrorKind::Invalid);
}

TEST_CASE("A credential is replaced") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Credential credential{"other salt", 10'000, std::string(32, 'x'), std::string(32, 'y')};
  const auto set = [&](AccountId id) {
    return wait_for<void>(
        [&](Completion<void> done) { store->set_credential(id, credential, std::move(done)); });
  };
  CHECK(set(anna));
  CHECK(store.account(anna).credential == credential);
  CHECK(set(AccountId(77)).error().kind() == ErrorKind::NotFound);
}

TEST_CASE("A removed account takes its mail along and leaves what it shares") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId ben = store.account("ben@example.org");
  REQUIRE(store.deliver(
      Delivery(prepare(text_of("both", 600'000)), {Recipient{anna}, Recipient{ben}}, kReceived)));
  store.deliver(anna, text_of("one"));
  REQUIRE(store.copy(store.mailbox(anna).id, uids_of(1, 2), store.mailbox(anna, "Junk").id));
  REQUIRE(store.remove_account(anna));
  store.check();
  CHECK(store.read([&](Reader& r) { return r.account(anna); }).error().kind() ==
        ErrorKind::NotFound);
  CHECK(store.octets(store.placements(store.mailbox(ben).id)[0].blob) == text_of("both", 600'000));
  CHECK(store.remove_account(anna).error().kind() == ErrorKind::NotFound);
  CHECK(store.account("anna@example.org") > ben);
  CHECK(store.read([](Reader& r) { return r.list_accounts(); })->size() == 2);
}

TEST_CASE("CREATE makes the names above as well") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const auto made = store.create(anna, "inbox/lists/c++");
  REQUIRE(made);
  CHECK(made->name == "INBOX/lists/c++");
  CHECK(store.mailbox(anna, "INBOX/lists").messages == 0);
  CHECK(store.create(anna, "INBOX").error().kind() == ErrorKind::Exists);
  CHECK(store.create(anna, "inbox/lists").error().kind() == ErrorKind::Exists);
  CHECK(store.create(AccountId(9), "x").error().kind() == ErrorKind::NotFound);
  CHECK(store.create(anna, "Bin", SpecialUse::Trash)->special_use == SpecialUse::Trash);
}

TEST_CASE("A mailbox made again has another id and uid validity") {
  TempFolder folder;
  Mailbox first, second;
  AccountId anna;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
    first = store.create(anna, "x").value();
    REQUIRE(store.remove(anna, "x"));
  }
  TestStore store(folder.path());
  second = store.create(anna, "x").value();
  CHECK(second.id > first.id);
  CHECK(second.uid_validity > first.uid_validity);
}

TEST_CASE("RENAME moves all that is below") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Mailbox before = store.create(anna, "a/b/c").value();
  REQUIRE(store.create(anna, "ab"));
  REQUIRE(store.rename(anna, "a", "x/y"));
  const Mailbox after = store.mailbox(anna, "x/y/b/c");
  CHECK(after.id == before.id);
  CHECK(after.uid_validity == before.uid_validity);
  CHECK(store.names(anna) == Names{"Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash", "ab", "x",
                                   "x/y", "x/y/b", "x/y/b/c"});
  CHECK(store.rename(anna, "none", "z").error().kind() == ErrorKind::NotFound);
  CHECK(store.rename(anna, "x", "ab").error().kind() == ErrorKind::Exists);
  CHECK(store.rename(anna, "x", "x/q").error().kind() == ErrorKind::Invalid);
  CHECK(store.rename(anna, "x", "in//valid").error().kind() == ErrorKind::Invalid);
}

TEST_CASE("A RENAME that would meet an existing name below undoes itself") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  REQUIRE(store.create(anna, "a/b"));
  REQUIRE(store.create(anna, "x/b"));
  REQUIRE(store.remove(anna, "x"));
  CHECK(store.rename(anna, "a", "x").error().kind() == ErrorKind::Exists);
  CHECK(store.mailbox(anna, "a/b").name == "a/b");
  const std::string deep = [] {
    std::string name = "d";
    for (int i = 1; i < 50; ++i) name += "/d";
    return name;
  }();
  CHECK(store.rename(anna, "a", deep).error().kind() == ErrorKind::Invalid);
}

TEST_CASE("RENAME of INBOX moves its messages and leaves it empty") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Delivered delivered = store.deliver(anna, text_of("x"));
  REQUIRE(store.create(anna, "INBOX/below"));
  REQUIRE(store.rename(anna, "inbox", "old/mail"));
  CHECK(store.mailbox(anna).messages == 0);
  CHECK(store.mailbox(anna).id == delivered.mailbox);
  CHECK(store.mailbox(anna).uid_next == Uid(2));
  const Mailbox moved = store.mailbox(anna, "old/mail");
  CHECK(moved.messages == 1);
  CHECK(store.placements(moved.id)[0].number == delivered.number);
  CHECK(store.mailbox(anna, "INBOX/below").name == "INBOX/below");
}

TEST_CASE("DELETE leaves the mailboxes below and the subscription; INBOX stays") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  REQUIRE(store.create(anna, "a/b"));
  REQUIRE(store.subscribe(anna, "a", true));
  REQUIRE(store.append(anna, store.mailbox(anna, "a").id, text_of("x"), flags_of({}, {"k"})));
  REQUIRE(store.remove(anna, "a"));
  CHECK(store.mailbox(anna, "a/b").messages == 0);
  CHECK(store.account(anna).used_octets == 0);
  const auto subscribed = store.read([&](Reader& r) { return r.list_subscriptions(anna); });
  CHECK(std::ranges::count(*subscribed, "a") == 1);
  CHECK(store.remove(anna, "a").error().kind() == ErrorKind::NotFound);
  CHECK(store.remove(anna, "Inbox").error().kind() == ErrorKind::Denied);
  // A name that is gone but has names below is renamed with them.
  REQUIRE(store.rename(anna, "a", "z"));
  CHECK(store.mailbox(anna, "z/b").name == "z/b");
}

TEST_CASE("Subscriptions are set and taken away") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  REQUIRE(store.subscribe(anna, "Sent", false));
  CHECK_FALSE(store.mailbox(anna, "Sent").subscribed);
  REQUIRE(store.subscribe(anna, "Sent", true));
  REQUIRE(store.subscribe(anna, "Sent", true));
  CHECK(store.mailbox(anna, "Sent").subscribed);
  CHECK(store.subscribe(anna, "bad\x01", true).error().kind() == ErrorKind::Invalid);
  CHECK(store.subscribe(AccountId(9), "x", true).error().kind() == ErrorKind::NotFound);
}

TEST_CASE("A subscription that changes is a change of the account") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  std::atomic<int> notices = 0;
  const auto watch = store->watch(anna, [&](const ChangeNotice&) { ++notices; });
  REQUIRE(store.subscribe(anna, "new", true));
  CHECK(notices == 1);
  REQUIRE(store.subscribe(anna, "new", true));
  CHECK(notices == 1);
  REQUIRE(store.subscribe(anna, "new", false));
  CHECK(notices == 2);
  REQUIRE(store.subscribe(anna, "new", false));
  CHECK(notices == 2);
}

TEST_CASE("\\Recent is claimed once") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const MailboxId inbox = store.mailbox(anna).id;
  store.deliver(anna, text_of("1"));
  store.deliver(anna, text_of("2"));
  const auto claim = [&] {
    return wait_for<Uid>([&](Completion<Uid> done) { store->claim_recent(inbox, std::move(done)); })
        .value();
  };
  CHECK(claim() == Uid(1));
  CHECK(claim() == Uid(3));
  store.deliver(anna, text_of("3"));
  CHECK(store.mailbox(anna).first_recent == Uid(3));
  CHECK(claim() == Uid(3));
}

TEST_CASE("Mailbox names that may be created") {
  CHECK(valid_mailbox_name("Entwürfe/2026").value() == "Entwürfe/2026");
  CHECK(valid_mailbox_name("InBox/x").value() == "INBOX/x");
  CHECK(valid_mailbox_name("inboxes").value() == "inboxes");
  CHECK(valid_mailbox_name(std::string(1000, 'a')));
  CHECK(valid_mailbox_name("日本語/\U0001F4EE"));
}

TEST_CASE("Mailbox names that may not") {
  const std::string deep = [] {
    std::string name = "d";
    for (int i = 0; i < 50; ++i) name += "/d";
    return name;
  }();
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string("a/.."), std::string("a\x7f"), std::string("a\tb"), std::string("a\0b", 3),
        std::string("\xc0\xaf"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
        std::string("\xe2\x80\xa8"), std::string("\xc2\x85"), std::string("\xe4\xb8"),
        std::string("a*"), std::string("%"), std::string(1001, 'a'), deep}) {
    CAPTURE(name);
    const auto checked = valid_mailbox_name(name);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind() == ErrorKind::Invalid);
  }
}
