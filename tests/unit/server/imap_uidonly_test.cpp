// UIDONLY (RFC 9586) and UNAUTHENTICATE (RFC 8437).
#include "tests/unit/server/imap_house.h"

namespace restante::session {

TEST_CASE("after ENABLE UIDONLY there are no message sequence numbers", "[imap]") {
  ImapHouse house;
  for (int i = 0; i < 4; ++i) house.deliver(house.ann, kImapMessage);
  ImapClient client(house, house.ann);
  ImapClient other(house, house.ann);
  CHECK(contains(client.ask("ENABLE UIDONLY"), "* ENABLED UIDONLY\n"));
  CHECK_FALSE(contains(client.ask("SELECT INBOX"), "[UNSEEN"));
  for (const char* command :
       {"FETCH 1 FLAGS", "STORE 1 +FLAGS (\\Seen)", "SEARCH ALL", "COPY 1 INBOX", "MOVE 1 INBOX",
        "UID SEARCH 1:2", "UID SEARCH OR SEEN NOT 5", "UID SEARCH *"}) {
    CAPTURE(command);
    CHECK(client.ask(command).starts_with("BAD [UIDREQUIRED] "));
  }
  CHECK(client.ask("UID FETCH 2 (FLAGS)").starts_with("* 2 UIDFETCH ("));
  CHECK(contains(client.ask("UID FETCH 4:* (UID)"), "* 4 UIDFETCH (UID 4)\n"));
  CHECK(client.ask("UID STORE 3 +FLAGS (\\Deleted)").starts_with("* 3 UIDFETCH (UID 3 FLAGS ("));
  CHECK(contains(client.ask("EXPUNGE"), "* VANISHED 3\n"));
  CHECK(contains(client.ask("UID SEARCH UID 1:*"), "* SEARCH 1 2 4\n"));
  other.ask("SELECT INBOX");
  other.ask("STORE 3 +FLAGS (\\Flagged)");
  CHECK(contains(client.ask("NOOP"), "* 4 UIDFETCH (UID 4 FLAGS ("));
  CHECK(contains(client.ask("UID MOVE 1 Archive"), "* VANISHED 1\n"));
  // Sequence numbers do not come in by another door (RFC 7162 s3.2.5.2).
  client.ask("ENABLE QRESYNC");
  CHECK(client.ask("SELECT INBOX (QRESYNC (1 1 1:4 (1 1)))").starts_with("BAD [UIDREQUIRED] "));
}

TEST_CASE("UNAUTHENTICATE forgets everything but TLS", "[imap]") {
  ImapHouse house;
  house.deliver(house.ann, kImapMessage);
  ImapClient client(house, std::nullopt);
  client.wire.tls = true;
  client.start(ImapDoor::Imaps);
  client.line();
  CHECK(client.ask("UNAUTHENTICATE").starts_with("BAD"));
  CHECK(contains(client.ask("LOGIN ann@example.org secret"), " UNAUTHENTICATE"));
  client.ask("ENABLE IMAP4rev2 QRESYNC UIDONLY UTF8=ACCEPT");
  client.ask("SELECT INBOX");
  // The next login stands behind it already.
  client.send("a UNAUTHENTICATE\r\nb LOGIN bob@example.org secret\r\n");
  const std::string out = client.answer("a");
  CHECK(out.starts_with("OK [CAPABILITY IMAP4rev1 "));
  CHECK(contains(out, " AUTH=PLAIN"));
  CHECK_FALSE(contains(out, "EXPUNGE"));
  CHECK(contains(client.answer("b"), "OK [CAPABILITY "));
  CHECK(client.ask("FETCH 1 FLAGS").starts_with("BAD"));
  const std::string selected = client.ask("SELECT INBOX");
  CHECK(contains(selected, "* 0 EXISTS\n"));
  CHECK(contains(selected, "* 0 RECENT\n"));
  CHECK(client.ask("SELECT \"\xc3\xbc\"").starts_with("BAD"));
  CHECK(client.append(kImapMessage).starts_with("* 1 EXISTS\n"));
  CHECK(client.ask("FETCH 1 FLAGS") == "* 1 FETCH (FLAGS (\\Recent))\nOK FETCH completed");
  client.ask("UNAUTHENTICATE");
  CHECK(client.ask("SELECT INBOX").starts_with("BAD"));
  CHECK(contains(house.log.text(), "logged out user=bob@example.org"));
}

}  // namespace restante::session
