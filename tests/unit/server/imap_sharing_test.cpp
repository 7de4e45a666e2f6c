// Mailboxes of other accounts: names, rights of every command, rights that change (RFC 4314, 8440).
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

const std::string kAnns = "\"Other Users/ann@example.org/";

// ann owns; bob is given rights in her mailbox "box".
class Shared {
 public:
  Shared() : ann(house, house.ann), bob(house, house.bob) { ann.ask("CREATE box"); }
  // bob's rights in a mailbox of ann's from now on.
  void give(const std::string& rights, const std::string& mailbox = "box") {
    const std::string answer = ann.ask("SETACL " + mailbox + " bob@example.org \"" + rights + "\"");
    REQUIRE(answer == "OK SETACL completed");
  }
  void fill(int messages = 3) {
    for (int i = 0; i < messages; ++i) house.deliver(house.ann, kImapMessage, "box");
  }
  static std::string anns(const std::string& name) { return kAnns + name + "\""; }

  ImapHouse house;
  ImapClient ann, bob;
};

const std::string kNone = "NO [NONEXISTENT] no such mailbox";

bool starts(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

}  // namespace

TEST_CASE("NAMESPACE names the one of others", "[imap][sharing]") {
  Shared shared;
  CHECK(starts(shared.bob.ask("NAMESPACE"),
               "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\n"));
}

TEST_CASE("A mailbox of another is listed with the right to look it up only", "[imap][sharing]") {
  Shared shared;
  CHECK_FALSE(contains(shared.bob.ask("LIST \"\" *"), "Other"));
  shared.give("rswitea");
  CHECK_FALSE(contains(shared.bob.ask("LIST \"\" *"), "Other"));
  CHECK(shared.bob.ask("LIST \"\" \"Other Users/%\"") == "OK LIST completed");
  shared.give("l");
  CHECK(shared.bob.ask("LIST \"Other Users/\" *") ==
        "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"Other Users/ann@example.org\"\n"
        "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann@example.org/box\"\nOK LIST completed");
  CHECK(contains(shared.bob.ask("LIST \"\" %"),
                 "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"Other Users\"\n"));
  // A level above that may not be seen is as if it did not exist.
  shared.ann.ask("CREATE box/deep");
  shared.give("");
  CHECK(contains(shared.bob.ask("LIST \"\" *"),
                 "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" "
                 "\"Other Users/ann@example.org/box\"\n"
                 "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann@example.org/box/deep\"\n"));
  // Special uses are their owner's.
  shared.give("lr", "Sent");
  CHECK(contains(shared.bob.ask("LIST \"\" *"),
                 "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann@example.org/Sent\"\n"));
}

TEST_CASE("Subscriptions to mailboxes of others", "[imap][sharing]") {
  Shared shared;
  CHECK(starts(shared.bob.ask("SUBSCRIBE " + Shared::anns("box")), "OK"));
  CHECK(contains(shared.bob.ask("LIST (SUBSCRIBED) \"\" *"),
                 "(\\NonExistent \\Noselect \\HasNoChildren \\Subscribed) \"/\" "
                 "\"Other Users/ann@example.org/box\""));
  CHECK(contains(shared.bob.ask("LSUB \"\" *"), "(\\Noselect \\HasNoChildren) \"/\" \"Other Us"));
  shared.give("lr");
  CHECK(
      contains(shared.bob.ask("LIST (SUBSCRIBED) \"\" *"),
               "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Other Users/ann@example.org/box\""));
  CHECK(starts(shared.bob.ask("UNSUBSCRIBE " + Shared::anns("box")), "OK"));
}

