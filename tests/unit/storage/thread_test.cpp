// Threads: the same whatever the order of arrival, and what joins them.
#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "storage/sqlite/transaction.h"
#include "storage/threads.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

struct Mail {
  std::string id, in_reply_to, references, subject;
};

std::string octets_of(const Mail& mail) {
  std::string text;
  if (!mail.id.empty()) text += "Message-ID: <" + mail.id + ">\r\n";
  if (!mail.in_reply_to.empty()) text += "In-Reply-To: <" + mail.in_reply_to + ">\r\n";
  if (!mail.references.empty()) text += "References: " + mail.references + "\r\n";
  if (!mail.subject.empty()) text += "Subject: " + mail.subject + "\r\n";
  return text + "\r\nx\r\n";
}

// Whom a message is with, for each: the first position of its thread.
using Partition = std::vector<std::size_t>;

Partition partition_of(const std::vector<ThreadId>& threads) {
  std::map<ThreadId, std::size_t> first;
  Partition partition;
  for (std::size_t i = 0; i < threads.size(); ++i)
    partition.push_back(first.try_emplace(threads[i], i).first->second);
  return partition;
}

std::vector<ThreadId> threads_of(TestStore& store, AccountId account,
                                 const std::vector<MessageNumber>& numbers) {
  const auto threads = store.read([&](Reader& r) { return r.threads(account, numbers); });
  REQUIRE(threads);
  return *threads;
}

// Delivers the mails in that order into an account of its own; the threads by position in mails.
class Conversation {
 public:
  Conversation(TestStore& store, const std::vector<Mail>& mails)
      : store_(store), mails_(mails), numbers_(mails.size()) {
    static unsigned count = 0;
    account_ = store.account("c" + std::to_string(++count) + "@example.org");
    inbox_ = store.mailbox(account_).id;
  }

  void deliver(const std::vector<std::size_t>& order) {
    for (const std::size_t position : order) deliver(position);
  }
  void deliver(std::size_t position) {
    numbers_[position] = store_.deliver(account_, octets_of(mails_[position])).number;
  }
  void remove(std::size_t position) {
    for (const Placement& placement : store_.placements(inbox_)) {
      if (placement.number != numbers_[position]) continue;
      const UidSet uid = uids_of(placement.uid.value(), placement.uid.value());
      REQUIRE(
          store_.store_flags(StoreFlags(inbox_, uid, FlagChange::Add, flags_of({Flag::Deleted}))));
      REQUIRE(store_.expunge(inbox_, uid));
    }
  }
  Partition partition() { return partition_of(threads_of(store_, account_, numbers_)); }
  AccountId account() const { return account_; }
  MessageNumber number(std::size_t position) const { return numbers_[position]; }

 private:
  TestStore& store_;
  const std::vector<Mail>& mails_;
  std::vector<MessageNumber> numbers_;
  AccountId account_;
  MailboxId inbox_;
};

std::vector<std::size_t> positions(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// The rule of docs/schema.md in its simplest form: a graph, coloured.
Partition expected(const std::vector<Mail>& mails) {
  std::map<std::string, std::set<std::size_t>> groups;
  const auto base = [](const Mail& mail) {
    return mail.subject.starts_with("Re: ") ? mail.subject.substr(4) : mail.subject;
  };
  const auto loose = [](const Mail& mail) {
    return mail.references.empty() && mail.in_reply_to.empty();
  };
  for (std::size_t i = 0; i < mails.size(); ++i) {
    const Mail& mail = mails[i];
    if (!mail.id.empty()) groups["<" + mail.id + ">"].insert(i);
    if (!mail.in_reply_to.empty()) groups["<" + mail.in_reply_to + ">"].insert(i);
    for (std::size_t at = mail.references.find('<'); at != std::string::npos;
         at = mail.references.find('<', at + 1))
      groups[mail.references.substr(at, mail.references.find('>', at) - at + 1)].insert(i);
    if (!loose(mail) || !mail.subject.starts_with("Re: ") || base(mail).empty()) continue;
    for (std::size_t k = 0; k < mails.size(); ++k)
      if (loose(mails[k]) && base(mails[k]) == base(mail)) groups["s" + base(mail)].insert(k);
  }
  Partition colour = positions(mails.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, group] : groups) {
      std::size_t lowest = mails.size();
      for (const std::size_t i : group) lowest = std::min(lowest, colour[i]);
      for (const std::size_t i : group) {
        changed = changed || colour[i] != lowest;
        colour[i] = lowest;
      }
    }
  }
  return colour;
}

