// A disk that is full or fails: nothing acknowledged is lost, nothing lost is acknowledged, and the
// store goes on when the disk does.
#include <catch2/catch.hpp>

#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

// Delivers until the first failure, at most that many.
struct Outcome {
  int kept = 0;
  std::optional<Error> error;
};
Outcome deliver_many(TestStore& store, AccountId to, int count, std::size_t octets) {
  Outcome outcome;
  for (int i = 0; i < count; ++i) {
    const auto result = store.deliver(Delivery(
        prepare(random_octets(octets, static_cast<unsigned>(i))), {Recipient{to}}, kReceived));
    if (!result) {
      outcome.error = result.error();
      return outcome;
    }
    ++outcome.kept;
  }
  return outcome;
}

}  // namespace

TEST_CASE("A full disk fails what does not fit, and delivery goes on when there is space") {
  FaultVfs faults;
  TempFolder folder;
  AccountId anna;
  int kept = 0;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
    const long long space = GENERATE(0, 1, 4096, 30'000, 100'000, 500'000);
    for (int round = 0; round < 3; ++round) {
      faults.set_free_octets(space);
      const Outcome outcome = deliver_many(store, anna, 100, 20'000);
      REQUIRE(outcome.error);
      CHECK(outcome.error->kind() == ErrorKind::Io);
      CHECK(outcome.error->message() == "disk full: free space on " + folder.path().string());
      kept += outcome.kept;
      CHECK(store.mailbox(anna).messages == static_cast<unsigned>(kept));
      faults.set_free_octets(-1);
      CHECK(deliver_many(store, anna, 3, 20'000).kept == 3);
      kept += 3;
      store.check();
    }
  }
  TestStore store(folder.path());
  CHECK(store.mailbox(anna).messages == static_cast<unsigned>(kept));
}

TEST_CASE("A flush that fails at COMMIT fails the group, and nothing of it is seen") {
  FaultVfs faults;
  TempFolder folder;
  AccountId anna;
  int kept = 0;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
    const int good = GENERATE(0, 1, 2, 7);
    for (int round = 0; round < 3; ++round) {
      faults.set_flushes(good);
      const Outcome outcome = deliver_many(store, anna, 100, 3000);
      REQUIRE(outcome.error);
      CHECK(outcome.error->kind() == ErrorKind::Io);
      kept += outcome.kept;
      CHECK(store.mailbox(anna).messages == static_cast<unsigned>(kept));
      faults.set_flushes(-1);
      CHECK(deliver_many(store, anna, 2, 3000).kept == 2);
      kept += 2;
    }
    CHECK(faults.failures() >= 3);
  }
  TestStore store(folder.path());
  CHECK(store.mailbox(anna).messages == static_cast<unsigned>(kept));
}

TEST_CASE("A failed COMMIT fails every job of its group and makes no notice") {
  FaultVfs faults;
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  std::atomic<int> failed = 0, notices = 0;
  std::counting_semaphore<> done(0);
  auto subscription = store->watch(anna, [&](const ChangeNotice&) { ++notices; });
  {
    HeldWriter held(store.store(), anna);
    faults.set_flushes(0);
    for (int i = 0; i < 10; ++i)
      store->deliver(Delivery(prepare(text_of("x")), {Recipient{anna}}, kReceived),
                     [&](Result<DeliveryResult> result) {
                       failed += result ? 0 : 1;
                       done.release();
                     });
  }
  for (int i = 0; i < 10; ++i) done.acquire();
  CHECK(failed == 10);
  CHECK(notices == 0);
  faults.set_flushes(-1);
  CHECK(store.deliver(anna, text_of("y")).uid == Uid(1));
}

TEST_CASE("A store on a full disk is not opened, with a line that says why") {
  FaultVfs faults;
  TempFolder folder;
  faults.set_free_octets(0);
  const auto refused = Store::open(folder.path(), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::Io);
  CHECK_THAT(refused.error().message(), Catch::Contains("disk full"));
  faults.set_free_octets(-1);
  TestStore store(folder.path());
}
