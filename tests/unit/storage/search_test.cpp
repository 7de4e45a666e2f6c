// The search index: what it answers is never less than what a scan finds, it follows deliveries and
// removals, and it survives being interrupted.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <thread>

#include "mail/message/searched_text.h"
#include "storage/search_words.h"
#include "tests/unit/storage/search_texts.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

constexpr std::array kFields = {TextField::Subject, TextField::From, TextField::To,  TextField::Cc,
                                TextField::Header,  TextField::Body, TextField::Text};

// What the fields of a message hold, by the plain way.
struct Texts {
  explicit Texts(const std::string& octets) {
    const message::Index index = message::index(octets);
    const message::Envelope& envelope = index.messages[0].envelope;
    const std::string header = message::searched_header(octets, index);
    const std::string body = message::searched_body(octets, index);
    of[TextField::Subject] = {message::searched_subject(index)};
    of[TextField::From] = {message::searched_addresses(envelope.from)};
    of[TextField::To] = {message::searched_addresses(envelope.to)};
    of[TextField::Cc] = {message::searched_addresses(envelope.cc)};
    of[TextField::Header] = {header, message::searched_addresses(envelope.bcc)};
    of[TextField::Body] = {body};
    of[TextField::Text] = {header, body};
  }
  bool holds(TextField field, const std::string& needle) const {
    return std::ranges::any_of(of.at(field), [&](const std::string& text) {
      return text.find(needle) != std::string::npos;
    });
  }
  std::map<TextField, std::vector<std::string>> of;
};

void complete_index(TestStore& store) {
  const auto done = wait_for<void>(
      [&](Completion<void> completion) { store->complete_search_index(std::move(completion)); });
  if (!done) FAIL("the index was not completed: " << done.error().message());
}

TextCandidates find(TestStore& store, AccountId account, TextField field,
                    const std::string& needle) {
  const auto found =
      store.read([&](Reader& r) { return r.find_text(account, field, message::fold(needle)); });
  if (!found) FAIL("cannot search: " << found.error().message());
  return *found;
}

bool may_hold(const TextCandidates& found, MessageNumber number) {
  return !found.narrowed || number > found.indexed_up_to ||
         std::ranges::binary_search(found.numbers, number);
}

}  // namespace

TEST_CASE("A needle's pieces say which words a text must have") {
  using Kind = NeedlePiece::Kind;
  const auto pieces = [](const char* needle) { return pieces_of(message::fold(needle)); };
  using Pieces = std::vector<NeedlePiece>;
  CHECK(pieces("Meeting") == Pieces{{Kind::Infix, "meeting"}});
  CHECK(pieces("the meeting of") ==
        Pieces{{Kind::Exact, "meeting"}, {Kind::Suffix, "the"}, {Kind::Prefix, "of"}});
  CHECK(pieces(" meeting.") == Pieces{{Kind::Exact, "meeting"}});
  CHECK(pieces("ab").empty());
  CHECK(pieces("").empty());
  CHECK(pieces("...").empty());
  CHECK(pieces("\xe4\xbc\x9a") == Pieces{{Kind::Prefix, "\xe4\xbc\x9a"}});
  CHECK(pieces("\xe4\xbc\x9a\xe8\xae\xae") == Pieces{{Kind::Exact, "\xe4\xbc\x9a\xe8\xae\xae"}});
  CHECK(pieces("abcdefghijklmnopqrstuvwxyz") == Pieces{{Kind::Infix, "abcdefghijklmnopqrst"}});
}

