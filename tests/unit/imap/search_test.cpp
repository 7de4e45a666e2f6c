// SEARCH: reading the keys and matching messages.
#include "mail/imap/search.h"

#include <catch2/catch.hpp>

#include "mail/imap/flags.h"
#include "tests/unit/imap/parse_help.h"

using namespace restante;
using namespace restante::imap;

namespace {

constexpr std::string_view kMessage =
    "From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.org>\r\n"
    "To: Team: anna@example.org, Bob <bob@example.net>;\r\n"
    "Subject: =?iso-8859-1?q?Gr=FC=DFe?= aus\r\n Berlin\r\n"
    "Date: Mon, 1 Jan 2024 23:30:00 -0800\r\n"
    "X-Empty:\r\n"
    "List-Id: <dev.example.org>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n"
    "\r\n"
    "--b\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "U3RyYcOfZSB1bmQgV2V0dGVyCg==\r\n"
    "--b\r\n"
    "Content-Type: text/html\r\n"
    "\r\n"
    "<p>hot &amp; <b>co</b>ld</p>\r\n"
    "--b--\r\n";

struct Sample {
  explicit Sample(std::string_view text = kMessage) : octets(text), index(message::index(octets)) {
    candidate.sequence_number = 3;
    candidate.uid = 30;
    candidate.flags = static_cast<std::uint8_t>(SystemFlag::Flagged);
    candidate.keywords = &keywords;
    candidate.internal_date =
        std::chrono::sys_days(std::chrono::year(2024) / 1 / 5) + std::chrono::hours(23);
    candidate.size_octets = octets.size();
    candidate.number = 412;
    candidate.thread = 57;
    candidate.index = &index;
    candidate.octets = &octets;
  }
  std::string_view octets;
  message::Index index;
  std::vector<std::string> keywords = {"$Forwarded"};
  Candidate candidate;
};

SearchProgram program(std::string_view keys) {
  SearchProgram read = parse<Search>("SEARCH " + std::string(keys)).program;
  resolve_sets(read, 5, 50);
  return read;
}

bool matches(std::string_view keys) {
  const Sample sample;
  return evaluate(program(keys), sample.candidate) == Verdict::Yes;
}

}  // namespace

TEST_CASE("Keys on flags, numbers, sizes and internal dates") {
  for (const char* keys : {"ALL",
                           "FLAGGED",
                           "UNSEEN",
                           "UNANSWERED",
                           "UNDELETED",
                           "UNDRAFT",
                           "KEYWORD $forwarded",
                           "UNKEYWORD x",
                           "OLD",
                           "NOT NEW",
                           "3",
                           "2:*",
                           "UID 30",
                           "UID 10:30",
                           "LARGER 10",
                           "SMALLER 100000",
                           "ON 5-Jan-2024",
                           "SINCE \"05-Jan-2024\"",
                           "BEFORE 6-Jan-2024",
                           "EMAILID M412",
                           "THREADID T57",
                           "OR SEEN FLAGGED",
                           "(ALL (FLAGGED) NOT (SEEN))",
                           "OR (SEEN) OR DRAFT NOT ANSWERED",
                           "NOT NOT FLAGGED"})
    CHECK(matches(keys));
  for (const char* keys : {"SEEN", "UNFLAGGED", "NEW", "RECENT", "4", "UID 31", "LARGER 100000",
                           "BEFORE 5-Jan-2024", "SINCE 6-Jan-2024", "EMAILID M41", "OR SEEN DRAFT",
                           "NOT ALL", "FLAGGED SEEN", "KEYWORD $for"})
    CHECK_FALSE(matches(keys));
}

TEST_CASE("OLDER and YOUNGER count seconds back from now") {
  Sample sample;
  sample.candidate.now = sample.candidate.internal_date + std::chrono::seconds(100);
  const auto matches_now = [&](std::string_view keys) {
    return evaluate(program(keys), sample.candidate) == Verdict::Yes;
  };
  CHECK(matches_now("OLDER 99"));
  CHECK(matches_now("OLDER 100"));
  CHECK_FALSE(matches_now("OLDER 101"));
  CHECK_FALSE(matches_now("YOUNGER 99"));
  CHECK(matches_now("YOUNGER 100"));
  CHECK(matches_now("YOUNGER 4294967295 NOT OLDER 4294967295"));
  CHECK(refusal("SEARCH OLDER 0").starts_with("a BAD"));
  CHECK(refusal("SEARCH YOUNGER x").starts_with("a BAD"));
}

