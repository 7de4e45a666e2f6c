// LIST patterns (RFC 9051 s6.3.9).
#include "mail/imap/list_pattern.h"

#include <catch2/catch.hpp>

using restante::imap::ListPattern;

TEST_CASE("Wildcards match as RFC 9051 says") {
  CHECK(ListPattern("", "*").matches("a/b/c"));
  CHECK(ListPattern("", "*").matches(""));
  CHECK(ListPattern("", "%").matches("a"));
  CHECK_FALSE(ListPattern("", "%").matches("a/b"));
  CHECK(ListPattern("a/", "%").matches("a/b"));
  CHECK_FALSE(ListPattern("a/", "%").matches("a/b/c"));
  CHECK(ListPattern("", "a%d").matches("abcd"));
  CHECK(ListPattern("", "%/b").matches("a/b"));
  CHECK(ListPattern("", "*b").matches("a/b"));
  CHECK_FALSE(ListPattern("", "a").matches("ab"));
  CHECK_FALSE(ListPattern("", "ab").matches("a"));
  CHECK(ListPattern("x", "/a").matches("/a"));
}

TEST_CASE("INBOX matches in any case, others do not") {
  CHECK(ListPattern("", "inbox").matches("INBOX"));
  CHECK(ListPattern("", "in%").matches("INBOX"));
  CHECK(ListPattern("", "inbox/a").matches("INBOX/a"));
  CHECK_FALSE(ListPattern("", "inbox/A").matches("INBOX/a"));
  CHECK_FALSE(ListPattern("", "sent").matches("Sent"));
}

TEST_CASE("Runs of wildcards cost no more than one") {
  CHECK(ListPattern("", "a**b%%%c%*%").text() == "a*b%c*");
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "*a";
  CHECK_FALSE(ListPattern("", pattern + "b").matches(std::string(1000, 'a')));
}