TEST_CASE("What one may not look up looks as if there were none", "[imap][sharing]") {
  Shared shared;
  shared.house.create("a/b=c%d@example.org");
  for (const std::string command :
       {"SELECT ", "EXAMINE ", "DELETE ", "MYRIGHTS ", "GETACL ", "GETQUOTAROOT "}) {
    for (const std::string name : {"box", "none", "INBOX"}) {
      CAPTURE(command + name);
      CHECK(shared.bob.ask(command + Shared::anns(name)) == kNone);
    }
    CHECK(shared.bob.ask(command + "\"Other Users/nobody@example.org/box\"") == kNone);
    CHECK(shared.bob.ask(command + "\"Other Users/bob@example.org/INBOX\"") == kNone);
    CHECK(shared.bob.ask(command + "\"Other Users/ann@example.org\"") == kNone);
    CHECK(shared.bob.ask(command + "\"Other Users\"") == kNone);
  }
  CHECK(shared.bob.ask("STATUS " + Shared::anns("box") + " (MESSAGES)") == kNone);
  CHECK(shared.bob.ask("SETACL " + Shared::anns("box") + " bob@example.org lr") == kNone);
  CHECK(shared.bob.ask("GETMETADATA " + Shared::anns("box") + " /shared/comment") == kNone);
  const std::string denied = shared.bob.ask("CREATE " + Shared::anns("box/x"));
  CHECK(starts(denied, "NO [NOPERM]"));
  CHECK(shared.bob.ask("CREATE \"Other Users/nobody@example.org/x\"") == denied);
  CHECK(shared.bob.ask("CREATE \"Other Users\"") == denied);
  CHECK(starts(shared.bob.append(kImapMessage, Shared::anns("box")), "NO [TRYCREATE]"));
  CHECK(starts(shared.bob.append(kImapMessage, Shared::anns("none")), "NO [TRYCREATE]"));
}

TEST_CASE("An address with odd characters is one level", "[imap][sharing]") {
  ImapHouse house;
  ImapClient odd(house, house.create("a/b=c%d*@example.org"));
  ImapClient bob(house, house.bob);
  CHECK(starts(odd.ask("SETACL INBOX bob@example.org lr"), "OK"));
  const std::string name = "\"Other Users/a=2Fb=3Dc=25d=2A@example.org/INBOX\"";
  CHECK(contains(bob.ask("LIST \"\" \"Other Users/%/%\""), name));
  CHECK(contains(bob.ask("SELECT " + name), "OK [READ-ONLY]"));
  CHECK(contains(bob.ask("SELECT \"Other Users/a=2fb=3Dc=25d=2A@example.org/INBOX\""),
                 "NO [NONEXISTENT]"));
}

TEST_CASE("SETACL, GETACL, LISTRIGHTS and MYRIGHTS", "[imap][sharing]") {
  Shared shared;
  CHECK(shared.ann.ask("GETACL box") ==
        "* ACL \"box\" ann@example.org lrswipkxtecda\nOK GETACL completed");
  CHECK(shared.ann.ask("MYRIGHTS box") ==
        "* MYRIGHTS \"box\" lrswipkxtecda\nOK MYRIGHTS completed");
  shared.give("lrs");
  CHECK(starts(shared.ann.ask("SETACL box BOB@Example.org +wd"), "OK"));
  CHECK(starts(shared.ann.ask("SETACL box anyone lk"), "OK"));
  CHECK(starts(shared.ann.ask("SETACL box -bob@example.org t"), "OK"));
  CHECK(shared.ann.ask("GETACL box") ==
        "* ACL \"box\" ann@example.org lrswipkxtecda anyone lkc bob@example.org lrswted "
        "-bob@example.org td\nOK GETACL completed");
  CHECK(contains(shared.bob.ask("MYRIGHTS " + Shared::anns("box")),
                 "* MYRIGHTS \"Other Users/ann@example.org/box\" lrswkecd\n"));
  CHECK(starts(shared.ann.ask("SETACL box bob@example.org -ws"), "OK"));
  CHECK(contains(shared.bob.ask("MYRIGHTS " + Shared::anns("box")), " lrkecd\n"));
  CHECK(starts(shared.ann.ask("DELETEACL box -bob@example.org"), "OK"));
  CHECK(starts(shared.ann.ask("DELETEACL box anyone"), "OK"));
  CHECK(starts(shared.ann.ask("DELETEACL box bob@example.org"), "OK"));
  CHECK(shared.ann.ask("GETACL box") ==
        "* ACL \"box\" ann@example.org lrswipkxtecda\nOK GETACL completed");
  CHECK(shared.ann.ask("LISTRIGHTS box bob@example.org") ==
        "* LISTRIGHTS \"box\" bob@example.org \"\" l r s w i p k x t e c d a\n"
        "OK LISTRIGHTS completed");
  CHECK(shared.ann.ask("LISTRIGHTS box ann@example.org") ==
        "* LISTRIGHTS \"box\" ann@example.org lrswipkxtecda\nOK LISTRIGHTS completed");
  CHECK(starts(shared.ann.ask("SETACL box ann@example.org lr"), "NO [NOPERM]"));
  CHECK(starts(shared.ann.ask("SETACL box bob@example.org lq"), "BAD"));
  CHECK(starts(shared.ann.ask("SETACL box bob@example.org L"), "BAD"));
  CHECK(starts(shared.ann.ask("SETACL box bob@example.org l1"), "BAD"));
  CHECK(starts(shared.ann.ask("SETACL box \"\" l"), "BAD"));
  CHECK(starts(shared.ann.ask("SETACL box who? l"), "BAD"));
  CHECK(starts(shared.ann.ask("SETACL box nobody@example.org l"), "NO [CANNOT]"));
  CHECK(starts(shared.ann.ask("SETACL none bob@example.org l"), kNone));
}