// Missing parents, duplicates, loops, changed subjects, replies that name nothing.
std::vector<Mail> random_mails(std::mt19937& random, std::size_t count) {
  std::vector<Mail> mails;
  const std::size_t ids = count + count / 2;
  const auto id = [&] { return "m" + std::to_string(random() % ids) + "@x"; };
  for (std::size_t i = 0; i < count; ++i) {
    if (!mails.empty() && random() % 8 == 0) {  // a duplicate
      mails.push_back(mails[random() % mails.size()]);
      continue;
    }
    Mail mail;
    if (random() % 10 != 0) mail.id = id();
    if (random() % 3 == 0) mail.in_reply_to = id();
    if (random() % 3 == 0)
      for (std::size_t n = 1 + random() % 3; n > 0; --n) mail.references += "<" + id() + "> ";
    if (random() % 4 != 0)
      mail.subject = (random() % 4 == 0 ? "Re: s" : "s") + std::to_string(random() % count);
    mails.push_back(mail);
  }
  return mails;
}

unsigned any_seed() {
  return std::random_device()();
}

}  // namespace

TEST_CASE("A message founds a thread that bears its number, a reply joins it") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const Delivered first = store.deliver(anna, octets_of({"1@x", "", "", "hello"}));
  const Delivered other = store.deliver(anna, octets_of({"2@x", "", "", "other"}));
  const Delivered reply = store.deliver(anna, octets_of({"3@x", "1@x", "", "Re: hello"}));
  CHECK(first.thread == ThreadId(first.number.value()));
  CHECK(other.thread == ThreadId(other.number.value()));
  CHECK(reply.thread == first.thread);
  const auto appended = store.append(anna, store.mailbox(anna, "Sent").id,
                                     octets_of({"4@x", "3@x", "<1@x> <3@x>", "Re: hello"}));
  REQUIRE(appended);
  CHECK(appended->thread == first.thread);
}

TEST_CASE("A late message that connects two threads joins them under the lower number") {
  TempFolder folder;
  TestStore store(folder.path());
  const std::vector<Mail> mails = {{"a@x", "", "", "one"},
                                   {"b@x", "missing@x", "", "two"},
                                   {"missing@x", "a@x", "", "three"},
                                   {"c@x", "b@x", "", "four"}};
  Conversation talk(store, mails);
  talk.deliver({0, 1});
  CHECK(talk.partition() == Partition{0, 1, 2, 2});
  talk.deliver({2, 3});
  CHECK(talk.partition() == Partition{0, 0, 0, 0});
  const ThreadId lowest(talk.number(0).value());
  CHECK(store.read([&](Reader& r) { return r.threads(talk.account(), {{talk.number(1)}}); })
            ->front() == lowest);
  // The other name is still one of its names.
  const ThreadId old_name(talk.number(1).value());
  CHECK(store.read([&](Reader& r) { return r.thread(talk.account(), old_name); }) == lowest);
}

TEST_CASE("A parent nobody has received joins its replies") {
  TempFolder folder;
  TestStore store(folder.path());
  const std::vector<Mail> mails = {{"a@x", "gap@x", "", ""}, {"b@x", "gap@x", "", ""}};
  Conversation talk(store, mails);
  talk.deliver({0, 1});
  CHECK(talk.partition() == Partition{0, 0});
}

TEST_CASE("A subject joins messages without references once one of them is a reply") {
  TempFolder folder;
  TestStore store(folder.path());
  const std::vector<Mail> mails = {{"a@x", "", "", "report"},
                                   {"b@x", "", "", "[list] Report"},
                                   {"c@x", "a@x", "", "Re: report"},
                                   {"d@x", "gap@x", "", "Re: report"},
                                   {"e@x", "", "", "Re: REPORT (fwd)"},
                                   {"f@x", "", "", "report"},
                                   {"g@x", "", "", ""},
                                   {"h@x", "", "", "Re:"}};
  Conversation talk(store, mails);
  talk.deliver({0, 1, 2, 3, 6, 7});
  const auto before = talk.partition();
  CHECK(before[1] == 1);
  CHECK(before[2] == 0);
  talk.deliver({4, 5});
  CHECK(talk.partition() == Partition{0, 0, 0, 3, 0, 0, 6, 7});
}

