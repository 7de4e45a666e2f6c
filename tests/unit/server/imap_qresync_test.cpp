// QRESYNC (RFC 7162 s3.2).
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// INBOX of eight messages; what the client knows when it goes away.
struct Resynchronizing {
  Resynchronizing() {
    for (int i = 0; i < 8; ++i) house.deliver(house.ann, kImapMessage);
    ImapClient first(house, house.ann);
    first.ask("ENABLE QRESYNC");
    const std::string selected = first.ask("SELECT INBOX");
    validity = value_of(selected, "[UIDVALIDITY ");
    modseq = value_of(selected, "[HIGHESTMODSEQ ");
    client.ask("ENABLE QRESYNC");
    other.ask("SELECT INBOX");
  }
  static std::string value_of(const std::string& text, const std::string& word) {
    const std::size_t at = text.find(word) + word.size();
    return text.substr(at, text.find(']', at) - at);
  }
  void expunge(const std::string& uids) {
    other.ask("UID STORE " + uids + " +FLAGS.SILENT (\\Deleted)");
    other.ask("EXPUNGE");
  }
  std::string select(const std::string& more = "", const std::string& command = "SELECT") {
    return client.ask(command + " INBOX (QRESYNC (" + validity + " " + modseq + more + "))");
  }

  ImapHouse house;
  std::string validity, modseq;
  ImapClient client{house, house.ann};
  ImapClient other{house, house.ann};
};

}  // namespace

TEST_CASE("SELECT with QRESYNC tells what changed and what is gone", "[imap]") {
  Resynchronizing client;
  client.expunge("2:3,6");
  client.other.ask("UID STORE 4 +FLAGS (\\Flagged)");
  const std::string all = client.select();
  CHECK(contains(all, "* 5 EXISTS\n"));
  CHECK(contains(all, "* VANISHED (EARLIER) 2:3,6\n* 2 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ ("));
  CHECK(contains(all, "\nOK [READ-WRITE] SELECT completed"));
  CHECK(client.client.ask("NOOP") == "OK NOOP completed");

  // Only of the uids that the client knows.
  const std::string some = client.select(" 1:2,7:8", "EXAMINE");
  CHECK(contains(some, "* VANISHED (EARLIER) 2\n"));
  CHECK_FALSE(contains(some, " FETCH ("));
  CHECK(contains(client.select(" 4:5"), "* 2 FETCH (UID 4 "));
  CHECK_FALSE(contains(client.select(" 4:5"), "VANISHED"));

  // Pairs that are right: all up to there is known.
  const std::string matched = client.select(" 1:8 (1:2 1,4)");
  CHECK(contains(matched, "* VANISHED (EARLIER) 6\n"));
  CHECK(contains(client.select(" (1:2 1,3)"), "* VANISHED (EARLIER) 2:3,6\n"));
  CHECK_FALSE(contains(client.select(" (1,5 1,8)"), "VANISHED"));

  client.validity = "4711";
  const std::string other_mailbox = client.select();
  CHECK_FALSE(contains(other_mailbox, "VANISHED"));
  CHECK_FALSE(contains(other_mailbox, "FETCH"));
  CHECK(contains(other_mailbox, "OK [READ-WRITE]"));
}

TEST_CASE("QRESYNC needs ENABLE and its parameters right", "[imap]") {
  Resynchronizing house;
  ImapClient client(house.house, house.house.ann);
  CHECK(client.ask("SELECT INBOX (QRESYNC (1 1))").starts_with("BAD"));
  client.ask("SELECT INBOX");
  CHECK(client.ask("UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)").starts_with("BAD"));
  CHECK(client.ask("ENABLE QRESYNC CONDSTORE").starts_with("* OK [HIGHESTMODSEQ "));
  CHECK(client.ask("FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)").starts_with("BAD"));
  CHECK(client.ask("UID FETCH 1:* FLAGS (VANISHED)").starts_with("BAD"));
  for (const char* parameters :
       {"(QRESYNC)", "(QRESYNC 1 1)", "(QRESYNC (0 1))", "(QRESYNC (1))", "(QRESYNC (1 1 *))",
        "(QRESYNC (1 1 1:* (1 1)))", "(QRESYNC (1 1 (1)))", "(QRESYNC (1 1 $))",
        "(QRESYNC (1 1 1:5 (1 *)))", "(QRESYNC (1 1) QRESYNC (1 1))", "()"}) {
    CAPTURE(parameters);
    CHECK(client.ask(std::string("SELECT INBOX ") + parameters).starts_with("BAD"));
  }
  // BAD leaves the mailbox selected.
  CHECK(contains(client.ask("FETCH 1 UID"), "* 1 FETCH (UID 1)"));
  CHECK(contains(client.ask("SELECT INBOX (CONDSTORE QRESYNC (1 1))"), "OK [READ-WRITE]"));
}

TEST_CASE("UID FETCH with VANISHED tells what was expunged before", "[imap]") {
  Resynchronizing client;
  client.expunge("2,8");
  client.client.ask("SELECT INBOX");
  client.expunge("5");
  const std::string since = " (CHANGEDSINCE " + client.modseq + " VANISHED)";
  const std::string answer = client.client.ask("UID FETCH 1:* (FLAGS)" + since);
  // What is in the view is told as what it is: a change of sequence numbers.
  CHECK(answer.starts_with("* VANISHED (EARLIER) 2,8\n"));
  CHECK(contains(answer, "* VANISHED 5\n"));
  CHECK(client.client.ask("UID FETCH 3:6 (FLAGS)" + since) ==
        "* VANISHED (EARLIER) 5\nOK UID FETCH completed");
}

TEST_CASE("after ENABLE QRESYNC expunges are VANISHED, with HIGHESTMODSEQ at the end", "[imap]") {
  Resynchronizing client;
  client.client.ask("SELECT INBOX");
  client.client.ask("STORE 2,4:6 +FLAGS.SILENT (\\Deleted)");
  const std::string expunged = client.client.ask("EXPUNGE");
  CHECK(expunged.starts_with("* VANISHED 2,4:6\nOK [HIGHESTMODSEQ "));
  CHECK(contains(client.other.ask("NOOP"), "* 2 EXPUNGE\n* 3 EXPUNGE\n* 3 EXPUNGE\n* 3 EXPUNGE\n"));

  // By others, and not during FETCH by number.
  client.expunge("7");
  const std::string fetched = client.client.ask("FETCH 1 (UID MODSEQ)");
  CHECK_FALSE(contains(fetched, "VANISHED"));
  CHECK(contains(fetched, "* OK [HIGHESTMODSEQ " +
                              Resynchronizing::value_of(expunged, "[HIGHESTMODSEQ ") + "]"));
  CHECK(client.client.ask("NOOP") == "* VANISHED 7\nOK NOOP completed");

  const std::string moved = client.client.ask("UID MOVE 3 Archive");
  CHECK(contains(moved, "\n* VANISHED 3\nOK [HIGHESTMODSEQ "));
  // CLOSE says nothing of it (RFC 7162 s3.2.8).
  client.client.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(client.client.ask("CLOSE") == "OK CLOSE completed");
}

}  // namespace restante::session
