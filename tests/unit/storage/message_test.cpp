// Delivery, APPEND and reading back.
#include <catch2/catch.hpp>

#include "storage/prepared_message.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

TEST_CASE("Messages can be removed whatever their flags, and those that are gone are passed over") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const MailboxId inbox = store.mailbox(anna).id;
  for (int i = 0; i < 4; ++i) store.deliver(anna, text_of(std::to_string(i)));
  const auto first = store.remove_messages(inbox, uids_of(2, 3));
  REQUIRE(first);
  CHECK(first->expunged == std::vector<Uid>{Uid(2), Uid(3)});
  const auto again = store.remove_messages(inbox, uids_of(3, 4));
  REQUIRE(again);
  CHECK(again->expunged == std::vector<Uid>{Uid(4)});
  CHECK(store.mailbox(anna).messages == 1);
  CHECK_FALSE(store.remove_messages(MailboxId(999), uids_of(1, 1)));
}

TEST_CASE("A delivered message is read back octet by octet") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const std::size_t size = GENERATE(0, 1, 63, 4096, 262'143, 262'144, 262'145, 900'000);
  const bool noise = GENERATE(false, true);
  std::string octets = noise ? random_octets(size, 7) : text_of("hello", size);
  octets.resize(size);
  const Delivered delivered = store.deliver(anna, octets);
  CHECK(delivered.uid == Uid(1));
  CHECK(delivered.number == MessageNumber(1));
  const std::vector<Placement> placements = store.placements(delivered.mailbox);
  REQUIRE(placements.size() == 1);
  CHECK(placements[0].size_octets == size);
  CHECK(placements[0].internal_date == kReceived);
  CHECK(placements[0].flags == Flags());
  CHECK(store.octets(placements[0].blob) == octets);
  const auto index = store.read([&](Reader& r) { return r.index(placements[0].blob); });
  REQUIRE(index);
  CHECK(index->size == size);
}

TEST_CASE("A range read gives exactly the octets asked for") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const std::string octets = random_octets(700'000, 3);
  const Delivered delivered = store.deliver(anna, octets);
  const BlobId blob = store.placements(delivered.mailbox)[0].blob;
  const auto range = [&](std::uint64_t offset, std::uint64_t length) {
    return store.read([&](Reader& r) { return r.octets(blob, offset, length); }).value();
  };
  CHECK(range(0, 10) == octets.substr(0, 10));
  CHECK(range(262'140, 10) == octets.substr(262'140, 10));
  CHECK(range(262'144, 262'144) == octets.substr(262'144, 262'144));
  CHECK(range(100, 600'000) == octets.substr(100, 600'000));
  CHECK(range(699'990, 1000) == octets.substr(699'990));
  CHECK(range(octets.size(), 1).empty());
  CHECK(range(~0ULL, ~0ULL).empty());
  CHECK(range(5, 0).empty());
}

TEST_CASE("A body is stored once for all recipients and released with the last") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId ben = store.account("ben@example.org");
  const auto result = store.deliver(
      Delivery(prepare(text_of("both")), {Recipient{anna}, Recipient{ben}}, kReceived));
  REQUIRE(result);
  const MailboxId first = result->at(0)->mailbox, second = result->at(1)->mailbox;
  const BlobId blob = store.placements(first)[0].blob;
  CHECK(store.placements(second)[0].blob == blob);
  for (const MailboxId mailbox : {first, second}) {
    CHECK(store.read([&](Reader& r) { return r.octets(blob, 0, 1); }));
    REQUIRE(store.store_flags(
        StoreFlags(mailbox, uids_of(1, 1), FlagChange::Add, flags_of({Flag::Deleted}))));
    REQUIRE(store.expunge(mailbox, uids_of(1, 1)));
    store.check();
  }
  const auto gone = store.read([&](Reader& r) { return r.octets(blob, 0, 1); });
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind() == ErrorKind::NotFound);
  const Delivered next = store.deliver(anna, text_of("next"));
  CHECK(store.placements(next.mailbox)[0].blob > blob);
}

