// A body that is being read stays until its readers are done.
#include <catch2/catch.hpp>

#include "mail/message/digest.h"
#include "storage/sqlite/connection.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

std::shared_ptr<const void> hold(TestStore& store, BlobId blob) {
  return store.read([&](Reader& reader) { return reader.hold(blob); });
}

bool readable(TestStore& store, BlobId blob) {
  return store.read([&](Reader& reader) { return reader.index(blob); }).has_value();
}

// Anna with one message in INBOX.
struct House {
  explicit House(const StoreOptions& options = {}) : store(folder.path(), options) {
    anna = store.account("anna@example.org");
    inbox = store.deliver(anna, octets).mailbox;
    blob = store.placements(inbox).at(0).blob;
  }
  TempFolder folder;
  TestStore store;
  std::string octets = random_octets(700'000, 1);
  AccountId anna;
  MailboxId inbox;
  BlobId blob;
};

}  // namespace

TEST_CASE("A held body outlives its last message and goes with its last hold") {
  House house;
  auto first = hold(house.store, house.blob);
  auto second = hold(house.store, house.blob);
  REQUIRE(house.store.remove_messages(house.inbox, uids_of(1, 1)));
  CHECK(house.store.placements(house.inbox).empty());
  CHECK(house.store.octets(house.blob) == house.octets);
  house.store.check();
  CHECK(house.store.account(house.anna).used_octets == 0);
  first.reset();
  CHECK(readable(house.store, house.blob));
  second.reset();
  // The removal is a job of the writer: one more job comes behind it.
  house.store.account("ben@example.org");
  CHECK_FALSE(readable(house.store, house.blob));
}

TEST_CASE("A hold on a body that stays changes nothing") {
  House house;
  REQUIRE(
      house.store.copy(house.inbox, uids_of(1, 1), house.store.mailbox(house.anna, "Archive").id));
  {
    const auto held = hold(house.store, house.blob);
    REQUIRE(house.store.remove_messages(house.inbox, uids_of(1, 1)));
  }
  house.store.account("ben@example.org");
  CHECK(readable(house.store, house.blob));
}

TEST_CASE("A body that is held again while it is being removed stays") {
  House house;
  auto held = hold(house.store, house.blob);
  REQUIRE(house.store.remove_messages(house.inbox, uids_of(1, 1)));
  HeldWriter writer(house.store.store(), house.anna);
  held.reset();  // queues the removal
  held = hold(house.store, house.blob);
  writer.release();
  house.store.account("ben@example.org");
  CHECK(readable(house.store, house.blob));
  held.reset();
  house.store.account("cleo@example.org");
  CHECK_FALSE(readable(house.store, house.blob));
}

TEST_CASE("What was held when the server died goes when it starts again") {
  TempFolder folder;
  const BlobId blob(1000);
  {
    const TestStore store(folder.path());
    // As a process leaves it that ended within a hold.
    const message::Index index = message::index("abc\n");
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    db.run("INSERT INTO blob (id, uses, size, structure, body) VALUES (?1, 0, 4, ?2, ?3)", blob,
           sqlite::Blob{message::encode_index(index)}, sqlite::Blob{"abc\n"});
    db.run("INSERT INTO digest (blob, digest) VALUES (?1, ?2)", blob,
           sqlite::Blob{message::encode_digest(index)});
  }
  StoreOptions options;
  options.exclusive_server = true;
  TestStore store(folder.path(), options);
  CHECK_FALSE(readable(store, blob));
}