TEST_CASE("Words that hold a needle fit its pieces") {
  const unsigned seed = restante::testing::search_seed();
  CAPTURE(seed);
  restante::testing::SearchTexts texts(seed);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = message::fold(texts.words(6));
    const std::string needle = message::fold(texts.part_of(text));
    if (text.find(needle) == std::string::npos) continue;  // normalisation across its borders
    MessageWords words;
    words.add(WordField::Body, text);
    for (const NeedlePiece& piece : pieces_of(needle)) {
      bool fitting = false;
      words.each_word([&](const std::string& word) {
        if (!fits(piece, word)) return;
        fitting = true;
        // The grams that lead to it are all there.
        const std::string all = ' ' + grams_of(word);
        const std::string wanted = grams_of(piece.text);
        for (std::size_t at = 0; at < wanted.size();) {
          const std::size_t end = wanted.find(' ', at);
          CHECK(all.find(' ' + wanted.substr(at, end - at) + ' ') != std::string::npos);
          at = end + 1;
        }
      });
      CAPTURE(text, needle, piece.text);
      CHECK(fitting);
    }
  }
}

TEST_CASE("The index leaves out no message that holds a text") {
  const unsigned seed = restante::testing::search_seed();
  CAPTURE(seed);
  restante::testing::SearchTexts random(seed);
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  const AccountId bob = store.account("bob@example.org");
  std::vector<std::string> octets = restante::testing::sample_messages();
  for (int i = 0; i < 150; ++i) octets.push_back(random.message());
  std::vector<Texts> messages;
  for (const std::string& each : octets) {
    messages.emplace_back(each);
    store.deliver(anna, each);
    if (random.below(3) == 0) store.deliver(bob, each);
    if (messages.size() % 60 == 0) complete_index(store);
  }
  complete_index(store);
  std::size_t narrowed = 0, asked = 0, candidates = 0, holding = 0;
  for (int round = 0; round < 1500; ++round) {
    const TextField field = kFields[random.below(kFields.size())];
    const auto& source =
        messages[random.below(static_cast<unsigned>(messages.size()))].of.at(field);
    const std::string part = random.below(8) == 0 ? random.word() : random.part_of(source.front());
    const std::string needle = message::fold(part);
    const TextCandidates found = find(store, anna, field, needle);
    CAPTURE(static_cast<int>(field), needle);
    REQUIRE(found.indexed_up_to == MessageNumber(messages.size()));
    ++asked;
    if (found.narrowed) ++narrowed;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const bool candidate = may_hold(found, MessageNumber(i + 1));
      const bool holds = messages[i].holds(field, needle);
      if (holds) CHECK(candidate);
      if (found.narrowed) {
        candidates += candidate ? 1 : 0;
        holding += holds ? 1 : 0;
      }
    }
  }
  CAPTURE(asked, narrowed, candidates, holding);
  CHECK(narrowed * 10 > asked * 6);
  CHECK(candidates < holding * 3);
}

TEST_CASE("Similar words are found through the vocabulary") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  for (const char* subject : {"the conference of M\xc3\xbcllers", "a confrense", "conf", "meeting",
                              "meating conferences"})
    store.deliver(anna, text_of(subject));
  complete_index(store);
  const auto find_similar = [&](const char* needle) {
    const auto found = store.read([&](Reader& r) {
      return r.find_similar_text(anna, TextField::Subject, message::fold(needle));
    });
    REQUIRE(found);
    std::vector<std::uint64_t> numbers;
    for (const MessageNumber number : found->numbers) numbers.push_back(number.value());
    CHECK(found->narrowed);
    return numbers;
  };
  using Found = std::vector<std::uint64_t>;
  CHECK(find_similar("Conference") == Found{1, 2, 5});
  CHECK(find_similar("meeting") == Found{4, 5});
  CHECK(find_similar("conf") == Found{1, 2, 3, 5});
  CHECK(find_similar("muller conference") == Found{1});
  CHECK(find_similar("quokka").empty());
}