TEST_CASE("A recipient without room or without an account fails alone") {
  TempFolder folder;
  TestStore store(folder.path());
  const std::string octets = text_of("big", 2000);
  const AccountId anna = store.account("anna@example.org");
  const AccountId full = store.account("full@example.org", 1000);
  Delivery delivery(prepare(octets), {Recipient{full}, Recipient{anna}, Recipient{AccountId(99)}},
                    kReceived);
  SECTION("others keep it") {
    const auto result = store.deliver(delivery);
    REQUIRE(result);
    REQUIRE_FALSE(result->at(0));
    CHECK(result->at(0).error().kind() == ErrorKind::OverQuota);
    CHECK(result->at(1)->number == MessageNumber(1));
    REQUIRE_FALSE(result->at(2));
    CHECK(result->at(2).error().kind() == ErrorKind::NotFound);
    CHECK(store.account(anna).used_octets == octets.size());
  }
  SECTION("nobody keeps it where all or none is asked for") {
    delivery.all_or_none = true;
    const auto result = store.deliver(delivery);
    REQUIRE(result);
    CHECK_FALSE(result->at(0));
    CHECK_FALSE(result->at(2));
    CHECK(store.mailbox(anna).messages == 0);
    CHECK(store.account(anna).used_octets == 0);
    delivery.recipients = {Recipient{anna}};
    const auto again = store.deliver(delivery);
    REQUIRE(again);
    CHECK(again->at(0)->number == MessageNumber(1));
  }
  CHECK(store.mailbox(full).messages == 0);
  CHECK(store.account(full).used_octets == 0);
}

TEST_CASE("A quota counts a message once, however often it is copied, until it is gone") {
  TempFolder folder;
  TestStore store(folder.path());
  const std::string octets = text_of("x", 1000);
  const AccountId anna = store.account("anna@example.org", octets.size() + 10);
  const Delivered first = store.deliver(anna, octets);
  const MailboxId inbox = first.mailbox, archive = store.mailbox(anna, "Archive").id;
  REQUIRE(store.copy(inbox, uids_of(1, 1), archive));
  CHECK(store.account(anna).used_octets == octets.size());
  const auto refused = store.append(anna, inbox, octets);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::OverQuota);
  for (const MailboxId mailbox : {inbox, archive}) {
    REQUIRE(store.store_flags(
        StoreFlags(mailbox, uids_of(1, 9), FlagChange::Add, flags_of({Flag::Deleted}))));
    REQUIRE(store.expunge(mailbox, uids_of(1, 9)));
  }
  CHECK(store.account(anna).used_octets == 0);
  CHECK(store.append(anna, inbox, octets));
}

TEST_CASE("A delivery to a mailbox that does not exist goes to INBOX") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const auto result = store.deliver(Delivery(
      prepare(text_of("x")),
      {Recipient{anna, "lists"}, Recipient{anna, "inbox"}, Recipient{anna, "Junk"}}, kReceived));
  REQUIRE(result);
  CHECK(result->at(0)->mailbox == store.mailbox(anna).id);
  CHECK(result->at(1)->mailbox == store.mailbox(anna).id);
  CHECK(result->at(2)->mailbox == store.mailbox(anna, "Junk").id);
}

TEST_CASE("APPEND keeps flags, keywords and the internal date") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Mailbox drafts = store.mailbox(anna, "Drafts");
  const Flags flags = flags_of({Flag::Seen, Flag::Draft, Flag::Deleted}, {"$Forwarded", "work"});
  const auto appended = store.append(anna, drafts.id, text_of("draft"), flags);
  REQUIRE(appended);
  CHECK(appended->uid_validity == drafts.uid_validity);
  const Placement placement = store.placements(drafts.id).at(0);
  CHECK(placement.flags == flags);
  CHECK(placement.internal_date == kReceived);
  CHECK(placement.save_date > kReceived);
  const Mailbox after = store.mailbox(anna, "Drafts");
  CHECK(after.messages == 1);
  CHECK(after.unseen == 0);
  CHECK(after.deleted == 1);
  CHECK(after.size_octets == placement.size_octets);
  CHECK(after.uid_next == Uid(2));
}

TEST_CASE("Several messages are appended in order or not at all") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org", 3000);
  const MailboxId inbox = store.mailbox(anna).id;
  const auto message = [&](std::size_t size, Flags flags = {}) {
    return Append(anna, inbox, prepare(std::string(size, 'x')), std::move(flags), kReceived);
  };
  const auto kept = store.append_all({message(1000, flags_of({Flag::Seen})), message(500)});
  REQUIRE(kept);
  REQUIRE(kept->kept.size() == 2);
  CHECK(kept->kept[0].uid == Uid(1));
  CHECK(kept->kept[1].uid == Uid(2));
  CHECK(store.placements(inbox).at(0).flags.has(Flag::Seen));
  const ModSeq before = store.mailbox(anna).highest_modseq;
  const auto refused = store.append_all({message(1000), message(1000)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::OverQuota);
  CHECK(store.mailbox(anna).messages == 2);
  CHECK(store.mailbox(anna).highest_modseq == before);
  CHECK(store.account(anna).used_octets == 1500);
}

