// Mailboxes: SELECT, LIST, STATUS, CREATE, RENAME, DELETE, subscriptions, APPEND.
#include "tests/unit/server/imap_house.h"

namespace restante::session {

TEST_CASE("SELECT tells all there is to know, EXAMINE that nothing may change", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  house.deliver(house.ann, kImapMessage);
  house.deliver(house.ann, kImapMessage);
  const std::string examined = client.ask("EXAMINE inbox");
  CHECK(contains(examined, "* 2 EXISTS\n"));
  CHECK(contains(examined, "* 2 RECENT\n"));
  CHECK(contains(examined, "* OK [PERMANENTFLAGS ()]"));
  CHECK(contains(examined, "OK [READ-ONLY]"));
  const std::string selected = client.ask("SELECT INBOX");
  CHECK(contains(selected, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\n"));
  CHECK(contains(selected, "* 2 EXISTS\n"));
  CHECK(contains(selected, "* 2 RECENT\n"));
  CHECK(contains(selected, "* OK [UNSEEN 1]"));
  CHECK(contains(selected, "\\*)]"));
  CHECK(contains(selected, "* OK [UIDVALIDITY "));
  CHECK(contains(selected, "* OK [UIDNEXT 3]"));
  CHECK(contains(selected, "* OK [MAILBOXID (F"));
  CHECK(contains(selected, "* OK [HIGHESTMODSEQ "));
  CHECK(contains(selected, "OK [READ-WRITE]"));
  // \Recent was shown to one session; the next does not see it.
  CHECK(contains(client.ask("FETCH 1 FLAGS"), "FLAGS (\\Recent)"));
  ImapClient other(house, house.ann);
  CHECK(contains(other.ask("SELECT INBOX"), "* 0 RECENT\n"));
  CHECK(contains(other.ask("FETCH 1 FLAGS"), "FLAGS ()"));
  client.ask("STORE 1 +FLAGS.SILENT (\\Seen)");
  CHECK(contains(client.ask("SELECT INBOX"), "* OK [UNSEEN 2]"));
  client.ask("STORE 2 +FLAGS.SILENT (\\Seen later)");
  const std::string seen = client.ask("SELECT INBOX");
  CHECK_FALSE(contains(seen, "UNSEEN"));
  CHECK(contains(seen, " later)\n"));
}

TEST_CASE("a SELECT that fails leaves nothing selected", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  CHECK(contains(client.ask("SELECT nowhere"), "\nNO [NONEXISTENT]"));
  CHECK(client.ask("CHECK").starts_with("BAD"));
}

TEST_CASE("EXAMINE permits no change", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.append(kImapMessage, "INBOX", "(\\Deleted) ");
  client.ask("EXAMINE INBOX");
  CHECK(client.ask("STORE 1 +FLAGS (\\Seen)").starts_with("NO [READ-ONLY]"));
  CHECK(client.ask("EXPUNGE").starts_with("NO"));
  CHECK(client.ask("MOVE 1 Trash").starts_with("NO"));
  CHECK(contains(client.ask("FETCH 1 BODY[]"), "hello world"));
  CHECK(contains(client.ask("FETCH 1 FLAGS"), "FLAGS (\\Deleted \\Recent)") +
            contains(client.ask("FETCH 1 FLAGS"), "FLAGS (\\Recent \\Deleted)") >=
        1);
  CHECK(client.ask("CLOSE").starts_with("OK"));
  CHECK(contains(client.ask("SELECT INBOX"), "* 1 EXISTS"));
}

TEST_CASE("LIST shows the account's mailboxes with special uses", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  const std::string all = client.ask("LIST \"\" *");
  for (const char* part : {"\\Sent", "\\Drafts", "\\Trash", "\\Junk", "\\Archive", " \"/\" ",
                           "INBOX", "\\HasNoChildren"}) {
    CAPTURE(part);
    CHECK(contains(all, part));
  }
  CHECK(contains(client.ask("LIST \"\" \"\""), "\"/\" \"\""));
  CHECK(contains(client.ask("LIST (SPECIAL-USE) \"\" * RETURN (STATUS (MESSAGES))"), "* STATUS "));
  CHECK(client.ask("LIST (RECURSIVEMATCH) \"\" *").starts_with("BAD"));
}

TEST_CASE("mailboxes are created with the levels above, renamed with those below, deleted alone",
          "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  CHECK(client.ask("CREATE a/b/c/").starts_with("OK [MAILBOXID (F"));
  CHECK(client.ask("CREATE a/b/c").starts_with("NO [ALREADYEXISTS]"));
  CHECK(client.ask("CREATE inbox").starts_with("NO"));
  CHECK(client.ask("CREATE a//b").starts_with("NO"));
  CHECK(client.ask("CREATE ../x").starts_with("NO"));
  CHECK(client.ask("CREATE \"x*\"").starts_with("NO"));
  CHECK(client.ask("DELETE a/b").starts_with("OK"));
  CHECK(contains(client.ask("LIST \"\" a/%"), "\\NonExistent"));
  CHECK(client.ask("SELECT a/b").starts_with("NO"));
  CHECK(client.ask("DELETE a/b").starts_with("NO"));
  CHECK(client.ask("RENAME a z").starts_with("OK"));
  CHECK(contains(client.ask("LIST \"\" *"), "z/b/c"));
  CHECK_FALSE(contains(client.ask("LIST \"\" *"), " a/"));
  CHECK(client.ask("DELETE INBOX").starts_with("NO"));
  CHECK(client.ask("DELETE nothing").starts_with("NO [NONEXISTENT]"));
  CHECK(client.ask("RENAME nothing else").starts_with("NO [NONEXISTENT]"));
  CHECK(client.ask("RENAME z Sent").starts_with("NO [ALREADYEXISTS]"));
  CHECK(client.ask("CREATE outbox (USE (\\Sent \\Junk))").starts_with("NO [USEATTR]"));
  CHECK(client.ask("CREATE outbox (USE (\\Sent))").starts_with("OK"));
}

TEST_CASE("RENAME of INBOX moves its messages and is seen by those who have it selected",
          "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  ImapClient other(house, house.ann);
  client.append(kImapMessage);
  other.ask("SELECT INBOX");
  client.ask("SELECT INBOX");
  const std::string renamed = client.ask("RENAME INBOX old");
  CHECK(contains(renamed, "* 1 EXPUNGE\n"));
  CHECK(contains(other.ask("NOOP"), "* 1 EXPUNGE\n"));
  CHECK(contains(client.ask("STATUS old (MESSAGES)"), "(MESSAGES 1)"));
}

TEST_CASE("names outside ASCII travel as modified UTF-7", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  CHECK(client.ask("CREATE Entw&APw-rfe").starts_with("OK"));
  CHECK(contains(client.ask("LIST \"\" Ent*"), "Entw&APw-rfe"));
  CHECK(client.ask("CREATE Entw&AP-").starts_with("NO [CANNOT]"));
}

TEST_CASE("subscriptions outlive their mailboxes", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("CREATE a/b");
  CHECK(client.ask("SUBSCRIBE a/b").starts_with("OK"));
  CHECK(contains(client.ask("LSUB \"\" *"), "* LSUB"));
  const std::string level = client.ask("LSUB \"\" %");
  CHECK((contains(level, "\\NoSelect") || contains(level, "\\Noselect")));
  CHECK(contains(client.ask("LIST (SUBSCRIBED) \"\" *"), "\\Subscribed"));
  client.ask("DELETE a/b");
  CHECK(contains(client.ask("LSUB \"\" *"), "a/b"));
  CHECK(client.ask("UNSUBSCRIBE a/b").starts_with("OK"));
  CHECK_FALSE(contains(client.ask("LSUB \"\" *"), "a/b"));
}

TEST_CASE("STATUS counts", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  house.deliver(house.ann, kImapMessage);
  client.append(kImapMessage, "INBOX", "(\\Seen \\Deleted) ");
  const std::string status = client.ask(
      "STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE RECENT MAILBOXID)");
  CHECK(contains(status, "* STATUS \"INBOX\" ("));
  CHECK(contains(status, "MESSAGES 2"));
  CHECK(contains(status, "UIDNEXT 3"));
  CHECK(contains(status, "UNSEEN 1"));
  CHECK(contains(status, "DELETED 1"));
  CHECK(contains(status, "RECENT 2"));
  CHECK(contains(status, "SIZE " + std::to_string(2 * kImapMessage.size())));
  CHECK(contains(status, "MAILBOXID (F"));
  CHECK(client.ask("STATUS nowhere (MESSAGES)").starts_with("NO [NONEXISTENT]"));
}

TEST_CASE("APPEND keeps octets, flags and date and tells the uid", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  const std::string size = std::to_string(kImapMessage.size());
  client.send("a APPEND Drafts (\\Draft $Later) \"17-Jul-1996 02:44:25 -0700\" {" + size + "}\r\n");
  CHECK(client.line().starts_with("+ "));
  client.send(kImapMessage + "\r\n");
  const std::string done = client.line();
  CHECK(done.starts_with("a OK [APPENDUID "));
  CHECK(contains(done, " 1] "));
  client.ask("SELECT Drafts");
  const std::string fetched =
      client.ask("FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE EMAILID THREADID BODY.PEEK[])");
  CHECK(contains(fetched, "\\Draft"));
  CHECK(contains(fetched, "$Later"));
  CHECK(contains(fetched, "INTERNALDATE \"17-Jul-1996 09:44:25 +0000\""));
  CHECK(contains(fetched, "RFC822.SIZE " + size));
  CHECK(contains(fetched, "EMAILID (M1)"));
  CHECK(contains(fetched, "THREADID (T"));
  CHECK(contains(fetched, "hello world"));
}

TEST_CASE("APPEND to the selected mailbox tells that it has grown", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  client.ask("SELECT INBOX");
  const std::string answer = client.append(kImapMessage);
  CHECK(contains(answer, "* 1 EXISTS\n"));
  CHECK(contains(answer, "* 1 RECENT\n"));
  CHECK(contains(answer, "OK [APPENDUID"));
}

TEST_CASE("APPEND is refused before the octets come", "[imap]") {
  ImapHouse house;
  const auto poor = house.create("poor@example.org", 300);
  ImapClient client(house, house.ann);
  CHECK(client.ask("APPEND INBOX {4000000}").starts_with("NO [TOOBIG]"));
  CHECK(client.ask("APPEND nowhere {10}").starts_with("NO [TRYCREATE]"));
  CHECK(client.append(kImapMessage, "nowhere").starts_with("NO [TRYCREATE]"));
  CHECK(client.ask("NOOP").starts_with("OK"));
  CHECK(client.append(std::string(3'500'000, 'x')).starts_with("NO [TOOBIG]"));
  CHECK(client.ask("NOOP").starts_with("OK"));
  CHECK(client.append(std::string("a\0b", 3)).starts_with("BAD"));
  ImapClient other(house, poor);
  CHECK(other.append(kImapMessage).starts_with("OK"));
  CHECK(other.ask("APPEND INBOX {200}").starts_with("NO [OVERQUOTA]"));
}

TEST_CASE("a large message is appended and comes back whole in bounded pieces", "[imap]") {
  ImapHouse house;
  ImapClient client(house, house.ann);
  std::string large = kImapMessage;
  while (large.size() < 2'500'000) {
    large += "line " + std::to_string(large.size() * 7919) + " of some text\r\n";
  }
  client.wire.piece = 10'000;
  CHECK(client.append(large).starts_with("OK [APPENDUID"));
  client.wire.piece = 1'000'000;
  client.ask("SELECT INBOX");
  client.wire.largest_write = 0;
  const std::string fetched =
      client.ask("FETCH 1 (BODY.PEEK[] FLAGS BODY.PEEK[TEXT]<100.2000000>)");
  CHECK(client.wire.largest_write < 600'000);
  CHECK(client.wire.output.find("BODY[] {" + std::to_string(large.size()) + "}\r\n" + large) !=
        std::string::npos);
  CHECK(contains(fetched, "BODY[TEXT]<100> {2000000}"));
  CHECK(fetched.ends_with("OK FETCH completed"));
}

}  // namespace restante::session
