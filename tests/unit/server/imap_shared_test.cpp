// Several sessions on one mailbox see each other's changes (RFC 9051 s5.2, s7.5.1); IDLE.
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// Two sessions of ann on an INBOX of three messages.
class Pair {
 public:
  Pair() : one(house, house.ann), two(house, house.ann) {
    for (int i = 0; i < 3; ++i) house.deliver(house.ann, kImapMessage);
    one.ask("SELECT INBOX");
    two.ask("SELECT INBOX");
  }
  void expunge_second_by_two() {
    two.ask("STORE 2 +FLAGS.SILENT (\\Deleted)");
    two.ask("EXPUNGE");
  }
  ImapHouse house;
  ImapClient one, two;
};

}  // namespace

TEST_CASE("new messages, flags and expunges of another session are told by NOOP", "[imap]") {
  Pair pair;
  pair.two.ask("STORE 1 +FLAGS.SILENT (\\Answered)");
  pair.expunge_second_by_two();
  pair.house.deliver(pair.house.ann, kImapMessage);
  CHECK(pair.one.ask("NOOP") ==
        "* 2 EXPUNGE\n* 3 EXISTS\n* 1 FETCH (UID 1 FLAGS (\\Recent \\Answered))\n"
        "OK NOOP completed");
  CHECK(pair.one.ask("NOOP") == "OK NOOP completed");
  CHECK(contains(pair.one.ask("FETCH 1:* UID"),
                 "* 1 FETCH (UID 1)\n* 2 FETCH (UID 3)\n* 3 FETCH (UID 4)\n"));
}

TEST_CASE("EXPUNGE is never told during FETCH, STORE and SEARCH by number", "[imap]") {
  Pair pair;
  pair.expunge_second_by_two();
  pair.house.deliver(pair.house.ann, kImapMessage);
  const std::string fetched = pair.one.ask("FETCH 1:3 UID");
  CHECK(contains(fetched, "* 1 FETCH (UID 1)\n* 3 FETCH (UID 3)\n"));
  CHECK_FALSE(contains(fetched, "EXPUNGE\n"));
  CHECK(contains(fetched, "* 4 EXISTS\n"));
  CHECK(contains(fetched, "NO [EXPUNGEISSUED]"));
  CHECK(contains(pair.one.ask("FETCH 2 BODY[]"), "NO [EXPUNGEISSUED]"));
  const std::string stored = pair.one.ask("STORE 2:3 +FLAGS (\\Flagged)");
  CHECK(contains(stored, "* 3 FETCH (FLAGS ("));
  CHECK(contains(stored, "NO [EXPUNGEISSUED]"));
  CHECK(pair.one.ask("SEARCH ALL") == "* SEARCH 1 3 4\nOK SEARCH completed");
  CHECK(pair.one.ask("UID SEARCH UID 1:3").starts_with("* SEARCH 1 3\n* 2 EXPUNGE\n"));
  CHECK(pair.one.ask("SEARCH ALL") == "* SEARCH 1 2 3\nOK SEARCH completed");
}

TEST_CASE("commands that name uids pass over messages that are gone and tell so", "[imap]") {
  Pair pair;
  pair.expunge_second_by_two();
  const std::string fetched = pair.one.ask("UID FETCH 1:3 FLAGS");
  CHECK(contains(fetched, "* 1 FETCH"));
  CHECK(contains(fetched, "* 3 FETCH"));
  CHECK(fetched.ends_with("* 2 EXPUNGE\n* 2 RECENT\nOK UID FETCH completed"));
}

TEST_CASE("COPY and MOVE take what is still there", "[imap]") {
  Pair pair;
  pair.expunge_second_by_two();
  const std::string copied = pair.one.ask("COPY 1:3 Archive");
  CHECK(contains(copied, "OK [COPYUID "));
  CAPTURE(copied);
  CHECK(contains(copied, " 1,3 1,2]"));
}

TEST_CASE("a flag set elsewhere is told even to a session that stores silently", "[imap]") {
  Pair pair;
  pair.two.ask("STORE 1 +FLAGS.SILENT (\\Flagged)");
  const std::string stored = pair.one.ask("STORE 1:2 +FLAGS.SILENT (\\Seen)");
  CHECK(contains(stored, "* 1 FETCH (UID 1 FLAGS (\\Recent \\Flagged \\Seen))") +
            contains(stored, "* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen \\Flagged))") ==
        1);
  CHECK_FALSE(contains(stored, "* 2 FETCH"));
}

TEST_CASE("a flag set elsewhere on another message is not lost to one's own empty change",
          "[imap]") {
  Pair pair;
  pair.two.ask("STORE 3 +FLAGS.SILENT (\\Flagged)");
  CHECK(contains(pair.one.ask("STORE 1 -FLAGS (\\Deleted)"), "* 3 FETCH (UID 3 FLAGS"));
}