TEST_CASE("What is not indexed yet is a candidate, and the index goes on where it was") {
  TempFolder folder;
  AccountId anna;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
    for (int i = 0; i < 5; ++i) store.deliver(anna, text_of("quokka"));
    CHECK_FALSE(find(store, anna, TextField::Subject, "zebra").narrowed);
    complete_index(store);
    for (int i = 0; i < 3; ++i) store.deliver(anna, text_of("zebra"));
    const TextCandidates found = find(store, anna, TextField::Subject, "zebra");
    CHECK(found.narrowed);
    CHECK(found.numbers.empty());
    CHECK(found.indexed_up_to == MessageNumber(5));
  }
  StoreOptions options;
  options.fill_search_index = true;
  TestStore store(folder.path(), options);
  complete_index(store);
  const TextCandidates found = find(store, anna, TextField::Text, "ZEBR");
  CHECK(found.numbers == std::vector{MessageNumber(6), MessageNumber(7), MessageNumber(8)});
  CHECK(find(store, anna, TextField::From, "zebra").numbers.empty());
}

TEST_CASE("Candidates are mapped to where they stand in a mailbox") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  for (const char* subject : {"one zebra", "two", "three zebra", "four zebra"})
    store.deliver(anna, text_of(subject));
  const MailboxId inbox = store.mailbox(anna).id;
  const MailboxId archive = store.mailbox(anna, "Archive").id;
  REQUIRE(store.copy(inbox, uids_of(3, 3), archive));
  REQUIRE(store.copy(archive, uids_of(1, 1), archive));
  REQUIRE(store.move(inbox, uids_of(4, 4), archive));
  complete_index(store);
  const TextCandidates found = find(store, anna, TextField::Subject, "zebra");
  const auto uids = [&](MailboxId mailbox) {
    return *store.read(
        [&](Reader& r) { return r.uids_of(mailbox, found.numbers, found.indexed_up_to); });
  };
  CHECK(uids(inbox) == std::vector{Uid(1), Uid(3)});
  CHECK(uids(archive) == std::vector{Uid(1), Uid(2), Uid(3)});
  REQUIRE(store.store_flags({inbox, uids_of(1, 1), FlagChange::Add, flags_of({Flag::Deleted})}));
  REQUIRE(store.expunge(inbox, uids_of(1, 1)));
  CHECK(uids(inbox) == std::vector{Uid(3)});
  // What came later is told as well, since the index may not know it.
  for (int i = 0; i < 30; ++i) store.deliver(anna, text_of("two"));
  CHECK(uids(inbox).size() == 31);
  REQUIRE(store.copy(inbox, uids_of(5, 5), archive));
  CHECK(uids(archive).size() == 4);
  REQUIRE(store.remove_account(anna));
  complete_index(store);
  CHECK(uids(inbox).empty());
}

TEST_CASE("A message of too many words is looked at by every search") {
  TempFolder folder;
  TestStore store(folder.path());
  const AccountId anna = store.account("anna@example.org");
  std::string many = text_of("many");
  for (std::size_t i = 0; i <= MessageWords::kMostWords; ++i)
    many += 'w' + std::to_string(i) + (i % 10 == 0 ? "\r\n" : " ");
  store.deliver(anna, text_of("few"));
  store.deliver(anna, many);
  store.deliver(anna, text_of("few"));
  complete_index(store);
  const TextCandidates found = find(store, anna, TextField::Body, "quokka");
  CHECK(found.narrowed);
  CHECK(found.numbers == std::vector{MessageNumber(2)});
  CHECK(found.indexed_up_to == MessageNumber(3));
}

TEST_CASE("The index follows deliveries in the background") {
  TempFolder folder;
  StoreOptions options;
  options.fill_search_index = true;
  TestStore store(folder.path(), options);
  std::vector<AccountId> accounts;
  for (int i = 0; i < 8; ++i)
    accounts.push_back(store.account("user" + std::to_string(i) + "@example.org"));
  for (int i = 0; i < 200; ++i)
    store.deliver(accounts[static_cast<std::size_t>(i) % 8], text_of("zebra"));
  // Without being asked to.
  const auto all_indexed = [&] {
    return std::ranges::all_of(accounts, [&](AccountId account) {
      return find(store, account, TextField::Subject, "zebra").numbers.size() == 25;
    });
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!all_indexed() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(all_indexed());
}
