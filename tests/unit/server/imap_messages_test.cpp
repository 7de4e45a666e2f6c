// Messages: FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE, CLOSE.
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// ann's INBOX with that many messages, selected.
class Selected {
 public:
  explicit Selected(int messages) : client(house, house.ann) {
    for (int i = 0; i < messages; ++i) house.deliver(house.ann, kImapMessage);
    client.ask("SELECT INBOX");
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  ImapHouse house;
  ImapClient client;
};

}  // namespace

TEST_CASE("FETCH answers every item", "[imap]") {
  Selected inbox(1);
  const std::string answer = inbox.ask(
      "FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE EMAILID "
      "BODY.PEEK[HEADER.FIELDS (Subject X-None)] BODY.PEEK[TEXT]<6.5> BODY.PEEK[1] "
      "BODY.PEEK[2] BODY.PEEK[HEADER.FIELDS.NOT (From To Date Message-ID)] RFC822.HEADER)");
  CHECK(contains(answer,
                 "* 1 FETCH (UID 1 FLAGS (\\Recent) INTERNALDATE \"09-Sep-2001 01:46:40 +0000\""));
  CHECK(contains(answer,
                 "ENVELOPE (\"Fri, 21 Nov 1997 09:55:06 -0600\" \"hi there\" ((\"Ann\" NIL "
                 "\"ann\" \"example.org\"))"));
  CHECK(contains(answer, "BODY (\"TEXT\" \"PLAIN\"") +
            contains(answer, "BODY (\"text\" \"plain\"") ==
        1);
  CHECK(contains(answer, "BODY[HEADER.FIELDS (Subject X-None)] {21}\nSubject: hi there\n\n"));
  CHECK(contains(answer, "BODY[TEXT]<6> {5}\nworld"));
  CHECK(contains(answer, "BODY[1] {13}\nhello world\n"));
  CHECK(contains(answer, "BODY[2] NIL"));
  CHECK(contains(answer,
                 "BODY[HEADER.FIELDS.NOT (From To Date Message-ID)] {21}\nSubject: hi there\n\n"));
  CHECK(contains(answer, "RFC822.HEADER {"));
  CHECK_FALSE(contains(answer, "\\Seen"));
  CHECK(answer.ends_with("OK FETCH completed"));
}

TEST_CASE("FETCH macros and FULL", "[imap]") {
  Selected inbox(1);
  CHECK(contains(inbox.ask("FETCH 1 FAST"), "RFC822.SIZE"));
  CHECK(contains(inbox.ask("FETCH 1 ALL"), "ENVELOPE"));
  CHECK(contains(inbox.ask("FETCH 1 FULL"), "BODY ("));
}

