// Forgiving comparison: what is similar and how well.
#include "mail/message/fuzzy.h"

#include <catch2/catch.hpp>

#include "mail/message/searched_text.h"

using namespace restante::message;

namespace {

unsigned score(const char* needle, const char* text) {
  const FuzzyNeedle wanted(fold(needle));
  FuzzyNeedle::Match match(wanted);
  match.look_at(fold(text));
  return match.score();
}

}  // namespace

TEST_CASE("Similar words are the same, hold the other, or have few typos") {
  CHECK(similarity("meeting", "meeting") == 100);
  CHECK(similarity("meet", "meeting") == 90);
  CHECK(similarity("eting", "meeting") == 75);
  CHECK(similarity("meeting", "meating") == 60);
  CHECK(similarity("meeting", "meting") == 60);
  CHECK(similarity("meeting", "meetting") == 60);
  CHECK(similarity("meeting", "metting") == 60);
  CHECK(similarity("meeting", "matting") == 0);
  CHECK(similarity("conference", "confrense") == 45);
  CHECK(similarity("conference", "conveyance") == 0);
  CHECK(similarity("hello", "helo") == 0);  // too short for typos
  CHECK(similarity("ab", "cab") == 0);
  CHECK(similarity("ab", "ab") == 100);
  CHECK(similarity("", "x") == 0);
  CHECK(similarity("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxy") == 0);
}

TEST_CASE("Words may come in any order and without their diacritics") {
  CHECK(score("IMAP break", "IMAP is broken") == 0);
  CHECK(score("IMAP brok", "The Broken imap") == 95);
  CHECK(score("resume muller", "M\xc3\xbcller's R\xc3\xa9sum\xc3\xa9") == 100);
  CHECK(score("r\xc3\xa9sum\xc3\xa9", "my re\xcc\x81sume") == 100);
  CHECK(score("\xe4\xbc\x9a\xe8\xae\xae", "\xe6\x97\xa5\xe4\xbc\x9a\xe8\xae\xae") == 75);
  CHECK(score("one two", "one") == 0);
  CHECK(score("...", "x") == 100);
}