TEST_CASE("A message takes the place of another in one step") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org", 3000);
  const MailboxId inbox = store.mailbox(anna).id, drafts = store.mailbox(anna, "Drafts").id;
  REQUIRE(store.append(anna, drafts, std::string(2000, 'x')));
  const auto message = [&](MailboxId mailbox, std::size_t size) {
    return std::vector{Append(anna, mailbox, prepare(std::string(size, 'y')), {}, kReceived)};
  };
  // Fits only because the old one goes.
  const auto same = store.append_all(message(drafts, 2500), Replaced(drafts, Uid(1)));
  REQUIRE(same);
  CHECK_FALSE(same->replaced_missing);
  CHECK(same->kept.at(0).uid == Uid(2));
  CHECK(store.mailbox(anna, "Drafts").messages == 1);
  CHECK(store.account(anna).used_octets == 2500);
  const auto too_large = store.append_all(message(drafts, 3500), Replaced(drafts, Uid(2)));
  CHECK_FALSE(too_large);
  CHECK(store.placements(drafts).at(0).uid == Uid(2));
  const auto moved = store.append_all(message(inbox, 100), Replaced(drafts, Uid(2)));
  REQUIRE(moved);
  CHECK(store.mailbox(anna, "Drafts").messages == 0);
  CHECK(store.mailbox(anna).messages == 1);
  const auto missing = store.append_all(message(inbox, 100), Replaced(drafts, Uid(2)));
  REQUIRE(missing);
  CHECK(missing->replaced_missing);
  CHECK(missing->kept.empty());
  CHECK(store.mailbox(anna).messages == 1);
}

TEST_CASE("APPEND to a mailbox of another account or to none is refused") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId ben = store.account("ben@example.org");
  const auto other = store.append(anna, store.mailbox(ben).id, text_of("x"));
  REQUIRE_FALSE(other);
  CHECK(other.error().kind() == ErrorKind::NotFound);
  CHECK_FALSE(store.append(anna, MailboxId(999), text_of("x")));
}

TEST_CASE("A message number is known for ever and found wherever the message stands") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Delivered first = store.deliver(anna, text_of("1"));
  const MailboxId inbox = first.mailbox, archive = store.mailbox(anna, "Archive").id;
  const auto locate = [&](std::uint64_t number) {
    return store.read([&](Reader& r) { return r.locate(anna, MessageNumber(number)); });
  };
  REQUIRE(store.copy(inbox, uids_of(1, 1), archive));
  REQUIRE(store.copy(inbox, uids_of(1, 1), archive));
  CHECK(locate(1)->size() == 3);
  REQUIRE(store.store_flags(
      StoreFlags(inbox, uids_of(1, 1), FlagChange::Add, flags_of({Flag::Deleted}))));
  REQUIRE(store.expunge(inbox, uids_of(1, 1)));
  store.check();
  REQUIRE(locate(1)->size() == 2);
  CHECK(locate(1)->at(0).mailbox == archive);
  CHECK(locate(1)->at(1).uid == Uid(2));
  REQUIRE(store.remove(anna, "Archive"));
  REQUIRE(locate(1));
  CHECK(locate(1)->empty());
  CHECK(store.deliver(anna, text_of("2")).number == MessageNumber(2));
  CHECK(locate(2)->size() == 1);
  REQUIRE_FALSE(locate(3));
  CHECK(locate(3).error().kind() == ErrorKind::NotFound);
  CHECK_FALSE(locate(0));
}

TEST_CASE("A chunk is stored compressed only where that is shorter") {
  const std::string noise = random_octets(5000, 1);
  CHECK(pack_chunk(noise) == noise);
  const std::string text = text_of("x", 5000);
  CHECK(pack_chunk(text).size() < text.size() / 2);
  CHECK(unpack_chunk(pack_chunk(text), text.size()).value() == text);
  const auto cut = unpack_chunk(pack_chunk(text).substr(0, 20), text.size());
  REQUIRE_FALSE(cut);
  CHECK(cut.error().kind() == ErrorKind::Corrupt);
  CHECK_FALSE(unpack_chunk("longer than that", 3));
}
