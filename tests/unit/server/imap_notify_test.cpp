// Events told at any time (RFC 5465), and how far a command is (RFC 9585).
#include "server/session/imap/progress.h"
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// ann with two sessions and messages in INBOX and a.
class House {
 public:
  House() : client(house, house.ann), other(house, house.ann) {
    other.ask("CREATE a");
    other.append(kImapMessage);
    other.append(kImapMessage);
    other.append(kImapMessage, "a");
    other.ask("SELECT INBOX");
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  // What comes without being asked for; either session may be told of \Recent.
  std::string line() {
    std::string next = client.line();
    while (next.ends_with(" RECENT")) next = client.line();
    return next;
  }
  ImapHouse house;
  ImapClient client;
  ImapClient other;
};

}  // namespace

TEST_CASE("NOTIFY tells of the selected mailbox without a command", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  CHECK(all.ask("NOTIFY SET (selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (Subject)]) "
                "MessageExpunge FlagChange))") == "OK NOTIFY completed");
  all.house.deliver(all.house.ann, kImapMessage);
  CHECK(all.line() == "* 3 EXISTS");
  CHECK(all.line() == "* 3 FETCH (UID 3 BODY[HEADER.FIELDS (Subject)] {21}");
  CHECK(all.line() == "Subject: hi there");
  CHECK(all.line() == "");
  CHECK(all.line() == ")");
  all.other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(contains(all.line(), "* 1 FETCH (UID 1 FLAGS ("));
  all.other.ask("EXPUNGE");
  CHECK(all.line() == "* 1 EXPUNGE");
  CHECK(all.ask("UID SEARCH ALL") == "* SEARCH 2 3\nOK UID SEARCH completed");
}

TEST_CASE("a message made by the session itself is not fetched for it", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  all.ask("NOTIFY SET (selected (MessageNew (UID) MessageExpunge))");
  const std::string appended = all.client.append(kImapMessage);
  CHECK(contains(appended, "* 3 EXISTS\n"));
  CHECK_FALSE(contains(appended, "FETCH"));
  const std::string copied = all.ask("COPY 1 INBOX");
  CHECK(contains(copied, "* 4 EXISTS\n"));
  CHECK_FALSE(contains(copied, "FETCH"));
  all.other.append(kImapMessage);
  CHECK(all.line() == "* 5 EXISTS");
}

TEST_CASE("selected-delayed keeps EXPUNGE for a command", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  all.ask("NOTIFY SET (selected-delayed (MessageNew MessageExpunge))");
  all.other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  all.other.ask("EXPUNGE");
  all.other.append(kImapMessage);
  CHECK(all.line() == "* 3 EXISTS");
  CHECK(contains(all.ask("NOOP"), "* 1 EXPUNGE\n"));
}

TEST_CASE("what was not asked for is not told", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  all.ask("NOTIFY SET (selected (MessageNew MessageExpunge))");
  all.other.ask("STORE 1 +FLAGS.SILENT (\\Flagged)");
  CHECK_FALSE(contains(all.ask("NOOP"), "FETCH"));
  CHECK(all.ask("NOTIFY NONE") == "OK NOTIFY completed");
  all.other.append(kImapMessage);
  CHECK(all.ask("NOOP") == "OK NOOP completed");
  all.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  CHECK(contains(all.ask("EXPUNGE"), "* 1 EXPUNGE\n"));
}

