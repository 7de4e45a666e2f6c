// Groups, limits of the queues, order of notices and completions, closing.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <semaphore>
#include <thread>

#include <catch2/catch.hpp>

#include "storage/sqlite/connection.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

// Queues deliveries without waiting and collects what became of them.
class Batch {
 public:
  void deliver(TestStore& store, AccountId to, const std::string& octets) {
    const std::size_t position = results_.size();
    results_.emplace_back();
    store->deliver(Delivery(prepare(octets), {Recipient{to}}, kReceived),
                   [this, position](Result<DeliveryResult> result) {
                     const std::scoped_lock lock(mutex_);
                     results_[position] = std::move(result);
                     order_.push_back(position);
                     all_.notify_all();
                   });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    all_.wait(lock, [&] { return order_.size() == results_.size(); });
  }
  std::size_t kept() const {
    std::size_t count = 0;
    for (const auto& result : results_) count += result && *result && result->value()[0] ? 1 : 0;
    return count;
  }
  std::vector<std::size_t> order() const { return order_; }
  const Result<DeliveryResult>& at(std::size_t position) const { return *results_[position]; }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::deque<std::optional<Result<DeliveryResult>>> results_;
  std::vector<std::size_t> order_;
};

// Counts the COMMITs that changed an account: one notice each.
struct CommitCount {
  std::atomic<int> commits = 0;
  std::unique_ptr<Subscription> subscription;
  CommitCount(TestStore& store, AccountId account)
      : subscription(store->watch(account, [this](const ChangeNotice&) { ++commits; })) {}
};

}  // namespace

TEST_CASE("What is queued together is committed together") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  CommitCount count(store, anna);
  Batch batch;
  {
    HeldWriter held(store.store(), anna);
    for (int i = 0; i < 50; ++i) batch.deliver(store, anna, text_of(std::to_string(i)));
  }
  batch.wait();
  CHECK(batch.kept() == 50);
  CHECK(count.commits == 1);
  CHECK(std::ranges::is_sorted(batch.order()));
  CHECK(store.mailbox(anna).uid_next == Uid(51));
}

TEST_CASE("A group is bounded by jobs and by octets") {
  StoreOptions options;
  const std::string octets = random_octets(10'000, 1);
  int commits = 0;
  SECTION("jobs") {
    options.group_jobs = 10;
    commits = 3;
  }
  SECTION("octets") {
    options.group_octets = 70'000;
    commits = 5;
  }
  TempFolder folder;
  TestStore store(folder.path(), options);
  const AccountId anna = store.account("anna@example.org");
  CommitCount count(store, anna);
  Batch batch;
  {
    HeldWriter held(store.store(), anna);
    for (int i = 0; i < 25; ++i) batch.deliver(store, anna, octets);
  }
  batch.wait();
  CHECK(batch.kept() == 25);
  CHECK(count.commits == commits);
}

TEST_CASE("A job that fails fails alone") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId worn = store.account("worn@example.org");
  {
    // No uid is left: a constraint of the database stops the job in its midst.
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    db.run("UPDATE mailbox SET uid_next = 4294967295 WHERE account = ?1", worn);
  }
  CommitCount count(store, anna);
  Batch batch;
  std::optional<Result<Mailbox>> refused;
  {
    HeldWriter held(store.store(), anna);
    batch.deliver(store, anna, text_of("1"));
    batch.deliver(store, worn, text_of("2"));
    store->create_mailbox(anna, "INBOX", SpecialUse::None,
                          [&](Result<Mailbox> result) { refused = std::move(result); });
    batch.deliver(store, AccountId(55), text_of("3"));
    batch.deliver(store, anna, text_of("4"));
  }
  batch.wait();
  CHECK(count.commits == 1);
  CHECK(batch.at(0)->at(0)->uid == Uid(1));
  REQUIRE_FALSE(batch.at(1));
  CHECK(batch.at(1).error().kind() == ErrorKind::Invalid);
  CHECK(refused->error().kind() == ErrorKind::Exists);
  CHECK(batch.at(2)->at(0).error().kind() == ErrorKind::NotFound);
  CHECK(batch.at(3)->at(0)->uid == Uid(2));
  CHECK(store.account(worn).used_octets == 0);
}

TEST_CASE("A full queue refuses with Busy and recovers") {
  StoreOptions options;
  SECTION("of jobs") {
    options.queue_jobs = 3;
  }
  SECTION("of octets") {
    options.queue_octets = 3 * 12'000;
  }
  TempFolder folder;
  TestStore store(folder.path(), options);
  const AccountId anna = store.account("anna@example.org");
  const std::string octets = random_octets(10'000, 2);
  Batch batch;
  {
    HeldWriter held(store.store(), anna);
    for (int i = 0; i < 4; ++i) batch.deliver(store, anna, octets);
    CHECK(batch.order() == std::vector<std::size_t>{3});
  }
  batch.wait();
  CHECK(batch.kept() == 3);
  CHECK(batch.at(3).error().kind() == ErrorKind::Busy);
  store.deliver(anna, octets);
}

TEST_CASE("Reads beyond the limit are refused with Busy") {
  StoreOptions options;
  options.reader_threads = 1;
  options.read_queue = 2;
  TempFolder folder;
  TestStore store(folder.path(), options);
  std::binary_semaphore entered(0), leave(0);
  std::atomic<int> ran = 0;
  REQUIRE(store->read([&](Reader&) {
    entered.release();
    leave.acquire();
  }));
  entered.acquire();
  std::counting_semaphore<> done(0);
  const auto count = [&](Reader&) {
    ++ran;
    done.release();
  };
  CHECK(store->read(count));
  CHECK(store->read(count));
  const auto refused = store->read(count);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::Busy);
  leave.release();
  done.acquire();
  done.acquire();
  CHECK(ran == 2);
}

