// SearchScanner: what the index narrows is what a plain scan finds, and bodies are read only where
// a text key asks for them.
#include <catch2/catch.hpp>

#include "mail/imap/flags.h"
#include "mail/message/charset.h"
#include "server/session/imap/search_scanner.h"
#include "storage/sqlite/connection.h"
#include "tests/unit/imap/parse_help.h"
#include "tests/unit/storage/search_texts.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::session;
using storage::testing::wait_for;

namespace {

imap::SearchProgram program_of(const std::string& keys) {
  return imap::parse<imap::Search>("SEARCH " + keys).program;
}

// A store with one account, without the check at the end: a test may damage it.
struct House {
  House() {
    std::filesystem::create_directories(folder);
    auto opened = storage::Store::open(folder, {});
    REQUIRE(opened);
    store = std::move(*opened);
    const auto made = wait_for<storage::Account>([&](storage::Completion<storage::Account> done) {
      store->create_account("ann@example.org",
                            {"salt", 4096, std::string(32, 's'), std::string(32, 'v')}, 0,
                            std::move(done));
    });
    REQUIRE(made);
    account = made->id;
    read([&](storage::Reader& reader) { inbox = reader.find_mailbox(account, "INBOX")->id; });
  }
  ~House() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void read(const std::function<void(storage::Reader&)>& task) { store->read_here(task); }

  void append(const std::string& octets, storage::Flags flags = {}) {
    storage::Append job(account, inbox, storage::prepare(octets), std::move(flags),
                        storage::Time(std::chrono::seconds(1'000'000'000 + 40'000 * count++)));
    REQUIRE(wait_for<storage::Delivered>([&](storage::Completion<storage::Delivered> done) {
      store->append(std::move(job), std::move(done));
    }));
  }
  void complete_index() {
    REQUIRE(wait_for<void>(
        [&](storage::Completion<void> done) { store->complete_search_index(std::move(done)); }));
  }
  MailboxView view() {
    std::optional<MailboxView> made;
    read([&](storage::Reader& reader) {
      made.emplace(*reader.mailbox(inbox), *reader.keywords(inbox),
                   UidSequence(*reader.uids(inbox)), true);
    });
    return std::move(*made);
  }
  std::vector<std::uint32_t> search(const MailboxView& view, const std::string& keys) {
    SearchScanner scanner(view, program_of(keys));
    while (!scanner.done()) read([&](storage::Reader& reader) { scanner.scan(reader); });
    if (scanner.error()) FAIL("search failed: " << scanner.error()->message());
    return scanner.found();
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("restante-search-" + std::to_string(std::random_device{}()));
  std::unique_ptr<storage::Store> store;
  AccountId account;
  MailboxId inbox;
  int count = 0;
};

// Everything of each message at hand.
std::vector<std::uint32_t> plain_search(House& house, const MailboxView& view,
                                        const std::string& keys) {
  imap::SearchProgram program = program_of(keys);
  imap::resolve_sets(program, view.size(), view.last_uid().value());
  std::vector<std::uint32_t> found;
  house.read([&](storage::Reader& reader) {
    const auto rows = reader.placements(house.inbox, {storage::UidRange{Uid(1), Uid(0xffffffff)}});
    for (const storage::Placement& row : *rows) {
      const auto index = reader.index(row.blob);
      const auto octets = reader.octets(row.blob, 0, row.size_octets);
      const std::string_view text = *octets;
      imap::Candidate candidate;
      candidate.sequence_number = view.sequence_number(row.uid);
      candidate.uid = row.uid.value();
      candidate.flags = row.flags.system;
      candidate.keywords = &row.flags.keywords;
      candidate.internal_date = row.internal_date;
      candidate.size_octets = row.size_octets;
      candidate.number = row.number.value();
      candidate.index = &*index;
      candidate.octets = &text;
      if (imap::evaluate(program, candidate) == imap::Verdict::Yes)
        found.push_back(candidate.sequence_number);
    }
  });
  return found;
}

// Random search keys over texts.
class Programs {
 public:
  Programs(restante::testing::SearchTexts& random, const std::vector<std::string>& messages)
      : random_(random), messages_(messages) {}

  std::string keys(unsigned depth) {
    switch (random_.below(depth == 0 ? 6 : 9)) {
      case 0:
        return plain();
      case 6:
        return "NOT " + keys(depth - 1);
      case 7:
        return "OR " + keys(depth - 1) + ' ' + keys(depth - 1);
      case 8:
        return '(' + keys(depth - 1) + ' ' + keys(depth - 1) + ')';
      default:
        return text();
    }
  }