TEST_CASE("NOTIFY tells of other mailboxes by STATUS", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  const std::string answer = all.ask(
      "NOTIFY SET STATUS (mailboxes (a INBOX gone) (MessageNew MessageExpunge FlagChange))");
  CHECK(contains(answer, "* STATUS \"a\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "));
  CHECK_FALSE(contains(answer, "INBOX"));
  all.other.append(kImapMessage, "a");
  CHECK(contains(all.line(), "* STATUS \"a\" (MESSAGES 2 UIDNEXT 3"));
  all.other.ask("SELECT a");
  all.other.ask("STORE 1 +FLAGS.SILENT (\\Seen)");
  const std::string flags = all.line();
  CHECK(contains(flags, "* STATUS \"a\" (UIDVALIDITY "));
  CHECK(contains(flags, "UNSEEN 1"));
  all.other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  all.other.ask("EXPUNGE");
  CHECK(contains(all.line(), "* STATUS \"a\" (MESSAGES 1 UIDNEXT 3"));
  all.house.deliver(all.house.ann, kImapMessage);  // no event of the selected one was asked for
  CHECK(all.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("NOTIFY works in IDLE as well", "[imap]") {
  House all;
  all.ask("NOTIFY SET (personal (MessageNew MessageExpunge))");
  all.client.send("i IDLE\r\n");
  CHECK(all.line().starts_with("+ "));
  all.other.append(kImapMessage, "a");
  CHECK(all.line() == "* STATUS \"a\" (MESSAGES 2 UIDNEXT 3)");
  all.client.send("DONE\r\n");
  CHECK(all.client.answer("i") == "OK IDLE completed");
}

TEST_CASE("NOTIFY tells of names and subscriptions, not of one's own", "[imap]") {
  House all;
  all.ask("NOTIFY SET (personal (MailboxName SubscriptionChange))");
  all.other.ask("CREATE b/c");
  CHECK(contains(all.line() + all.line(), "\"/\" \"b/c\""));
  all.other.ask("RENAME b x");
  CHECK(all.line() == "* LIST (\\HasChildren) \"/\" \"x\" (\"OLDNAME\" (\"b\"))");
  all.other.ask("SUBSCRIBE a");
  CHECK(all.line() == "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"a\"");
  all.other.ask("UNSUBSCRIBE a");
  CHECK(all.line() == "* LIST (\\HasNoChildren) \"/\" \"a\"");
  all.other.ask("DELETE x/c");
  CHECK(contains(all.line(), "\\NonExistent"));
  CHECK(all.line() == "* LIST (\\HasNoChildren) \"/\" \"x\"");
  CHECK(all.ask("CREATE d").starts_with("OK [MAILBOXID "));
  CHECK(all.ask("RENAME d e") == "OK RENAME completed");
  CHECK(all.ask("SUBSCRIBE e") == "OK SUBSCRIBE completed");
  CHECK(all.ask("DELETE e") == "OK DELETE completed");
  all.other.ask("CREATE f");
  CHECK(all.line() == "* LIST (\\HasNoChildren) \"/\" \"f\"");
}

TEST_CASE("the filter subscribed follows subscriptions", "[imap]") {
  House all;
  all.ask("NOTIFY SET (subscribed (MessageNew MessageExpunge))");
  all.other.append(kImapMessage, "a");
  all.other.ask("SUBSCRIBE a");
  CHECK(all.ask("NOOP") == "OK NOOP completed");
  all.client.settle();
  all.other.append(kImapMessage, "a");
  CHECK(all.line() == "* STATUS \"a\" (MESSAGES 3 UIDNEXT 4)");
}

TEST_CASE("unknown events are NO and change nothing", "[imap]") {
  House all;
  CHECK(all.ask("NOTIFY SET (personal (AnnotationChange MessageNew MessageExpunge))")
            .starts_with("NO [BADEVENT (MessageNew "));
  CHECK(all.ask("NOTIFY SET (personal (MessageNew))").starts_with("BAD"));
}

TEST_CASE("a context fetches new messages that join it, together with NOTIFY", "[imap]") {
  House all;
  all.ask("SELECT INBOX");
  all.client.send("u UID SEARCH RETURN (UPDATE (UID RFC822.SIZE)) SUBJECT hi\r\n");
  all.client.answer("u");
  all.ask("NOTIFY SET (selected (MessageNew (UID) MessageExpunge))");
  all.other.append("Subject: other\r\n\r\nx\r\n");
  CHECK(all.line() == "* 3 EXISTS");
  CHECK(all.line() == "* 3 FETCH (UID 3)");
  all.other.append(kImapMessage);
  CHECK(all.line() == "* 4 EXISTS");
  CHECK(all.line() == "* ESEARCH (TAG \"u\") UID ADDTO (0 4)");
  CHECK(all.line() == "* 4 FETCH (UID 4 RFC822.SIZE " + std::to_string(kImapMessage.size()) + ")");
}

TEST_CASE("a command says how far it is after some seconds, and seldom", "[imap]") {
  using namespace std::chrono_literals;
  Progress progress;
  const Progress::Clock::time_point start(1h);
  std::string out;
  progress.begin("A 1", start);
  CHECK_FALSE(progress.tell(out, start + 4s, 10));
  CHECK(progress.tell(out, start + 6s, 20));
  CHECK_FALSE(progress.tell(out, start + 7s, 30));
  CHECK(progress.tell(out, start + 17s, 40));
  CHECK(out ==
        "* OK [INPROGRESS (\"A 1\" 20 NIL)] Still searching\r\n"
        "* OK [INPROGRESS (\"A 1\" 40 NIL)] Still searching\r\n");
}

}  // namespace restante::session