TEST_CASE("Who may administer a mailbox of another gives rights to others", "[imap][sharing]") {
  Shared shared;
  ImapClient carl(shared.house, shared.house.create("carl@example.org"));
  shared.give("la");
  CHECK(starts(shared.bob.ask("SETACL " + Shared::anns("box") + " carl@example.org lr"), "OK"));
  CHECK(contains(carl.ask("SELECT " + Shared::anns("box")), "OK [READ-ONLY]"));
  CHECK(starts(shared.bob.ask("SETACL " + Shared::anns("box") + " ann@example.org l"),
               "NO [NOPERM]"));
  CHECK(contains(shared.bob.ask("GETACL " + Shared::anns("box")), "carl@example.org lr\n"));
  shared.give("lrswipkxte");
  for (const std::string command : {"SETACL @ carl@example.org l", "DELETEACL @ carl@example.org",
                                    "GETACL @", "LISTRIGHTS @ carl@example.org"}) {
    std::string written = command;
    written.replace(written.find('@'), 1, Shared::anns("box"));
    CHECK(starts(shared.bob.ask(written), "NO [NOPERM]"));
  }
}

// Every command with each right it needs missing (RFC 4314 s4).
TEST_CASE("Each command asks for its rights", "[imap][sharing]") {
  Shared shared;
  shared.fill(1);
  const std::string box = Shared::anns("box");
  struct Row {
    std::string command;
    std::string needs;
  };
  const std::vector<Row> rows{
      {"SELECT " + box, "r"},
      {"EXAMINE " + box, "r"},
      {"STATUS " + box + " (MESSAGES)", "r"},
      {"DELETE " + box, "x"},
      {"RENAME " + box + " " + Shared::anns("top/new"), "x"},
      {"CREATE " + Shared::anns("box/new"), "k"},
      {"RENAME " + Shared::anns("top") + " " + Shared::anns("box/new"), "k"},
      {"GETACL " + box, "a"},
      {"SETACL " + box + " anyone l", "a"},
      {"DELETEACL " + box + " anyone", "a"},
      {"LISTRIGHTS " + box + " anyone", "a"},
      {"UID COPY 1 " + box, "i"},
      {"UID MOVE 1 " + box, "i"},
      {"GETQUOTAROOT " + box, "r"},
  };
  shared.ann.ask("CREATE top");
  shared.give("lrswipkxtea", "top");
  shared.house.deliver(shared.house.bob, kImapMessage);
  const std::string all = "lrswipkxtea";
  for (const Row& row : rows) {
    CAPTURE(row.command);
    shared.bob.ask("SELECT INBOX");
    std::string less = all;
    less.erase(less.find(row.needs), 1);
    shared.give(less);
    CHECK(contains(shared.bob.ask(row.command), "NO [NOPERM]"));
    less.erase(0, 1);
    shared.give(less);
    const bool copies = contains(row.command, "UID ");
    if (!starts(row.command, "CREATE") && !contains(row.command, "box/new"))
      CHECK(contains(shared.bob.ask(row.command), copies ? "NO [TRYCREATE]" : kNone));
  }
  // With the right alone they are done.
  for (const Row& row : rows) {
    if (starts(row.command, "DELETE ") || starts(row.command, "RENAME ")) continue;
    CAPTURE(row.command);
    shared.bob.ask("SELECT INBOX");
    shared.give("l" + row.needs);
    CHECK(contains(shared.bob.ask(row.command), "OK"));
  }
  shared.give("lx");
  CHECK(starts(shared.bob.ask("RENAME " + box + " " + Shared::anns("top/new")), "OK"));
  CHECK(starts(shared.bob.ask("DELETE " + Shared::anns("top/new")), "OK"));
  CHECK(starts(shared.ann.ask("STATUS top/new (MESSAGES)"), kNone));
}

