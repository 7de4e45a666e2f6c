// What ENABLE IMAP4rev2 and UTF8=ACCEPT change (RFC 9051 appendix E, RFC 6855), and that nothing
// changes before.
#include "tests/unit/server/imap_house.h"

namespace restante::session {

TEST_CASE("ENABLE names what it enabled, once, and passes over the rest", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  CHECK(client.ask("ENABLE X-Y imap4rev2 IMAP4REV2 IDLE") ==
        "* ENABLED IMAP4rev2\nOK ENABLE completed");
  CHECK(client.ask("ENABLE UTF8=accept") == "* ENABLED UTF8=ACCEPT\nOK ENABLE completed");
  CHECK(client.ask("ENABLE X-Y") == "* ENABLED\nOK ENABLE completed");
  CHECK(client.ask("ENABLE").starts_with("BAD"));
}

TEST_CASE("before ENABLE IMAP4rev2 a client sees rev1, after it no trace of \\Recent", "[imap]") {
  ImapHouse house;
  house.deliver(house.ann, kImapMessage);
  ImapClient client(house, house.ann);
  const std::string rev1 = client.ask("EXAMINE INBOX");
  CHECK(contains(rev1, "* 1 RECENT\n"));
  CHECK(contains(rev1, "* OK [UNSEEN 1] "));
  CHECK_FALSE(contains(rev1, "* LIST "));
  CHECK_FALSE(contains(rev1, "[CLOSED]"));
  CHECK(contains(client.ask("FETCH 1 FLAGS"), "FLAGS (\\Recent)"));
  CHECK(contains(client.ask("SEARCH ALL"), "* SEARCH 1\n"));

  // Also of a mailbox that is already selected.
  client.ask("ENABLE IMAP4rev2");
  CHECK(contains(client.ask("FETCH 1 FLAGS"), "FLAGS ()"));
  const std::string rev2 = client.ask("SELECT INBOX");
  CHECK(rev2.starts_with("* OK [CLOSED] "));
  CHECK_FALSE(contains(rev2, "RECENT"));
  CHECK_FALSE(contains(rev2, "UNSEEN"));
  CHECK(contains(rev2, "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\n"));
  CHECK(contains(client.ask("UID SEARCH ALL"), "* ESEARCH (TAG \"t7\") UID ALL 1\n"));
  CHECK(contains(client.ask("SEARCH DELETED"), "* ESEARCH (TAG \"t8\")\n"));
  house.deliver(house.ann, kImapMessage);
  CHECK_FALSE(contains(client.ask("NOOP"), "RECENT"));

  // It took \Recent from nobody.
  ImapClient other(house, house.ann);
  CHECK(contains(other.ask("SELECT INBOX"), "* 2 RECENT\n"));
}

TEST_CASE("a failed SELECT closes the mailbox before, and says so", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  const std::string answer = client.ask("SELECT Nothing");
  CHECK(answer.starts_with("* OK [CLOSED] "));
  CHECK(contains(answer, "NO [NONEXISTENT]"));
  CHECK_FALSE(contains(client.ask("SELECT INBOX"), "[CLOSED]"));
}

TEST_CASE("mailbox names are modified UTF-7 first and UTF-8 after ENABLE", "[imap]") {
  ImapHouse house;
  for (const char* name : {"IMAP4rev2", "UTF8=ACCEPT"}) {
    CAPTURE(name);
    ImapClient client(house, house.ann);
    CHECK(client.ask("CREATE \"Entw\xc3\xbcrfe\"").starts_with("BAD"));
    client.ask("CREATE Entw&APw-rfe");
    CHECK(contains(client.ask("LIST \"\" Entw*"), "\"/\" \"Entw&APw-rfe\"\n"));
    client.ask(std::string("ENABLE ") + name);
    CHECK(contains(client.ask("LIST \"\" Entw*"), "\"/\" \"Entw\xc3\xbcrfe\"\n"));
    CHECK(contains(client.ask("STATUS \"Entw\xc3\xbcrfe\" (MESSAGES)"),
                   "* STATUS \"Entw\xc3\xbcrfe\" (MESSAGES 0)\n"));
    CHECK(contains(client.ask("SELECT \"Entw\xc3\xbcrfe\""), "OK [READ-WRITE]"));
    // Octets that are no UTF-8 (RFC 6855 s3).
    CHECK(client.ask("SELECT \"Entw\xfcrfe\"").starts_with("BAD"));
  }
}

TEST_CASE("SEARCH names no CHARSET after ENABLE UTF8=ACCEPT", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  CHECK(contains(client.ask("SEARCH CHARSET UTF-8 ALL"), "OK SEARCH"));
  client.ask("ENABLE UTF8=ACCEPT");
  CHECK(client.ask("SEARCH CHARSET UTF-8 ALL").starts_with("BAD"));
  CHECK(contains(client.ask("SEARCH SUBJECT \"\xc3\xbc\""), "OK SEARCH"));
}

TEST_CASE("before login a refused literal above 64 KiB ends the connection", "[imap]") {
  ImapHouse house;
  ImapClient client(house, std::nullopt);
  client.wire.tls = true;
  client.start(ImapDoor::Imaps);
  CHECK(contains(client.line(), " LITERAL- "));
  client.send("a LOGIN {65000+}\r\n" + std::string(65000, 'x') + "\r\nb NOOP\r\n");
  CHECK(client.line().starts_with("a BAD [LIMIT]"));
  CHECK(client.line() == "b OK NOOP completed");
  client.send("c LOGIN {65537+}\r\n");
  CHECK(client.line().starts_with("c BAD [LIMIT]"));
  CHECK(client.line().starts_with("* BYE"));
  CHECK(client.line() == "<closed>");
}

}  // namespace restante::session
