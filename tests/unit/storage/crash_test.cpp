// Processes: killed in the midst of writing, and two that write to one store.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

// Large enough that some messages have several chunks.
std::string message_of(std::uint64_t id) {
  return text_of(std::to_string(id), id % 7 == 0 ? 400'000 : 100 * (id % 60));
}

void report(std::uint64_t id) {
  const std::string line = std::to_string(id) + "\n";
  if (::write(3, line.data(), line.size()) < 0) ::_exit(2);
}

std::vector<std::uint64_t> ids_in(const std::string& output) {
  std::vector<std::uint64_t> ids;
  // A last line without its end may be cut off.
  std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
  for (std::uint64_t id = 0; lines >> id;) ids.push_back(id);
  return ids;
}

std::uint64_t id_of(const std::string& octets) {
  const std::size_t begin = octets.find("Subject: ") + 9;
  return std::stoull(octets.substr(begin, octets.find('\r', begin) - begin));
}

// How often each message is kept; every one must be whole.
std::map<std::uint64_t, int> kept_in(TestStore& store, AccountId account) {
  std::map<std::uint64_t, int> kept;
  for (const Placement& placement : store.placements(store.mailbox(account).id)) {
    const std::string octets = store.octets(placement.blob);
    const std::uint64_t id = id_of(octets);
    if (octets != message_of(id)) FAIL_CHECK("message " << id << " is not whole");
    ++kept[id];
  }
  return kept;
}

AccountId only_account(TestStore& store) {
  return store.read([](Reader& r) { return r.list_accounts(); })->at(0).id;
}

}  // namespace

TEST_CASE("child: delivers until it is killed", "[.child]") {
  REQUIRE_FALSE(child_folder().empty());
  TestStore store(child_folder());
  const AccountId account = only_account(store);
  std::atomic<std::uint64_t> next = static_cast<std::uint64_t>(::getpid()) * 1'000'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&] {
      for (;;) {
        const std::uint64_t id = next++;
        const auto result =
            store.deliver(Delivery(prepare(message_of(id)), {Recipient{account}}, kReceived));
        if (!result || !result->at(0)) ::_exit(3);
        report(id);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("What was acknowledged is there once after kill -9, and nothing is there in part") {
  TempFolder folder;
  {
    TestStore store(folder.path());
    store.account("anna@example.org");
  }
  std::vector<std::uint64_t> acknowledged;
  for (int round = 0; round < 5; ++round) {
    ChildProcess child("child: delivers until it is killed", folder.path());
    const auto ids = ids_in(child.kill_after(std::chrono::milliseconds(60 + 37 * round)));
    CHECK_FALSE(ids.empty());
    acknowledged.insert(acknowledged.end(), ids.begin(), ids.end());
    TestStore store(folder.path());
    const auto kept = kept_in(store, only_account(store));
    for (const std::uint64_t id : acknowledged)
      if (kept.count(id) != 1 || kept.at(id) != 1) FAIL_CHECK("message " << id << " is lost");
    for (const auto& [id, times] : kept)
      if (times != 1) FAIL_CHECK("message " << id << " is there " << times << " times");
  }
}

TEST_CASE("child: delivers 100 messages and adds accounts", "[.child]") {
  REQUIRE_FALSE(child_folder().empty());
  TestStore store(child_folder());
  const AccountId account = only_account(store);
  for (std::uint64_t id = 1; id <= 100; ++id) {
    const auto result =
        store.deliver(Delivery(prepare(message_of(id)), {Recipient{account}}, kReceived));
    if (!result || !result->at(0)) FAIL("not delivered");
    report(id);
    if (id % 20 == 0) store.account("other" + std::to_string(id) + "@example.org");
  }
}

TEST_CASE("Two processes write to one store") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  ChildProcess child("child: delivers 100 messages and adds accounts", folder.path());
  for (std::uint64_t id = 1001; id <= 1100; ++id) store.deliver(anna, message_of(id));
  CHECK(ids_in(child.wait()).size() == 100);
  const auto kept = kept_in(store, anna);
  CHECK(kept.size() == 200);
  CHECK(store.account(anna).next_number == MessageNumber(201));
  CHECK(store.read([](Reader& r) { return r.list_accounts(); })->size() == 6);
}

TEST_CASE("child: holds the server lock", "[.child]") {
  StoreOptions options;
  options.exclusive_server = true;
  TestStore store(child_folder(), options);
  report(static_cast<std::uint64_t>(::getpid()));
  ::pause();
}

TEST_CASE("One server runs on a folder; the lock ends with its process") {
  TempFolder folder;
  StoreOptions options;
  options.exclusive_server = true;
  {
    TestStore first(folder.path(), options);
    const auto second = Store::open(folder.path(), options);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind() == ErrorKind::Busy);
    CHECK_THAT(second.error().message(),
               Catch::Contains("another server is running on " + folder.path().string() + " (pid " +
                               std::to_string(::getpid()) + ")"));
    TestStore command_line(folder.path());
  }
  ChildProcess child("child: holds the server lock", folder.path());
  const std::string pid = child.kill_after(std::chrono::milliseconds(0));
  CHECK_FALSE(pid.empty());
  TestStore again(folder.path(), options);
}