TEST_CASE("Mailboxes are not renamed from one account to another", "[imap][sharing]") {
  Shared shared;
  shared.give("lrswipkxtea");
  shared.bob.ask("CREATE mine");
  CHECK(starts(shared.bob.ask("RENAME mine " + Shared::anns("box/mine")), "NO [CANNOT]"));
  CHECK(starts(shared.bob.ask("RENAME " + Shared::anns("box") + " mine2"), "NO [CANNOT]"));
  CHECK(starts(shared.bob.ask("RENAME mine \"Other Users\""), "NO [NOPERM]"));
  CHECK(starts(shared.bob.ask("CREATE " + Shared::anns("box/x") + " (USE (\\Sent))"),
               "NO [USEATTR]"));
  // What bob makes is ann's, with the rights of the one above.
  CHECK(starts(shared.bob.ask("CREATE " + Shared::anns("box/made/deep")), "OK"));
  CHECK(contains(shared.ann.ask("GETACL box/made/deep"), "bob@example.org lrswipkxtecda"));
  CHECK(contains(shared.bob.ask("MYRIGHTS " + Shared::anns("box/made")), "lrswipkxtecda"));
}

TEST_CASE("Only what may be changed is changed in a mailbox of another", "[imap][sharing]") {
  Shared shared;
  shared.fill(2);
  const std::string box = Shared::anns("box");
  shared.give("lr");
  std::string selected = shared.bob.ask("SELECT " + box);
  CHECK(contains(selected, "[PERMANENTFLAGS ()]"));
  CHECK(contains(selected, "OK [READ-ONLY]"));
  CHECK(starts(shared.bob.ask("STORE 1 +FLAGS (\\Seen)"), "NO [READ-ONLY]"));
  CHECK(starts(shared.bob.ask("EXPUNGE"), "NO [READ-ONLY]"));
  shared.give("lri");
  selected = shared.bob.ask("SELECT " + box);
  CHECK(contains(selected, "[PERMANENTFLAGS ()]"));
  CHECK(contains(selected, "OK [READ-WRITE]"));
  CHECK(starts(shared.bob.ask("STORE 1 +FLAGS (\\Seen)"), "NO [NOPERM]"));
  CHECK_FALSE(contains(shared.bob.ask("FETCH 1 (FLAGS BODY[TEXT])"), "\\Seen"));
  shared.give("lrs");
  selected = shared.bob.ask("SELECT " + box);
  CHECK(contains(selected, "[PERMANENTFLAGS (\\Seen)]"));
  CHECK(contains(shared.bob.ask("FETCH 1 (BODY[TEXT])"), "\\Seen"));
  CHECK(shared.bob.ask("STORE 2 +FLAGS (\\Seen \\Deleted $x)") ==
        "* 2 FETCH (FLAGS (\\Seen))\nOK STORE completed");
  // Silence would hide what was not set.
  CHECK(contains(shared.bob.ask("STORE 2 FLAGS.SILENT (\\Seen \\Deleted)"),
                 "* 2 FETCH (FLAGS (\\Seen))\nOK"));
  CHECK(shared.bob.ask("STORE 2 FLAGS.SILENT (\\Seen)") == "OK STORE completed");
  CHECK(starts(shared.bob.ask("STORE 2 +FLAGS (\\Deleted)"), "NO [NOPERM]"));
  shared.give("lrtw");
  selected = shared.bob.ask("SELECT " + box);
  CHECK(contains(selected, "[PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Draft \\*)]"));
  CHECK(shared.bob.ask("STORE 2 FLAGS (\\Deleted $x)") ==
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $x)\n"
        "* 2 FETCH (FLAGS (\\Deleted \\Seen $x))\nOK STORE completed");
  CHECK(starts(shared.bob.ask("EXPUNGE"), "NO [NOPERM]"));
  CHECK(starts(shared.bob.ask("UID EXPUNGE 1:9"), "NO [NOPERM]"));
  CHECK(starts(shared.bob.ask("UID MOVE 2 INBOX"), "NO [NOPERM]"));
  CHECK(shared.bob.ask("CLOSE") == "OK CLOSE completed");
  CHECK(contains(shared.ann.ask("STATUS box (MESSAGES DELETED)"), "MESSAGES 2 DELETED 1"));
  shared.give("lre");
  shared.bob.ask("SELECT " + box);
  CHECK(starts(shared.bob.ask("EXPUNGE"), "* 2 EXPUNGE"));
}