TEST_CASE("A notice comes before the completions of its COMMIT and says what changed") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId ben = store.account("ben@example.org");
  const MailboxId inbox = store.mailbox(anna).id, junk = store.mailbox(anna, "Junk").id;
  std::vector<ChangeNotice> notices;
  auto subscription =
      store->watch(anna, [&](const ChangeNotice& notice) { notices.push_back(notice); });
  std::size_t seen_by_completion = 0;
  std::binary_semaphore delivered{0};
  store->deliver(Delivery(prepare(text_of("x")), {Recipient{anna}}, kReceived),
                 [&](Result<DeliveryResult>) {
                   seen_by_completion = notices.size();
                   delivered.release();
                 });
  delivered.acquire();  // or both would be one group, and one notice
  REQUIRE(store.move(inbox, uids_of(1, 1), junk));
  CHECK(seen_by_completion == 1);
  store.deliver(ben, text_of("y"));
  CHECK(store.rename(anna, "none", "x").error().kind() == ErrorKind::NotFound);
  subscription.reset();
  store.deliver(anna, text_of("z"));
  REQUIRE(notices.size() == 2);
  CHECK(notices[0].account == anna);
  CHECK(notices[0].mailboxes == std::vector<MailboxId>{inbox});
  CHECK(notices[1].mailboxes ==
        std::vector<MailboxId>{std::min(inbox, junk), std::max(inbox, junk)});
  CHECK(notices[1].modseq > notices[0].modseq);
}

TEST_CASE("A watcher may end its own watch, and a watch may outlive the store") {
  TempFolder folder;
  std::unique_ptr<Subscription> other;
  int calls = 0;
  {
    TestStore store(folder.path());
    const AccountId anna = store.account("anna@example.org");
    std::unique_ptr<Subscription> own;
    own = store->watch(anna, [&](const ChangeNotice&) {
      ++calls;
      own.reset();
    });
    other = store->watch(anna, [](const ChangeNotice&) {});
    store.deliver(anna, text_of("1"));
    store.deliver(anna, text_of("2"));
  }
  CHECK(calls == 1);
  other.reset();
}

TEST_CASE("Closing does what is queued first") {
  TempFolder folder;
  AccountId anna;
  std::atomic<int> kept = 0;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
  }
  {
    auto store = Store::open(folder.path(), {}).value();
    for (int i = 0; i < 200; ++i)
      store->deliver(Delivery(prepare(text_of("x")), {Recipient{anna}}, kReceived),
                     [&](Result<DeliveryResult> result) { kept += result ? 1 : 0; });
  }
  CHECK(kept == 200);
  TestStore store(folder.path());
  CHECK(store.mailbox(anna).messages == 200);
}

TEST_CASE("Many threads deliver, change flags and read at once") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId ben = store.account("ben@example.org");
  const MailboxId inbox = store.mailbox(anna).id, junk = store.mailbox(anna, "Junk").id;
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0, reads = 0, failures = 0;
  // What one Reader shows is one instant: the counters are those of the rows.
  const auto look = [&](Reader& reader) {
    const auto mailbox = reader.mailbox(inbox);
    const auto rows = reader.placements(inbox, uids_of(1, 0xffffffff));
    if (!mailbox || !rows || mailbox->messages != rows->size()) ++torn;
    if (rows && !rows->empty() && !reader.octets(rows->back().blob, 0, 100)) ++torn;
    ++reads;
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const auto result = store.deliver(Delivery(prepare(text_of(std::to_string(i), 50 * t)),
                                                   {Recipient{anna}, Recipient{ben}}, kReceived));
        if (!result || !result->at(0) || !result->at(1)) ++failures;
      }
    });
  threads.emplace_back([&] {
    while (!stop) {
      if (!store.store_flags(StoreFlags(inbox, uids_of(1, 20), FlagChange::Add,
                                        flags_of({Flag::Seen, Flag::Deleted}))) ||
          !store.copy(inbox, uids_of(5, 6), junk) || !store.expunge(inbox, uids_of(1, 10)))
        ++failures;
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      store->read_here(look);
      auto subscription = store->watch(anna, [&](const ChangeNotice&) { ++reads; });
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      std::binary_semaphore done(0);
      REQUIRE(store->read([&](Reader& reader) {
        look(reader);
        done.release();
      }));
      done.acquire();
    }
  });
  for (unsigned t = 0; t < 4; ++t) threads[t].join();
  stop = true;
  for (unsigned t = 4; t < threads.size(); ++t) threads[t].join();
  CHECK(torn == 0);
  CHECK(failures == 0);
  CHECK(reads > 0);
  CHECK(store.mailbox(ben).messages == 240);
  CHECK(store.mailbox(anna).uid_next == Uid(241));
}
