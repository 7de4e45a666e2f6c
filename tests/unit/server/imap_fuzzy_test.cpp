// SEARCH=FUZZY through a session: scores, and SORT by them (RFC 6203).
#include <catch2/catch.hpp>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

std::string about(const std::string& subject) {
  return "From: bob@example.org\r\nSubject: " + subject + "\r\n\r\nx\r\n";
}

}  // namespace

TEST_CASE("SORT by RELEVANCY gives the best match first, with scores", "[imap]") {
  ImapHouse house;
  house.deliver(house.ann, about("harbor lights"));
  house.deliver(house.ann, about("nothing of it"));
  house.deliver(house.ann, about("harbour"));
  house.deliver(house.ann, about("harbours of the north"));
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  CHECK(client.ask("SORT (RELEVANCY) UTF-8 FUZZY SUBJECT harbour") ==
        "* SORT 3 4 1\nOK SORT completed");
  CHECK(contains(client.ask("SORT RETURN (RELEVANCY ALL) (RELEVANCY) UTF-8 FUZZY SUBJECT harbour"),
                 ") ALL 3:4,1 RELEVANCY (100 90 60)\n"));
  CHECK(client.ask("SORT (REVERSE RELEVANCY) UTF-8 FUZZY SUBJECT harbour") ==
        "* SORT 1 4 3\nOK SORT completed");
  CHECK(client.ask("SORT (RELEVANCY) UTF-8 SUBJECT harbour").starts_with("BAD"));
}

TEST_CASE("a result sorted by RELEVANCY is not kept up to date", "[imap]") {
  ImapHouse house;
  house.deliver(house.ann, about("harbour"));
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  const std::string answer =
      client.ask("SORT RETURN (UPDATE ALL) (RELEVANCY) UTF-8 FUZZY SUBJECT harbour");
  CHECK(contains(answer, "* NO [NOUPDATE "));
  CHECK(contains(answer, "OK SORT completed"));
}

}  // namespace restante::session
