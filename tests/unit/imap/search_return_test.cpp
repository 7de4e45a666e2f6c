// RETURN options: reading them, and what they pick out of a result.
#include "mail/imap/search_return.h"

#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante::imap;

namespace {

using Numbers = std::vector<std::uint32_t>;
using Ranges = std::vector<SequenceRange>;

SearchReturn returns_of(std::string_view options) {
  return *parse<Search>("SEARCH RETURN (" + std::string(options) + ") ALL").returns;
}

Numbers part(const Numbers& results, PartialRange partial) {
  const auto picked = part_of(results, partial);
  return {picked.begin(), picked.end()};
}

}  // namespace

TEST_CASE("PARTIAL is read in both directions, each range as it was written") {
  CHECK(returns_of("PARTIAL 1:500").partial == PartialRange{1, 500, false});
  CHECK(returns_of("partial 500:400").partial == PartialRange{500, 400, false});
  CHECK(returns_of("PARTIAL -1:-100 COUNT").partial == PartialRange{1, 100, true});
  for (const char* option :
       {"PARTIAL", "PARTIAL 1", "PARTIAL 0:1", "PARTIAL 1:0", "PARTIAL -1:2", "PARTIAL 1:-2",
        "PARTIAL 1:*", "PARTIAL 1:4294967296", "PARTIAL 1:2 ALL", "ALL PARTIAL 1:2",
        "PARTIAL 1:2 PARTIAL 3:4", "PARTIAL  1:2", "SAVE ", "SOME"}) {
    CHECK(refusal("SEARCH RETURN (" + std::string(option) + ") ALL").starts_with("a BAD"));
  }
}

TEST_CASE("SAVE alone asks for no answer") {
  CHECK(returns_of("SAVE").save);
  CHECK_FALSE(returns_of("SAVE").answers());
  CHECK(returns_of("SAVE COUNT").answers());
  CHECK(returns_of("").answers());
}

TEST_CASE("A refusal says whether it empties the saved result") {
  const Heard saving = listen("a SEARCH RETURN (SAVE) CHARSET none ALL\r\n");
  const Heard not_saving = listen("a SEARCH RETURN (COUNT) CHARSET none ALL\r\n");
  const Heard bad = listen("a SEARCH RETURN (SAVE) FOO\r\n");
  REQUIRE(saving.errors.size() + not_saving.errors.size() + bad.errors.size() == 3);
  CHECK(saving.errors[0].empties_saved_result);
  CHECK_FALSE(not_saving.errors[0].empties_saved_result);
  CHECK_FALSE(bad.errors[0].empties_saved_result);
}

TEST_CASE("PARTIAL picks places from the start or from the end") {
  const Numbers results{3, 5, 8, 13, 21};
  CHECK(part(results, {1, 2, false}) == Numbers{3, 5});
  CHECK(part(results, {2, 1, false}) == Numbers{3, 5});
  CHECK(part(results, {4, 9, false}) == Numbers{13, 21});
  CHECK(part(results, {6, 9, false}).empty());
  CHECK(part(results, {1, 2, true}) == Numbers{13, 21});
  CHECK(part(results, {5, 4294967295, true}) == Numbers{3});
  CHECK(part(results, {6, 7, true}).empty());
  CHECK(part({}, {1, 1, true}).empty());
}

TEST_CASE("PARTIAL cuts ranges the same way") {
  const Ranges ranges{{3, 5}, {8, 8}, {10, 12}};
  CHECK(part_of(ranges, {2, 4, false}) == Ranges{{4, 5}, {8, 8}});
  CHECK(part_of(ranges, {1, 2, true}) == Ranges{{11, 12}});
  CHECK(part_of(ranges, {1, 100, true}) == ranges);
  CHECK(part_of(ranges, {8, 9, false}).empty());
  CHECK(part_of(Ranges{{1, 4294967295}}, {4294967295, 1, false}) == Ranges{{1, 4294967295}});
}