TEST_CASE("FUZZY forgives, and says how relevant a match is") {
  const Sample sample;
  for (const char* keys : {"FUZZY SUBJECT \"berlin grusse\"", "FUZZY FROM jurgen",
                           "FUZZY (SUBJECT berlim BODY wetter)", "FUZZY TEXT \"wettar strasse\"",
                           "FUZZY FLAGGED", "FUZZY HEADER list-id devel NOT SEEN OR SEEN ALL",
                           "NOT FUZZY SUBJECT hamburg", "FUZZY NOT SUBJECT hamburg"}) {
    CAPTURE(keys);
    const bool expected = std::string_view(keys).find("devel") == std::string_view::npos;
    CHECK(matches(keys) == expected);
  }
  CHECK_FALSE(matches("SUBJECT berlim"));
  CHECK_FALSE(matches("FUZZY SUBJECT berlin SUBJECT berlim"));  // FUZZY holds for one key
  CHECK(relevancy(program("FUZZY SUBJECT berlim"), sample.candidate) == 60);
  CHECK(relevancy(program("FUZZY (SUBJECT berlim BODY cold)"), sample.candidate) == 80);
  CHECK(relevancy(program("FUZZY SEEN"), sample.candidate) == 100);
  CHECK(uses_fuzzy_keys(program("FUZZY SEEN")));
  CHECK(refusal("SEARCH RETURN (RELEVANCY) SUBJECT x").starts_with("a BAD"));
  CHECK(refusal("SEARCH RETURN (RELEVANCY ALL) FUZZY SUBJECT x") == "accepted");
  CHECK(refusal("SEARCH FUZZY").starts_with("a BAD"));
}

TEST_CASE("What is known of a key is not looked for") {
  Sample sample;
  sample.candidate.index = nullptr;
  sample.candidate.octets = nullptr;
  const SearchProgram two = program("OR BODY x TEXT y");
  std::vector<KnownKey> known(two.nodes.size(), KnownKey::Unknown);
  CHECK(evaluate(two, sample.candidate) == Verdict::NeedIndex);
  for (std::size_t node = 0; node < known.size(); ++node)
    if (is_text_key(two.nodes[node].kind)) known[node] = KnownKey::No;
  sample.candidate.known = known;
  CHECK(evaluate(two, sample.candidate) == Verdict::No);
  known.back() = KnownKey::Yes;
  CHECK(evaluate(two, sample.candidate) == Verdict::Yes);
}

TEST_CASE("Keys on the envelope see decoded text in any case") {
  for (const char* keys :
       {"FROM JUERGEN@", "FROM {7+}\r\nj\xc3\xbcrgen", "TO anna@example.org", "TO \"bob <bob\"",
        "TO team", "SUBJECT BERLIN", "SUBJECT \"aus berlin\"", "SUBJECT \"\"", "SENTON 1-Jan-2024",
        "SENTSINCE 1-Jan-2024", "SENTBEFORE 2-Jan-2024"}) {
    CHECK(matches(keys));
  }
  CHECK_FALSE(matches("CC x"));
  CHECK_FALSE(matches("SENTON 2-Jan-2024"));
  const Sample sample;
  auto utf8 = parse<Search>("SEARCH CHARSET UTF-8 SUBJECT {7+}\r\ngr\xc3\xbcsse");
  CHECK(evaluate(utf8.program, sample.candidate) == Verdict::Yes);
  auto latin = parse<Search>(
      "SEARCH CHARSET ISO-8859-1 SUBJECT {5+}\r\nGR\xdc\xdf"
      "E");
  CHECK(evaluate(latin.program, sample.candidate) == Verdict::Yes);
}