TEST_CASE("reading a body sets \\Seen and says so, peeking does not", "[imap]") {
  Selected inbox(3);
  CHECK_FALSE(contains(inbox.ask("FETCH 1:3 BODY.PEEK[]"), "\\Seen"));
  CHECK(contains(inbox.ask("FETCH 1 BODY[TEXT]"), "hello world\n FLAGS (\\Seen \\Recent))") +
            contains(inbox.ask("FETCH 2 RFC822"), " FLAGS (") >=
        1);
  CHECK_FALSE(contains(inbox.ask("FETCH 1 BODY[]"), "FLAGS"));
  CHECK(contains(inbox.ask("FETCH 1 FLAGS"), "\\Seen"));
  CHECK(contains(inbox.ask("UID FETCH 3 (RFC822.TEXT FLAGS)"), "\\Seen"));
  // Nothing is told twice.
  CHECK(inbox.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("sets that name no message: BAD by number, nothing by uid", "[imap]") {
  Selected inbox(2);
  CHECK(inbox.ask("FETCH 3 FLAGS").starts_with("BAD"));
  CHECK(inbox.ask("STORE 1:3 +FLAGS (\\Seen)").starts_with("BAD"));
  CHECK(inbox.ask("COPY 9 Trash").starts_with("BAD"));
  CHECK(inbox.ask("SEARCH 3") == "* SEARCH\nOK SEARCH completed");  // RFC 7377 s2
  CHECK(inbox.ask("FETCH 0 FLAGS").starts_with("BAD"));
  CHECK(inbox.ask("UID FETCH 99 FLAGS") == "OK UID FETCH completed");
  CHECK(inbox.ask("UID STORE 99 +FLAGS (\\Seen)").starts_with("OK"));
  CHECK(inbox.ask("UID COPY 99 Trash") == "OK UID COPY completed");
  CHECK(inbox.ask("UID MOVE 99 Trash").starts_with("OK"));
  CHECK(inbox.ask("UID EXPUNGE 99").starts_with("OK"));
  CHECK(contains(inbox.ask("UID FETCH 99:* FLAGS"), "* 2 FETCH (UID 2 FLAGS"));
  CHECK(contains(inbox.ask("FETCH * UID"), "* 2 FETCH (UID 2)"));
}

TEST_CASE("STORE replaces, adds and removes; .SILENT is silent", "[imap]") {
  Selected inbox(2);
  CHECK(contains(inbox.ask("STORE 1 FLAGS (\\Flagged Later)"), "* 1 FETCH (FLAGS ("));
  const std::string added = inbox.ask("UID STORE 1:2 +FLAGS (\\Deleted)");
  CHECK(contains(added, "* 1 FETCH (UID 1 FLAGS ("));
  CHECK(contains(added, "* 2 FETCH (UID 2 FLAGS ("));
  CHECK(contains(added, "Later"));
  CHECK(inbox.ask("STORE 1:2 -FLAGS.SILENT (\\Deleted Later)") == "OK STORE completed");
  const std::string now = inbox.ask("FETCH 1 FLAGS");
  CHECK(contains(now, "\\Flagged"));
  CHECK_FALSE(contains(now, "Later"));
  CHECK(inbox.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("a new keyword is told by FLAGS first", "[imap]") {
  Selected inbox(1);
  const std::string answer = inbox.ask("STORE 1 +FLAGS ($Work)");
  CHECK(answer.starts_with("* FLAGS ("));
  CHECK(contains(answer, "$Work)\n* 1 FETCH"));
}

TEST_CASE("SEARCH by every kind of key", "[imap]") {
  Selected inbox(3);
  inbox.ask("STORE 2 FLAGS.SILENT (\\Seen $Work)");
  inbox.ask("STORE 3 FLAGS.SILENT (\\Deleted)");
  inbox.client.append("Subject: other\r\n\r\nnothing here\r\n");
  for (const auto& [keys, found] : std::vector<std::pair<std::string, std::string>>{
           {"ALL", " 1 2 3 4"},
           {"SEEN", " 2"},
           {"UNSEEN", " 1 3 4"},
           {"NOT DELETED", " 1 2 4"},
           {"KEYWORD $Work", " 2"},
           {"OR SEEN DELETED", " 2 3"},
           {"2:3 UNDELETED", " 2"},
           {"UID 3:*", " 3 4"},
           {"SUBJECT THERE", " 1 2 3"},
           {"FROM ann@", " 1 2 3"},
           {"BODY world", " 1 2 3"},
           {"TEXT nothing", " 4"},
           {"HEADER Message-ID example", " 1 2 3"},
           {"SENTBEFORE 1-Jan-1998 SUBJECT hi", " 1 2 3"},
           {"ON 9-Sep-2001", " 1 2 3"},
           {"SMALLER 50", " 4"},
           {"LARGER 50 NOT SEEN", " 1 3"},
           {"EMAILID M2", " 2"},
           {"CHARSET UTF-8 SUBJECT {5+}\r\nother", " 4"},
           {"NOT ALL", ""}}) {
    CAPTURE(keys);
    CHECK(inbox.ask("SEARCH " + keys) == "* SEARCH" + found + "\nOK SEARCH completed");
  }
  CHECK(contains(inbox.ask("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL"), "* ESEARCH (TAG \"t"));
  CHECK(inbox.ask("SEARCH CHARSET X-NONE ALL").starts_with("NO [BADCHARSET"));
}

TEST_CASE("COPY and MOVE tell the new uids and keep flags", "[imap]") {
  Selected inbox(3);
  inbox.ask("STORE 2 +FLAGS.SILENT (\\Flagged $Work)");
  const std::string copied = inbox.ask("COPY 2:3 Archive");
  CHECK(copied.starts_with("OK [COPYUID "));
  CHECK(contains(copied, " 2:3 1:2]"));
  CHECK(inbox.ask("COPY 1 nowhere").starts_with("NO [TRYCREATE]"));
  CHECK(inbox.ask("UID MOVE 1 nowhere").starts_with("NO [TRYCREATE]"));
  const std::string moved = inbox.ask("UID MOVE 1:2 Archive");
  CHECK(moved.starts_with("* OK [COPYUID "));
  CHECK(contains(moved, " 1:2 3:4]"));
  CHECK(contains(moved, "\n* 1 EXPUNGE\n* 1 EXPUNGE\n* 1 RECENT\nOK UID MOVE completed"));
  CHECK(contains(inbox.ask("SELECT Archive"), "* 4 EXISTS"));
  CHECK(contains(inbox.ask("FETCH 1 FLAGS"), "\\Flagged"));
  CHECK(contains(inbox.ask("FETCH 4 (FLAGS EMAILID)"), "EMAILID (M2)"));
}

TEST_CASE("EXPUNGE, UID EXPUNGE and CLOSE remove what is marked", "[imap]") {
  Selected inbox(5);
  inbox.ask("STORE 1,3,4 +FLAGS.SILENT (\\Deleted)");
  CHECK(inbox.ask("UID EXPUNGE 2:3") == "* 3 EXPUNGE\n* 4 RECENT\nOK UID EXPUNGE completed");
  CHECK(inbox.ask("EXPUNGE") == "* 1 EXPUNGE\n* 2 EXPUNGE\n* 2 RECENT\nOK EXPUNGE completed");
  CHECK(contains(inbox.ask("FETCH 1:* UID"), "* 1 FETCH (UID 2)\n* 2 FETCH (UID 5)\n"));
  inbox.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(inbox.ask("CLOSE") == "OK CLOSE completed");
  CHECK(contains(inbox.ask("SELECT INBOX"), "* 1 EXISTS"));
  inbox.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(inbox.ask("UNSELECT") == "OK UNSELECT completed");
  CHECK(contains(inbox.ask("SELECT INBOX"), "* 1 EXISTS"));
}

TEST_CASE("a mailbox of many messages is fetched and searched in slices", "[imap]") {
  Selected inbox(0);
  for (int i = 0; i < 1300; ++i) {
    inbox.client.send("a" + std::to_string(i) + " APPEND INBOX {" +
                      std::to_string(kImapMessage.size()) + "+}\r\n" + kImapMessage + "\r\n");
  }
  inbox.client.answer("a1299");
  const std::string all = inbox.ask("FETCH 1:* (UID FLAGS)");
  CHECK(std::count(all.begin(), all.end(), '\n') == 1300);
  CHECK(contains(all, "* 1300 FETCH (UID 1300 "));
  CHECK(contains(inbox.ask("SEARCH BODY world SUBJECT hi 600:1300"), " 600 601 "));
  CHECK(contains(inbox.ask("UID FETCH 700:1300 BODY[]"), "* 1300 FETCH"));
  CHECK(contains(inbox.ask("SEARCH SEEN"), "* SEARCH 700 "));
}

}  // namespace restante::session