 private:
  std::string plain() {
    static constexpr std::array<std::string_view, 10> kPlain = {
        "SEEN",       "UNSEEN",           "KEYWORD work", "UNKEYWORD play", "2:40", "UID 7:*",
        "LARGER 700", "SINCE 2-Oct-2001", "ALL",          "NOT FLAGGED"};
    return std::string(kPlain[random_.below(kPlain.size())]);
  }
  std::string text() {
    static constexpr std::array<std::string_view, 9> kKeys = {
        "SUBJECT", "FROM", "TO", "CC", "BCC", "BODY", "TEXT", "HEADER Subject", "HEADER X-Note"};
    const std::string& source = messages_[random_.below(static_cast<unsigned>(messages_.size()))];
    std::string needle = random_.below(6) == 0 ? random_.word() : random_.part_of(source);
    std::erase(needle, '\0');
    if (!message::is_utf8(needle)) needle = message::guess_utf8(needle);
    return std::string(kKeys[random_.below(kKeys.size())]) + " {" + std::to_string(needle.size()) +
           "+}\r\n" + needle;
  }

  restante::testing::SearchTexts& random_;
  const std::vector<std::string>& messages_;
};

}  // namespace

TEST_CASE("SEARCH through the index finds what a plain scan finds") {
  const unsigned seed = restante::testing::search_seed();
  CAPTURE(seed);
  restante::testing::SearchTexts random(seed);
  House house;
  std::vector<std::string> messages = restante::testing::sample_messages();
  // Large ones make a plain scan slow and add nothing.
  std::erase_if(messages, [](const std::string& each) { return each.size() > 60'000; });
  for (int i = 0; i < 60; ++i) messages.push_back(random.message());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    storage::Flags flags;
    if (random.below(2) == 0) flags.set(storage::Flag::Seen);
    if (random.below(3) == 0) flags.keywords = {"work"};
    house.append(messages[i], flags);
    // The last ones are not in the index.
    if (i + 20 == messages.size()) house.complete_index();
  }
  const MailboxView view = house.view();
  Programs programs(random, messages);
  std::size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string keys = programs.keys(3);
    CAPTURE(keys);
    const auto numbers = house.search(view, keys);
    CHECK(numbers == plain_search(house, view, keys));
    found += numbers.size();
  }
  CHECK(found > 0);
}

TEST_CASE("Bodies are read only for text keys, and of candidates only") {
  House house;
  for (int i = 0; i < 50; ++i) {
    storage::Flags flags;
    if (i % 2 == 0) flags.set(storage::Flag::Seen);
    if (i % 5 == 0) flags.keywords = {"work"};
    house.append("From: a@example.org\r\nSubject: number n" + std::to_string(100 + i) +
                     "\r\n\r\nbody b" + std::to_string(100 + i) + "\r\n",
                 flags);
  }
  house.complete_index();
  const MailboxView view = house.view();
  sqlite::Connection db((house.folder / "restante.db").string(), sqlite::OpenMode::ReadWrite);
  // Bodies that cannot be read, but that of the 24th.
  db.execute("UPDATE blob SET body = x'00' WHERE id <> 24");
  using Found = std::vector<std::uint32_t>;
  CHECK(house.search(view, "SUBJECT n123") == Found{24});
  CHECK(house.search(view, "TEXT b123") == Found{24});
  CHECK(house.search(view, "BODY nothere OR TEXT n123 TEXT nowhere").empty());
  CHECK(house.search(view, "OR BODY b123 HEADER subject n123") == Found{24});
  CHECK(house.search(view, "NOT BODY zebra").size() == 50);
  CHECK(house.search(view, "SENTSINCE 1-Jan-2000").empty());
  CHECK(house.search(view, "SUBJECT number").size() == 50);
  // Nothing but the placements.
  db.execute("UPDATE blob SET structure = x'00' WHERE id <> 24");
  CHECK(house.search(view, "SUBJECT n123") == Found{24});
  CHECK(house.search(view, "SEEN").size() == 25);
  CHECK(house.search(view, "KEYWORD Work UNSEEN").size() == 5);
  CHECK(house.search(view, "UNKEYWORD work").size() == 40);
  CHECK(house.search(view, "KEYWORD play").empty());
  CHECK(house.search(view, "LARGER 10 SINCE 1-Jan-2001").size() == 50);
  CHECK(house.search(view, "UID 3:5").size() == 3);
  CHECK(house.search(view, "NOT TEXT zebra FROM a@ 24") == Found{24});
}