TEST_CASE("IDLE tells changes as they happen and ends with DONE", "[imap]") {
  Pair pair;
  pair.one.send("i IDLE\r\n");
  CHECK(pair.one.line().starts_with("+ "));
  CHECK(pair.one.rest().empty());
  pair.house.deliver(pair.house.ann, kImapMessage);
  CHECK(pair.one.line() == "* 4 EXISTS");
  CHECK(pair.one.line() == "* 4 RECENT");
  pair.expunge_second_by_two();
  std::string text;
  while (!contains(text, "RECENT")) {
    const std::string next = pair.one.line();
    REQUIRE(next != "<nothing>");
    text += next + "\n";
  }
  pair.one.send("done\r\n");
  CHECK(pair.one.answer("i") == "OK IDLE completed");
  CHECK(pair.one.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("IDLE tells of a new message before it is claimed as recent", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  client.send("i IDLE\r\n");
  client.line();
  client.settle();
  const std::size_t before = client.wire.writes;
  house.deliver(house.ann, kImapMessage);
  CHECK(client.line() == "* 1 EXISTS");
  CHECK(client.line() == "* 1 RECENT");
  CHECK(client.wire.writes == before + 2);
  house.deliver(house.ann, kImapMessage);
  CHECK(client.line() == "* 2 EXISTS");
  CHECK(client.line() == "* 2 RECENT");
  client.send("DONE\r\n");
  CHECK(client.answer("i") == "OK IDLE completed");
  CHECK(contains(client.ask("FETCH 1:2 FLAGS"), "* 2 FETCH (FLAGS (\\Recent))"));
}

TEST_CASE("DONE may come with IDLE, and what else comes is refused", "[imap]") {
  Pair pair;
  pair.one.send("i IDLE\r\nDONE\r\nj NOOP\r\n");
  CHECK(contains(pair.one.answer("i"), "OK"));
  CHECK(pair.one.answer("j").starts_with("OK"));
  pair.one.send("k IDLE\r\nl NOOP\r\n");
  CHECK(contains(pair.one.answer("k"), "BAD"));
  CHECK(pair.one.ask("NOOP").starts_with("OK"));
}

TEST_CASE("IDLE without a selected mailbox just waits", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.send("i IDLE\r\n");
  CHECK(client.line().starts_with("+ "));
  house.deliver(house.ann, kImapMessage);
  CHECK(client.rest().empty());
  client.send("DONE\r\n");
  CHECK(client.answer("i") == "OK IDLE completed");
}

TEST_CASE("IDLE for too long and a stopping server end in BYE", "[imap]") {
  Pair pair;
  pair.one.send("i IDLE\r\n");
  pair.one.line();
  pair.one.settle();
  pair.one.wire.fail(net::IoError::Deadline);
  CHECK(pair.one.line().starts_with("* BYE"));
  pair.two.send("i IDLE\r\n");
  pair.two.line();
  pair.two.settle();
  pair.two.wire.fail(net::IoError::Stopped);
  CHECK(pair.two.line().starts_with("* BYE"));
}

TEST_CASE("a mailbox deleted by another session ends this one, by itself unselects", "[imap]") {
  ImapHouse house;
  ImapClient one(house, house.ann);
  ImapClient two(house, house.ann);
  one.ask("CREATE work");
  one.ask("SELECT work");
  two.ask("SELECT work");
  const std::string deleted = two.ask("DELETE work");
  CHECK(contains(deleted, "* NO [CLOSED]"));
  CHECK(deleted.ends_with("OK DELETE completed"));
  CHECK(two.ask("FETCH 1 FLAGS").starts_with("BAD"));
  one.send("a NOOP\r\n");
  CHECK(one.line() == "* BYE The selected mailbox was deleted");
  CHECK(one.line() == "<closed>");
}

TEST_CASE("a mailbox renamed by another session stays selected", "[imap]") {
  ImapHouse house;
  ImapClient one(house, house.ann);
  ImapClient two(house, house.ann);
  one.ask("CREATE work");
  one.ask("SELECT work");
  two.ask("RENAME work play");
  CHECK(one.ask("NOOP").ends_with("OK NOOP completed"));
  CHECK(contains(two.append(kImapMessage, "play"), "OK"));
  CHECK(contains(one.ask("NOOP"), "* 1 EXISTS\n"));
}

TEST_CASE("other accounts' mailboxes are out of reach", "[imap]") {
  ImapHouse house;
  house.deliver(house.bob, kImapMessage);
  ImapClient client(house, house.ann);
  CHECK(contains(client.ask("SELECT INBOX"), "* 0 EXISTS"));
  CHECK(contains(client.ask("SELECT bob@example.org/INBOX"), "NO [NONEXISTENT]"));
  house.deliver(house.bob, kImapMessage);
  CHECK(client.ask("NOOP") == "OK NOOP completed");
}

}  // namespace restante::session
