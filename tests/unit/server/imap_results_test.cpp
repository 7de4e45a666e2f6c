// Search results that are kept or given in parts: SEARCHRES, PARTIAL.
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// ann's INBOX with that many messages, selected.
class Inbox {
 public:
  explicit Inbox(int messages) : client(house, house.ann) {
    for (int i = 0; i < messages; ++i) house.deliver(house.ann, kImapMessage);
    client.ask("SELECT INBOX");
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  ImapHouse house;
  ImapClient client;
};

}  // namespace

TEST_CASE("$ names the saved messages in every command", "[imap]") {
  Inbox inbox(5);
  CHECK(inbox.ask("FETCH $ UID") == "OK FETCH completed");
  CHECK(inbox.ask("SEARCH RETURN (SAVE) 2,4:5") == "OK SEARCH completed");
  CHECK(inbox.ask("FETCH $ UID") ==
        "* 2 FETCH (UID 2)\n* 4 FETCH (UID 4)\n* 5 FETCH (UID 5)\nOK FETCH completed");
  CHECK(inbox.ask("UID FETCH 1,$ UID") ==
        "* 1 FETCH (UID 1)\n* 2 FETCH (UID 2)\n* 4 FETCH (UID 4)\n* 5 FETCH (UID 5)\n"
        "OK UID FETCH completed");
  CHECK(inbox.ask("SEARCH $ SMALLER 100000 NOT 4") == "* SEARCH 2 5\nOK SEARCH completed");
  CHECK(inbox.ask("UID SEARCH UID $") == "* SEARCH 2 4 5\nOK UID SEARCH completed");
  CHECK(inbox.ask("SEARCH OR $ 1") == "* SEARCH 1 2 4 5\nOK SEARCH completed");
  CHECK(inbox.ask("STORE $ +FLAGS.SILENT (\\Flagged)") == "OK STORE completed");
  CHECK(inbox.ask("SEARCH FLAGGED") == "* SEARCH 2 4 5\nOK SEARCH completed");
  CHECK(contains(inbox.ask("COPY $ Archive"), "COPYUID"));
  CHECK(contains(inbox.ask("UID COPY $ Archive"), " 2,4:5 4,5:6]"));
  CHECK(contains(inbox.ask("UID MOVE $ Archive"), "* 2 EXPUNGE\n* 3 EXPUNGE\n* 3 EXPUNGE\n"));
  CHECK(inbox.ask("FETCH $ UID") == "OK FETCH completed");
}

TEST_CASE("expunged messages leave the saved result, new ones do not join it", "[imap]") {
  Inbox inbox(4);
  ImapClient other(inbox.house, inbox.house.ann);
  other.ask("SELECT INBOX");
  inbox.ask("SEARCH RETURN (SAVE) ALL");
  other.ask("STORE 2 +FLAGS.SILENT (\\Deleted)");
  other.ask("EXPUNGE");
  inbox.house.deliver(inbox.house.ann, kImapMessage);
  CHECK(contains(inbox.ask("NOOP"), "* 2 EXPUNGE\n* 4 EXISTS\n"));
  CHECK(inbox.ask("SEARCH $") == "* SEARCH 1 2 3\nOK SEARCH completed");
  CHECK(inbox.ask("UID SEARCH $") == "* SEARCH 1 3 4\nOK UID SEARCH completed");
}

TEST_CASE("UID EXPUNGE takes the saved result", "[imap]") {
  Inbox inbox(3);
  inbox.ask("STORE 1:3 +FLAGS.SILENT (\\Deleted)");
  inbox.ask("SEARCH RETURN (SAVE) 2");
  CHECK(inbox.ask("UID EXPUNGE $").starts_with("* 2 EXPUNGE\n* 2 RECENT\nOK"));
}

TEST_CASE("the saved result changes by SAVE only and is emptied by NO and by SELECT", "[imap]") {
  Inbox inbox(3);
  const auto saved = [&] { return inbox.ask("SEARCH $"); };
  inbox.ask("SEARCH RETURN (SAVE) 2");
  inbox.ask("SEARCH 3");
  inbox.ask("SEARCH RETURN (SAVE) FOO");
  inbox.ask("SEARCH RETURN (COUNT) CHARSET none ALL");
  CHECK(saved() == "* SEARCH 2\nOK SEARCH completed");
  CHECK(contains(inbox.ask("SEARCH RETURN (SAVE) CHARSET none ALL"), "NO [BADCHARSET"));
  CHECK(saved() == "* SEARCH\nOK SEARCH completed");
  inbox.ask("UID SEARCH RETURN (SAVE MAX) ALL");
  CHECK(saved() == "* SEARCH 3\nOK SEARCH completed");
  inbox.ask("SELECT INBOX");
  CHECK(saved() == "* SEARCH\nOK SEARCH completed");
}

TEST_CASE("a saved result is used by pipelined commands", "[imap]") {
  Inbox inbox(3);
  inbox.client.send(
      "a SEARCH RETURN (SAVE) 1:2\r\nb SEARCH RETURN (SAVE) $ NOT 1\r\nc FETCH $ UID\r\n");
  CHECK(inbox.client.answer("a") == "OK SEARCH completed");
  CHECK(inbox.client.answer("b") == "OK SEARCH completed");
  CHECK(inbox.client.answer("c") == "* 2 FETCH (UID 2)\nOK FETCH completed");
}

TEST_CASE("SEARCH gives a part of its result", "[imap]") {
  Inbox inbox(6);
  inbox.ask("STORE 1,3,4,6 +FLAGS.SILENT (\\Flagged)");
  CHECK(contains(inbox.ask("UID SEARCH RETURN (PARTIAL 2:3 COUNT) FLAGGED"),
                 ") UID COUNT 4 PARTIAL (2:3 3:4)\n"));
  CHECK(contains(inbox.ask("SEARCH RETURN (PARTIAL -1:-2) FLAGGED"), ") PARTIAL (-1:-2 4,6)\n"));
  CHECK(contains(inbox.ask("SEARCH RETURN (PARTIAL 5:9) FLAGGED"), ") PARTIAL (5:9 NIL)\n"));
  CHECK(contains(inbox.ask("SEARCH RETURN (PARTIAL 1:9 ALL) FLAGGED"), "BAD "));
}

TEST_CASE("UID FETCH gives a part of what its set names", "[imap]") {
  Inbox inbox(5);
  CHECK(inbox.ask("UID FETCH 2:* (UID) (PARTIAL -1:-2)") ==
        "* 4 FETCH (UID 4)\n* 5 FETCH (UID 5)\nOK UID FETCH completed");
  CHECK(inbox.ask("UID FETCH 2:* UID (PARTIAL 1:1)") ==
        "* 2 FETCH (UID 2)\nOK UID FETCH completed");
  CHECK(inbox.ask("UID FETCH 1:* UID (PARTIAL 9:10)") == "OK UID FETCH completed");
  inbox.ask("UID FETCH 1:* BODY[] (PARTIAL -1:-1)");
  CHECK(inbox.ask("SEARCH SEEN") == "* SEARCH 5\nOK SEARCH completed");
}

}  // namespace restante::session