TEST_CASE("Keys on header, body and text") {
  for (const char* keys :
       {"HEADER list-id dev.example", "HEADER X-EMPTY \"\"", "HEADER Subject berlin",
        "BODY strasse", "BODY \"hot & cold\"", "BODY <b>", "TEXT wetter", "TEXT \"list-id: <dev\"",
        "TEXT berlin", "NOT HEADER X-None \"\""})
    CHECK(matches(keys));
  for (const char* keys : {"BODY berlin", "HEADER X-Empty a", "TEXT U3RyYcOf", "BODY wetter!"})
    CHECK_FALSE(matches(keys));
}

TEST_CASE("Nothing is read where cheaper keys decide") {
  Sample sample;
  const Candidate all = sample.candidate;
  sample.candidate.index = nullptr;
  sample.candidate.octets = nullptr;
  CHECK(evaluate(program("BODY x SEEN"), sample.candidate) == Verdict::No);
  CHECK(evaluate(program("OR BODY x FLAGGED"), sample.candidate) == Verdict::Yes);
  CHECK(evaluate(program("BODY x FLAGGED"), sample.candidate) == Verdict::NeedIndex);
  CHECK(evaluate(program("NOT BODY x"), sample.candidate) == Verdict::NeedIndex);
  sample.candidate.index = all.index;
  CHECK(evaluate(program("TEXT x SUBJECT nowhere"), sample.candidate) == Verdict::No);
  CHECK(evaluate(program("TEXT x SUBJECT berlin"), sample.candidate) == Verdict::NeedOctets);
  CHECK(needs(program("ALL FLAGGED 1:* SMALLER 3")) == SearchNeed::None);
  CHECK(needs(program("NOT (OR SEEN FROM x)")) == SearchNeed::Index);
  CHECK(needs(program("FROM x (BODY y)")) == SearchNeed::Octets);
}

TEST_CASE("Sequence numbers in a program are found") {
  CHECK(uses_sequence_numbers(program("NOT 1:3")));
  CHECK_FALSE(uses_sequence_numbers(program("UID 1:3")));
}

TEST_CASE("RETURN options and charsets") {
  CHECK_FALSE(parse<Search>("SEARCH ALL").returns);
  CHECK(parse<Search>("SEARCH RETURN () ALL").returns->all);
  CHECK(parse<Search>("UID SEARCH RETURN (MIN count) ALL").returns->count);
  CHECK(refusal("SEARCH CHARSET no-such-charset ALL").starts_with("a NO BADCHARSET ("));
  CHECK(refusal("SEARCH TEXT {2+}\r\n\xff\xfe") == "a BAD |search text needs a CHARSET");
}

TEST_CASE("Broken and excessive keys are refused") {
  for (const char* keys : {"",
                           "()",
                           "(ALL",
                           "ALL)",
                           "NOT",
                           "OR SEEN",
                           "FOO",
                           "ALL ",
                           "ALL  SEEN",
                           "BEFORE 32-Jan-2024",
                           "BEFORE 30-Feb-2024",
                           "BEFORE 1-Foo-2024",
                           "LARGER x",
                           "LARGER 9223372036854775808",
                           "FROM",
                           "HEADER x",
                           "UID 0",
                           "ON \"1-Jan-2024",
                           "KEYWORD \\Seen",
                           "RETURN (MIN) ALL ALL("})
    CHECK(refusal("SEARCH " + std::string(keys)) != "accepted");
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "(";
  CHECK(refusal("SEARCH " + deep + "ALL").starts_with("a NO LIMIT|search nested"));
  std::string nots;
  for (int i = 0; i < 200; ++i) nots += "NOT ";
  CHECK(refusal("SEARCH " + nots + "ALL").starts_with("a NO LIMIT|search nested"));
  std::string many = "ALL";
  for (int i = 0; i < 1100; ++i) many += " ALL";
  CHECK(refusal("SEARCH " + many).starts_with("a NO LIMIT|too many search keys"));
}

TEST_CASE("Texts are folded by i;unicode-casemap") {
  CHECK(fold("STRASSE") == fold("straße"));
  CHECK(fold("CAFÉ").starts_with("cafe"));
  CHECK(fold("ДА") == fold("да"));
  CHECK(fold("ﬁn") == "fin");
  CHECK(fold("A\xcc\x8a") == fold("å"));
  CHECK(fold("\xe4") == fold("Ä"));
  CHECK(fold("") == "");
}