TEST_CASE("What SAVE keeps depends on what else is asked for") {
  const Numbers results{2, 10, 11, 21};
  const auto saved = [&](std::string_view options) {
    return saved_of(results, returns_of(options));
  };
  CHECK(saved("SAVE") == results);
  CHECK(saved("SAVE MIN") == Numbers{2});
  CHECK(saved("SAVE MAX") == Numbers{21});
  CHECK(saved("SAVE MIN MAX") == Numbers{2, 21});
  CHECK(saved("SAVE MIN COUNT") == results);
  CHECK(saved("SAVE ALL MAX") == results);
  CHECK(saved("SAVE PARTIAL 2:3") == Numbers{10, 11});
  CHECK(saved("SAVE PARTIAL 2:3 MIN") == Numbers{2, 10, 11});
  CHECK(saved("SAVE PARTIAL -1:-2 MAX MIN") == Numbers{2, 11, 21});
  CHECK(saved("SAVE PARTIAL 2:3 COUNT MAX") == results);
  CHECK(saved_of({}, returns_of("SAVE MIN")).empty());
}

TEST_CASE("PARTIAL modifies UID FETCH only") {
  CHECK(parse<Fetch>("UID FETCH 1:* FLAGS (PARTIAL -1:-3)").partial == PartialRange{1, 3, true});
  CHECK(parse<Fetch>("UID FETCH 1:* ALL (PARTIAL 1:3)").partial == PartialRange{1, 3, false});
  CHECK_FALSE(parse<Fetch>("UID FETCH 1:* (UID FLAGS)").partial);
  for (const char* text : {"FETCH 1:* FLAGS (PARTIAL 1:3)", "UID FETCH 1 FLAGS ()",
                           "UID FETCH 1 FLAGS (PARTIAL 1:3 PARTIAL 1:3)", "UID FETCH 1 FLAGS (X)",
                           "UID FETCH 1 FLAGS PARTIAL 1:3"}) {
    CHECK(refusal(text).starts_with("a BAD"));
  }
}

TEST_CASE("ESEARCH names its sources") {
  const auto command = parse<MultiSearch>(
      "ESEARCH IN (subtree (a \"b c\") mailboxes inbox selected) RETURN (COUNT) UNSEEN");
  using Kind = MailboxFilter::Kind;
  CHECK(command.sources == std::vector<MailboxFilter>{{Kind::Subtree, {"a", "b c"}},
                                                      {Kind::Mailboxes, {"INBOX"}},
                                                      {Kind::Selected, {}}});
  CHECK(command.search.uid);
  CHECK(command.search.returns->count);
  CHECK(parse<MultiSearch>("ESEARCH ALL").search.returns->all);
  CHECK(parse<MultiSearch>("ESEARCH IN (personal) CHARSET utf-8 ALL").search.charset_named);
  for (const char* text : {"ESEARCH", "ESEARCH IN () ALL", "ESEARCH IN (personal)",
                           "ESEARCH IN personal ALL", "ESEARCH IN (mailboxes ()) ALL",
                           "ESEARCH IN (mailboxes) ALL", "ESEARCH IN (personal (x)) ALL"}) {
    CHECK(refusal(text).starts_with("a BAD"));
  }
  std::string many = "ESEARCH IN (mailboxes (a";
  for (int i = 0; i < 1000; ++i) many += " a";
  CHECK(refusal(many + ")) ALL") == "a NO LIMIT|too many mailboxes");
}

TEST_CASE("UPDATE may ask for items of new messages") {
  CHECK(returns_of("UPDATE COUNT").update);
  CHECK(returns_of("CONTEXT").context);
  CHECK(returns_of("UPDATE").answers());
  CHECK(returns_of("COUNT UPDATE (UID FLAGS) MIN").update_items.size() == 2);
  CHECK(returns_of("UPDATE(UID)").update_items.size() == 1);
  for (const char* options : {"UPDATE UPDATE", "UPDATE ()", "COUNT (UID)", "UPDATE (UID) (UID)"})
    CHECK(refusal("SEARCH RETURN (" + std::string(options) + ") ALL").starts_with("a BAD"));
  CHECK(parse<CancelUpdate>("CANCELUPDATE \"a\" \"b\"").tags.size() == 2);
  CHECK(refusal("CANCELUPDATE").starts_with("a BAD"));
}

TEST_CASE("Ranges take numbers in and give them up") {
  const Ranges ranges{{3, 5}, {9, 9}};
  CHECK(with(ranges, Numbers{1, 6, 10}) == Ranges{{1, 1}, {3, 6}, {9, 10}});
  CHECK(without(ranges, Numbers{1, 4, 9}) == Ranges{{3, 3}, {5, 5}});
  CHECK(without(ranges, Numbers{3, 5}) == Ranges{{4, 4}, {9, 9}});
  CHECK(without(Ranges{{4294967290, 4294967295}}, Numbers{4294967295}) ==
        Ranges{{4294967290, 4294967294}});
}
