// Search results that are kept up to date (RFC 5267).
#include <random>
#include <set>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// ann's INBOX with that many messages, selected twice.
class Inbox {
 public:
  explicit Inbox(int messages) : client(house, house.ann), other(house, house.ann) {
    for (int i = 0; i < messages; ++i) house.deliver(house.ann, kImapMessage);
    client.ask("SELECT INBOX");
    other.ask("SELECT INBOX");
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  ImapHouse house;
  ImapClient client;
  ImapClient other;
};

// Applies the uids of `KIND (0 set)` in an answer to a set.
void follow(const std::string& answer, std::set<int>& uids) {
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    for (const bool adds : {false, true}) {
      const std::string name = adds ? " ADDTO (0 " : " REMOVEFROM (0 ";
      const std::size_t at = line.find(name);
      if (at == std::string::npos) continue;
      std::istringstream set(line.substr(at + name.size()));
      for (char separator = ','; separator == ',';) {
        int first = 0;
        set >> first;
        int last = first;
        set >> separator;
        if (separator == ':') set >> last >> separator;
        for (int uid = first; uid <= last; ++uid) {
          const bool fits = adds ? uids.insert(uid).second : uids.erase(uid) == 1;
          REQUIRE(fits);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("a context is told what joins and leaves it, after what brought it about", "[imap]") {
  Inbox inbox(4);
  CHECK(contains(inbox.ask("SEARCH RETURN (UPDATE COUNT) UNSEEN"), "(TAG \"t2\") COUNT 4\n"));
  inbox.other.ask("STORE 2:3 +FLAGS.SILENT (\\Seen)");
  inbox.house.deliver(inbox.house.ann, kImapMessage);
  const std::string answer = inbox.ask("NOOP");
  CHECK(contains(answer, "* 5 EXISTS\n"));
  CHECK(answer.find("* 3 FETCH (UID 3 FLAGS (") < answer.find("* ESEARCH"));
  CHECK(contains(answer,
                 "\n* ESEARCH (TAG \"t2\") REMOVEFROM (0 2:3)\n"
                 "* ESEARCH (TAG \"t2\") ADDTO (0 5)\nOK"));
  CHECK_FALSE(contains(inbox.ask("NOOP"), "ESEARCH"));
}

TEST_CASE("a context is told of one's own silent changes too", "[imap]") {
  Inbox inbox(3);
  inbox.ask("UID SEARCH RETURN (UPDATE) FLAGGED");
  CHECK(inbox.ask("STORE 2 +FLAGS.SILENT (\\Flagged)") ==
        "* ESEARCH (TAG \"t2\") UID ADDTO (0 2)\nOK STORE completed");
  CHECK(inbox.ask("STORE 2 +FLAGS.SILENT (\\Answered)") == "OK STORE completed");
  CHECK(contains(inbox.ask("STORE 2 FLAGS ()"), " UID REMOVEFROM (0 2)\n"));
}

TEST_CASE("what is expunged leaves a context before its EXPUNGE", "[imap]") {
  Inbox inbox(4);
  inbox.ask("SEARCH RETURN (UPDATE) ALL");
  inbox.other.ask("STORE 2,4 +FLAGS.SILENT (\\Deleted)");
  inbox.ask("NOOP");
  inbox.other.ask("EXPUNGE");
  CHECK(inbox.ask("SEARCH SEEN") ==
        "* SEARCH\n* ESEARCH (TAG \"t2\") REMOVEFROM (0 2,4)\nOK SEARCH completed");
  CHECK(contains(inbox.ask("NOOP"), "* 2 EXPUNGE\n* 3 EXPUNGE\n"));
  inbox.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(contains(inbox.ask("EXPUNGE"), "REMOVEFROM (0 1)\n* 1 EXPUNGE\n"));
}

TEST_CASE("a context reads no more than the messages that changed", "[imap]") {
  Inbox inbox(2);
  inbox.ask("UID SEARCH RETURN (UPDATE) SUBJECT there BODY world");
  inbox.house.deliver(inbox.house.ann, "Subject: other\r\n\r\nworld\r\n");
  CHECK_FALSE(contains(inbox.ask("NOOP"), "ESEARCH"));
  inbox.house.deliver(inbox.house.ann, kImapMessage);
  CHECK(contains(inbox.ask("NOOP"),
                 "* 4 EXISTS\n* 4 RECENT\n"
                 "* ESEARCH (TAG \"t2\") UID ADDTO (0 4)\n") +
            contains(inbox.ask("NOOP"), "nothing") ==
        1);
}

TEST_CASE("sequence numbers and $ of a context stay what they were", "[imap]") {
  Inbox inbox(4);
  inbox.ask("SEARCH RETURN (SAVE) 4");
  inbox.ask("SEARCH RETURN (UPDATE) OR 2:3 $ FLAGGED");
  inbox.other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  inbox.other.ask("EXPUNGE");
  CHECK_FALSE(contains(inbox.ask("NOOP"), "ESEARCH"));
  CHECK(contains(inbox.ask("STORE 1:3 +FLAGS.SILENT (\\Flagged)"), "ADDTO (0 1:3)\n"));
}

TEST_CASE("contexts end with CANCELUPDATE and with the selection", "[imap]") {
  Inbox inbox(1);
  inbox.client.send("u SEARCH RETURN (UPDATE) FLAGGED\r\n");
  CHECK(inbox.client.answer("u") == "* ESEARCH (TAG \"u\")\nOK SEARCH completed");
  inbox.client.send("u SEARCH RETURN (UPDATE) ALL\r\n");
  CHECK(inbox.client.answer("u").starts_with("BAD"));
  CHECK(inbox.ask("CANCELUPDATE \"u\" \"none\"") == "OK CANCELUPDATE completed");
  CHECK(inbox.ask("STORE 1 +FLAGS.SILENT (\\Flagged)") == "OK STORE completed");
  inbox.client.send("u SEARCH RETURN (UPDATE) FLAGGED\r\n");
  CHECK(inbox.client.answer("u").ends_with("OK SEARCH completed"));
  inbox.ask("SELECT INBOX");
  CHECK(inbox.ask("STORE 1 -FLAGS.SILENT (\\Flagged)") == "OK STORE completed");
  CHECK(inbox.ask("CANCELUPDATE u").starts_with("BAD"));
}

TEST_CASE("too many contexts are refused, their searches not", "[imap]") {
  Inbox inbox(1);
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(contains(inbox.ask("SEARCH RETURN (UPDATE COUNT) ALL"), "NOUPDATE"));
  }
  const std::string answer = inbox.ask("SEARCH RETURN (UPDATE COUNT) ALL");
  CHECK(contains(answer, "* NO [NOUPDATE \"t12\"] Too many contexts\n"));
  CHECK(contains(answer, "COUNT 1\n"));
  CHECK(answer.ends_with("OK SEARCH completed"));
}

TEST_CASE("ESEARCH updates the selected mailbox only", "[imap]") {
  Inbox inbox(2);
  CHECK(contains(inbox.ask("ESEARCH IN (selected personal) RETURN (UPDATE COUNT) UNSEEN"),
                 "COUNT 2\n"));
  const std::string answer = inbox.ask("STORE 2 +FLAGS.SILENT (\\Seen)");
  CHECK(contains(answer, "* ESEARCH (TAG \"t2\" MAILBOX \"INBOX\" UIDVALIDITY "));
  CHECK(contains(answer, ") UID REMOVEFROM (0 2)\n"));
  CHECK(contains(inbox.ask("ESEARCH RETURN (UPDATE) ALL"), "OK"));
  inbox.ask("CLOSE");
  CHECK(inbox.ask("ESEARCH IN (personal) RETURN (UPDATE) ALL").starts_with("BAD"));
}

TEST_CASE("a context follows random changes exactly", "[imap]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Inbox inbox(5);
  inbox.ask("UID SEARCH RETURN (UPDATE) ALL");
  inbox.ask("UID SEARCH RETURN (UPDATE) OR FLAGGED SEEN NOT DELETED");
  inbox.ask("CANCELUPDATE \"t2\"");
  std::set<int> told;
  for (int step = 0; step < 200; ++step) {
    ImapClient& actor = random() % 2 == 0 ? inbox.client : inbox.other;
    std::string answer;
    switch (random() % 6) {
      case 0:
        answer = actor.append(kImapMessage, "INBOX", random() % 2 == 0 ? "(\\Seen) " : "");
        break;
      case 1:
        answer = actor.ask("EXPUNGE");
        break;
      default: {
        constexpr std::array kFlags{"\\Seen", "\\Flagged", "\\Deleted"};
        answer = actor.ask(std::string("UID STORE ") + std::to_string(random() % 30) + ":" +
                           std::to_string(1 + random() % 30) + (random() % 3 == 0 ? " -" : " +") +
                           "FLAGS.SILENT (" + kFlags[random() % 3] + ")");
        break;
      }
    }
    if (&actor == &inbox.client) follow(answer, told);
    if (random() % 3 != 0) continue;
    follow(inbox.ask("NOOP"), told);
    std::string expected;
    for (const int uid : told) expected += " " + std::to_string(uid);
    REQUIRE(contains(inbox.ask("UID SEARCH OR FLAGGED SEEN NOT DELETED"),
                     "* SEARCH" + expected + "\n"));
  }
}

namespace {

// Applies ADDTO and REMOVEFROM at positions of a sorted result.
void follow_sorted(const std::string& answer, std::vector<int>& uids) {
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    for (const bool adds : {false, true}) {
      const std::string name = adds ? " ADDTO (" : " REMOVEFROM (";
      const std::size_t at = line.find(name);
      if (at == std::string::npos) continue;
      std::istringstream set(line.substr(at + name.size()));
      std::size_t position = 0;
      set >> position;
      for (char separator = ','; separator == ',';) {
        int first = 0;
        set >> first;
        int last = first;
        set >> separator;
        if (separator == ':') set >> last >> separator;
        for (int uid = first; uid <= last; ++uid) {
          REQUIRE(position >= 1);
          REQUIRE(position <= uids.size() + (adds ? 1 : 0));
          const auto place = uids.begin() + static_cast<std::ptrdiff_t>(position - 1);
          if (adds) {
            uids.insert(place, uid);
            ++position;
          } else {
            REQUIRE(*place == uid);
            uids.erase(place);
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("a sorted context follows random changes exactly", "[imap]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Inbox inbox(0);
  inbox.ask("UID SORT RETURN (UPDATE) (SUBJECT REVERSE ARRIVAL) UTF-8 UNSEEN");
  std::vector<int> told;
  for (int step = 0; step < 120; ++step) {
    ImapClient& actor = random() % 2 == 0 ? inbox.client : inbox.other;
    std::string answer;
    const auto choice = random() % 6;
    if (choice < 3) {
      const std::string subject(1 + random() % 2, static_cast<char>('a' + random() % 5));
      for (unsigned i = 0; i < 1 + (random() % 10 == 0 ? 20 : 0); ++i) {
        answer += actor.append("Subject: " + subject + "\r\n\r\nx\r\n");
      }
    } else if (choice == 3) {
      answer = actor.ask("EXPUNGE");
    } else {
      answer = actor.ask("UID STORE " + std::to_string(1 + random() % 60) + ":" +
                         std::to_string(1 + random() % 60) + (random() % 2 == 0 ? " -" : " +") +
                         "FLAGS.SILENT (" + (random() % 2 == 0 ? "\\Seen" : "\\Deleted") + ")");
    }
    if (&actor == &inbox.client) follow_sorted(answer, told);
    if (random() % 3 != 0) continue;
    follow_sorted(inbox.ask("NOOP"), told);
    std::string expected;
    for (const int uid : told) expected += " " + std::to_string(uid);
    REQUIRE(contains(inbox.ask("UID SORT (SUBJECT REVERSE ARRIVAL) UTF-8 UNSEEN"),
                     "* SORT" + expected + "\n"));
  }
}

}  // namespace restante::session