TEST_CASE("Messages are copied and moved between accounts", "[imap][sharing]") {
  Shared shared;
  shared.fill(3);
  shared.give("lrite");
  shared.bob.ask("SELECT " + Shared::anns("box"));
  CHECK(contains(shared.bob.ask("FETCH 1 (EMAILID)"),
                 "EMAILID (M1-" + std::to_string(shared.house.ann.id.value()) + ")"));
  const std::string id = "M1-" + std::to_string(shared.house.ann.id.value());
  CHECK(starts(shared.bob.ask("SEARCH EMAILID " + id), "* SEARCH 1\n"));
  CHECK(starts(shared.bob.ask("SEARCH EMAILID M1"), "* SEARCH\n"));
  CHECK(contains(shared.bob.ask("COPY 1:2 INBOX"), "[COPYUID "));
  const std::string moved = shared.bob.ask("MOVE 3 INBOX");
  CHECK(contains(moved, "* OK [COPYUID "));
  CHECK(contains(moved, "* 3 EXPUNGE\n"));
  shared.bob.ask("SELECT INBOX");
  CHECK(contains(shared.bob.ask("FETCH 1:* (EMAILID BODY.PEEK[TEXT])"), "* 3 FETCH (EMAILID (M3)"));
  shared.bob.ask("STORE 1:2 +FLAGS.SILENT (\\Seen \\Deleted \\Flagged $x)");
  CHECK(contains(shared.bob.ask("COPY 1 " + Shared::anns("box")), "OK [COPYUID "));
  shared.ann.ask("SELECT box");
  CHECK(contains(shared.ann.ask("FETCH 3 (FLAGS)"), "FLAGS (\\Recent \\Deleted)"));
  CHECK(contains(shared.bob.append(kImapMessage, Shared::anns("box"), "(\\Seen \\Draft $y) "),
                 "OK [APPENDUID "));
  CHECK(contains(shared.ann.ask("NOOP"), "* 4 EXISTS\n"));
  CHECK(contains(shared.ann.ask("FETCH 4 (FLAGS)"), "* 4 FETCH (FLAGS (\\Recent))\n"));
}

TEST_CASE("The quota of a mailbox's owner counts", "[imap][sharing]") {
  ImapHouse house;
  const auto small = house.create("small@example.org", 1000);
  ImapClient owner(house, small);
  ImapClient bob(house, house.bob);
  owner.ask("SETACL INBOX bob@example.org lri");
  const std::string inbox = "\"Other Users/small@example.org/INBOX\"";
  const std::string large = kImapMessage + std::string(1000, 'x');
  CHECK(starts(bob.append(large, inbox), "NO [OVERQUOTA]"));
  bob.append(large);
  bob.ask("SELECT INBOX");
  CHECK(starts(bob.ask("COPY 1 " + inbox), "NO [OVERQUOTA]"));
  CHECK(contains(bob.append(kImapMessage, inbox), "OK"));
  CHECK(bob.ask("GETQUOTAROOT " + inbox) ==
        "* QUOTAROOT " + inbox +
            " small@example.org\n* QUOTA small@example.org (STORAGE 1 1)\n"
            "OK GETQUOTAROOT completed");
}

TEST_CASE("Sessions of several accounts on one mailbox see each other's changes",
          "[imap][sharing]") {
  Shared shared;
  shared.fill(2);
  shared.give("lrswite");
  shared.ann.ask("SELECT box");
  shared.bob.ask("SELECT " + Shared::anns("box"));
  shared.bob.send("i IDLE\r\n");
  CHECK(starts(shared.bob.line(), "+ "));
  shared.ann.ask("STORE 1 +FLAGS.SILENT (\\Flagged)");
  CHECK(contains(shared.bob.line(), "* 1 FETCH (UID 1 FLAGS ("));
  shared.fill(1);
  CHECK(shared.bob.line() == "* 3 EXISTS");
  shared.bob.send("DONE\r\n");
  shared.bob.answer("i");
  shared.bob.ask("STORE 2 +FLAGS (\\Deleted)");
  shared.bob.ask("EXPUNGE");
  CHECK(contains(shared.ann.ask("NOOP"), "* 2 EXPUNGE\n"));
}

