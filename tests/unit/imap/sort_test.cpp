#include "mail/imap/sort.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "mail/imap/writer.h"
#include "tests/unit/imap/parse_help.h"

using namespace restante;
using namespace restante::imap;

namespace {

using Numbers = std::vector<std::uint32_t>;

struct Row {
  std::string header;
  int arrival = 0;
  std::uint64_t size = 0;
};

std::string digest_of(const std::string& header) {
  return message::encode_digest(message::index(header + "\r\n"));
}

Numbers sorted(const std::vector<Row>& rows, std::vector<SortCriterion> criteria) {
  Sorter sorter(std::move(criteria));
  std::uint32_t number = 0;
  for (const Row& row : rows) {
    const std::string stored = digest_of(row.header);
    const auto digest = message::decode_digest(stored);
    sorter.add(++number, std::chrono::sys_seconds(std::chrono::seconds(row.arrival)), row.size,
               &*digest);
  }
  while (sorter.step()) {
  }
  return sorter.take();
}

const Sort& sort_of(const Heard& heard) {
  return std::get<Sort>(heard.commands.at(0).body);
}

}  // namespace

TEST_CASE("SORT orders by each key, then by sequence number") {
  const std::vector<Row> rows = {
      {"From: zoe@x\r\nTo: b@x\r\nCc: k@x\r\nSubject: Re: banana\r\n"
       "Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n",
       30, 5},
      {"From: Adam <bob@x>\r\nTo: Zed <a@x>\r\nSubject: Apple\r\n"
       "Date: Tue, 8 Feb 1994 05:00:00 +0000\r\n",
       10, 7},
      {"From: alice@x\r\nSubject: [list] apple\r\n", 20, 5},
  };
  CHECK(sorted(rows, {{SortKey::Arrival}}) == Numbers{2, 3, 1});
  CHECK(sorted(rows, {{SortKey::Arrival, true}}) == Numbers{1, 3, 2});
  CHECK(sorted(rows, {{SortKey::Size}}) == Numbers{1, 3, 2});
  CHECK(sorted(rows, {{SortKey::Size, true}}) == Numbers{2, 1, 3});
  CHECK(sorted(rows, {{SortKey::Date}}) == Numbers{3, 2, 1});
  CHECK(sorted(rows, {{SortKey::From}}) == Numbers{3, 2, 1});
  CHECK(sorted(rows, {{SortKey::To}}) == Numbers{3, 2, 1});
  CHECK(sorted(rows, {{SortKey::Cc}}) == Numbers{2, 3, 1});
  CHECK(sorted(rows, {{SortKey::DisplayFrom}}) == Numbers{2, 3, 1});
  CHECK(sorted(rows, {{SortKey::DisplayTo}}) == Numbers{3, 1, 2});
  CHECK(sorted(rows, {{SortKey::Subject}}) == Numbers{2, 3, 1});
  CHECK(sorted(rows, {{SortKey::Subject, true}}) == Numbers{1, 2, 3});
  CHECK(sorted(rows, {{SortKey::Subject}, {SortKey::Arrival, true}}) == Numbers{3, 2, 1});
  CHECK(sorted({}, {{SortKey::Subject}}).empty());
}

TEST_CASE("Texts that begin alike are compared to their end, shorter ones first") {
  const auto subject = [](const std::string& text) { return Row{"Subject: " + text + "\r\n"}; };
  CHECK(sorted({subject("abcdefghij"), subject("abcdefgh"), subject("abcdefghia"), subject("a")},
               {{SortKey::Subject}}) == Numbers{4, 2, 3, 1});
}

TEST_CASE("Many messages are sorted as a plain sort would") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (const std::size_t count : {1, 8191, 8192, 8193, 30000}) {
    Sorter sorter({{SortKey::Size}, {SortKey::Arrival, true}});
    std::vector<std::array<std::int64_t, 3>> expected;
    for (std::uint32_t number = 1; number <= count; ++number) {
      const std::int64_t size = random() % 100;
      const std::int64_t arrival = static_cast<std::int64_t>(random() % 100) - 50;
      sorter.add(number, std::chrono::sys_seconds(std::chrono::seconds(arrival)),
                 static_cast<std::uint64_t>(size), nullptr);
      expected.push_back({size, -arrival, number});
    }
    while (sorter.step()) {
    }
    std::ranges::sort(expected);
    const Numbers found = sorter.take();
    REQUIRE(found.size() == count);
    bool same = true;
    for (std::size_t i = 0; i < count; ++i) same = same && found[i] == expected[i][2];
    CHECK(same);
  }
}

TEST_CASE("SORT is read with its criteria, charset and keys") {
  const Heard plain = listen("a SORT (SUBJECT REVERSE DATE) UTF-8 ALL\r\n");
  CHECK(sort_of(plain).criteria ==
        std::vector<SortCriterion>{{SortKey::Subject}, {SortKey::Date, true}});
  CHECK_FALSE(sort_of(plain).search.uid);
  CHECK_FALSE(sort_of(plain).search.returns);
  const Heard extended =
      listen("a UID SORT RETURN (MIN COUNT) (displayfrom DisplayTo) us-ascii TEXT \"x\" 1:3\r\n");
  CHECK(sort_of(extended).search.uid);
  CHECK(sort_of(extended).search.returns->count);
  CHECK(sort_of(extended).criteria.size() == 2);
  CHECK(sort_of(listen("a SORT (SIZE REVERSE SIZE ARRIVAL) UTF-8 ALL\r\n")).criteria.size() == 2);
  for (const char* wrong :
       {"a SORT () UTF-8 ALL\r\n", "a SORT (SUBJECT) ALL\r\n", "a SORT SUBJECT UTF-8 ALL\r\n",
        "a SORT (REVERSE) UTF-8 ALL\r\n", "a SORT (REVERSE REVERSE DATE) UTF-8 ALL\r\n",
        "a SORT (COLOUR) UTF-8 ALL\r\n", "a SORT (DATE) UTF-8\r\n", "a SORT (DATE) UTF-8 \r\n"})
    CHECK(listen(wrong).commands.empty());
  const Heard charset = listen("a SORT (DATE) X-UNKNOWN ALL\r\n");
  REQUIRE(charset.errors.size() == 1);
  CHECK(charset.errors[0].no);
  CHECK(charset.errors[0].code.starts_with("BADCHARSET"));
}

TEST_CASE("The SORT response has the numbers in their order") {
  std::string out;
  append_sort(out, Numbers{2, 84, 882});
  append_sort(out, {});
  CHECK(out == "* SORT 2 84 882\r\n* SORT\r\n");
}
