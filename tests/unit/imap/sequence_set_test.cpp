// Sequence sets (RFC 9051 s9).
#include "mail/imap/sequence_set.h"

#include <catch2/catch.hpp>

using namespace restante;
using namespace restante::imap;
using Numbers = std::vector<std::uint32_t>;
using Ranges = std::vector<SequenceRange>;

namespace {

SequenceSet set_of(std::string_view text) {
  auto set = SequenceSet::parse(text);
  REQUIRE(set);
  return *set;
}

}  // namespace

TEST_CASE("The examples of RFC 9051 s9 resolve as it says") {
  CHECK(set_of("2,4:7,9,12:*").resolve(15) == Ranges{{2, 2}, {4, 7}, {9, 9}, {12, 15}});
  CHECK(set_of("*:4,5:7").resolve(10) == Ranges{{4, 10}});
  CHECK(set_of("4:2").resolve(10) == Ranges{{2, 4}});
  CHECK(set_of("3291:*").resolve(100) == Ranges{{100, 100}});
  CHECK(set_of("1:3,4:5").resolve(10) == Ranges{{1, 5}});
}

TEST_CASE("Sets are clipped to what exists, each number once") {
  CHECK(set_of("1:4294967295").resolve(3) == Ranges{{1, 3}});
  CHECK(set_of("5:9").resolve(3).empty());
  CHECK(set_of("*").resolve(0).empty());
  CHECK(set_of("1,1,1:2,2").resolve(5) == Ranges{{1, 2}});
  CHECK(set_of("4294967295,1").resolve(4294967295) == Ranges{{1, 1}, {4294967295, 4294967295}});
}

TEST_CASE("Broken sets are refused") {
  for (const char* text : {"", "0", "4294967296", "1:", ":1", "1,", ",1", "1:2:3", "$1", "$:2", "a",
                           "1 ", "01", "-1", "**", "1:0", "99999999999999999999"})
    CHECK_FALSE(SequenceSet::parse(text));
  std::string many = "1";
  for (int i = 0; i < 20'000; ++i) many += ",1";
  CHECK_FALSE(SequenceSet::parse(many));
}

TEST_CASE("The saved result stands anywhere in a set") {
  CHECK(set_of("$").has_saved());
  CHECK_FALSE(set_of("1:3").has_saved());
  CHECK(set_of("$").with_saved({}).resolve(9).empty());
  CHECK(set_of("7,$,1").with_saved({{2, 3}, {9, 9}}).resolve(9) == Ranges{{1, 3}, {7, 7}, {9, 9}});
}

TEST_CASE("A set knows whether it names what cannot exist") {
  CHECK(set_of("1:5").exceeds(4));
  CHECK_FALSE(set_of("1:5").exceeds(5));
  CHECK(set_of("*").exceeds(0));
  CHECK_FALSE(set_of("1:*").exceeds(1));
}

TEST_CASE("Membership and selection agree with resolving") {
  const auto set = set_of("*:20,3,7:5");
  const Numbers uids = {1, 3, 5, 8, 20, 25};
  CHECK(set.select(uids) == Numbers{3, 5, 20, 25});
  const auto resolved = set.resolve(25);
  for (std::uint32_t n = 0; n < 30; ++n) CHECK(contains(resolved, n) == set.contains(n, 25));
  CHECK(set.select({}).empty());
}

TEST_CASE("Numbers are written as the shortest set") {
  CHECK(format_sequence_set(Numbers{}).empty());
  CHECK(format_sequence_set(Numbers{1, 2, 3, 7, 9, 10}) == "1:3,7,9:10");
  CHECK(format_sequence_set(Numbers{4294967295}) == "4294967295");
}