TEST_CASE("A right that is taken away counts at once in a session that works", "[imap][sharing]") {
  Shared shared;
  shared.fill(2);
  shared.give("lrswite");
  shared.bob.ask("SELECT " + Shared::anns("box"));
  shared.give("lrs");
  const std::string told = shared.bob.ask("STORE 1 +FLAGS (\\Deleted)");
  CHECK(contains(told, "* FLAGS ("));
  CHECK(contains(told, "* OK [PERMANENTFLAGS (\\Seen)]"));
  CHECK(contains(told, "NO [NOPERM]"));
  CHECK(starts(shared.bob.ask("EXPUNGE"), "NO [NOPERM]"));
  CHECK(contains(shared.bob.ask("STORE 1 +FLAGS (\\Seen)"), "OK"));
  shared.bob.send("i IDLE\r\n");
  shared.bob.line();
  shared.give("lrsw");
  CHECK(starts(shared.bob.line(), "* FLAGS ("));
  CHECK(starts(shared.bob.line(), "* OK [PERMANENTFLAGS (\\Answered"));
  shared.give("lsw");
  CHECK(starts(shared.bob.line(), "* BYE"));
  ImapClient again(shared.house, shared.house.bob);
  CHECK(starts(again.ask("SELECT " + Shared::anns("box")), "NO [NOPERM]"));
}

TEST_CASE("A right that is taken away while a message is on its way refuses it",
          "[imap][sharing]") {
  Shared shared;
  shared.give("li");
  shared.bob.send("a APPEND " + Shared::anns("box") + " {" + std::to_string(kImapMessage.size()) +
                  "}\r\n");
  CHECK(starts(shared.bob.line(), "+ "));
  shared.give("l");
  shared.bob.send(kImapMessage + "\r\n");
  CHECK(starts(shared.bob.answer("a"), "NO [NOPERM]"));
  CHECK(contains(shared.ann.ask("STATUS box (MESSAGES)"), "MESSAGES 0"));
}

TEST_CASE("A URL within the selected mailbox asks for the right to read it", "[imap][sharing]") {
  Shared shared;
  shared.fill(1);
  shared.give("lr");
  shared.bob.ask("SELECT " + Shared::anns("box"));
  const std::string copy = "APPEND INBOX CATENATE (URL \";UID=1\")";
  CHECK(contains(shared.bob.ask(copy), "OK [APPENDUID"));
  shared.give("l");
  CHECK(starts(shared.bob.ask(copy), "NO [BADURL"));
}

TEST_CASE("A session ends with the mailbox of another it has selected", "[imap][sharing]") {
  Shared shared;
  shared.give("lr");
  shared.bob.ask("SELECT " + Shared::anns("box"));
  shared.ann.ask("DELETE box");
  CHECK(contains(shared.bob.ask("NOOP"), "* BYE"));
}

TEST_CASE("LIST RETURN (MYRIGHTS) and (STATUS)", "[imap][sharing]") {
  Shared shared;
  shared.fill(1);
  shared.give("lr");
  shared.ann.ask("CREATE box/blind");
  shared.give("l", "box/blind");
  const std::string answer =
      shared.bob.ask("LIST \"Other Users/\" * RETURN (MYRIGHTS STATUS (MESSAGES))");
  CHECK(answer ==
        "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"Other Users/ann@example.org\"\n"
        "* LIST (\\HasChildren) \"/\" \"Other Users/ann@example.org/box\"\n"
        "* MYRIGHTS \"Other Users/ann@example.org/box\" lr\n"
        "* STATUS \"Other Users/ann@example.org/box\" (MESSAGES 1)\n"
        "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann@example.org/box/blind\"\n"
        "* MYRIGHTS \"Other Users/ann@example.org/box/blind\" l\nOK LIST completed");
  CHECK(contains(shared.bob.ask("LIST \"\" INBOX RETURN (MYRIGHTS)"),
                 "* MYRIGHTS \"INBOX\" lrswipkxtecda\n"));
  shared.bob.ask("SUBSCRIBE " + Shared::anns("box/blind"));
  CHECK_FALSE(contains(
      shared.bob.ask("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"Other Users/%/%\" RETURN (MYRIGHTS)"),
      "* MYRIGHTS"));
}

}  // namespace restante::session