TEST_CASE("Threads of accounts are apart") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId berta = store.account("berta@example.org");
  store.deliver(anna, octets_of({"0@x", "", "", "x"}));
  const PreparedMessagePtr message = prepare(octets_of({"1@x", "0@x", "", "x"}));
  const auto kept =
      store.deliver(Delivery(message, {Recipient{anna}, Recipient{berta}}, kReceived));
  REQUIRE(kept);
  CHECK((*kept)[0]->thread == ThreadId(1));
  CHECK((*kept)[1]->thread == ThreadId(1));
  CHECK((*kept)[0]->number == MessageNumber(2));
  REQUIRE(store.remove_account(anna));
  CHECK(store.deliver(berta, octets_of({"2@x", "0@x", "", "y"})).thread == ThreadId(1));
}

TEST_CASE("Random orders of arrival give the same threads, also after deletion and re-delivery") {
  TempFolder folder;
  TestStore store(folder.path());
  const unsigned seed = any_seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 12; ++round) {
    const std::vector<Mail> mails = random_mails(random, 10 + random() % 40);
    const Partition same = expected(mails);
    std::vector<std::size_t> order = positions(mails.size());
    std::ranges::shuffle(order, random);
    Conversation talk(store, mails);
    talk.deliver(order);
    REQUIRE(talk.partition() == same);
    for (int i = 0; i < 5; ++i) {
      const std::size_t position = random() % mails.size();
      talk.remove(position);
      talk.deliver(position);
    }
    REQUIRE(talk.partition() == same);
  }
}

// The same without a store around it: all is written and undone in one transaction.
TEST_CASE("All orders of few messages and thousands of many give the same threads") {
  TempFolder folder;
  {
    TestStore store(folder.path());
  }
  const unsigned seed = any_seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
  sqlite::Transaction transaction(db, sqlite::TransactionKind::Write);
  const AccountId account(1);
  for (int round = 0; round < 200; ++round) {
    const bool small = round % 2 == 0;  // then all orders there are
    const std::vector<Mail> mails = random_mails(random, small ? 4 : 3 + random() % 40);
    const Partition same = expected(mails);
    std::vector<std::string> digests;
    for (const Mail& mail : mails)
      digests.push_back(message::encode_digest(message::index(octets_of(mail))));
    std::vector<std::size_t> order = positions(mails.size());
    for (int times = 0; times < 24; ++times) {
      if (small)
        std::ranges::next_permutation(order);
      else
        std::ranges::shuffle(order, random);
      std::vector<ThreadId> raw(mails.size());
      for (std::size_t i = 0; i < order.size(); ++i)
        raw[order[i]] = assign_thread(db, account, MessageNumber(i + 1),
                                      *message::decode_digest(digests[order[i]]))
                            .raw;
      ThreadNames names(db, account);
      for (ThreadId& thread : raw) thread = names.shown(thread);
      REQUIRE(partition_of(raw) == same);
      remove_threads(db, account);
    }
  }
}

TEST_CASE("Digests are read in the order asked, and those of removed messages are passed over") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  store.deliver(anna, octets_of({"1@x", "", "", "Re: b"}));
  store.deliver(anna, octets_of({"2@x", "1@x", "", "a"}));
  const auto placed = store.placements(store.mailbox(anna).id);
  const std::vector<BlobId> blobs = {placed[1].blob, BlobId(999), placed[0].blob};
  std::vector<std::pair<std::size_t, std::string>> seen;
  const auto read = store.read([&](Reader& r) {
    return r.digests(blobs, [&](std::size_t position, const message::Digest& digest) {
      seen.emplace_back(position, digest.subject);
    });
  });
  REQUIRE(read);
  CHECK(seen == std::vector<std::pair<std::size_t, std::string>>{{0, "A"}, {2, "B"}});
}
