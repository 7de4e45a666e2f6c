// Arguments of the commands (RFC 9051 s6 and s9; examples of RFC 3501, 2971, 4959, 5258, 6154).
#include "mail/imap/command.h"

#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante::imap;
using Strings = std::vector<std::string>;
using Kind = FetchItem::Kind;

TEST_CASE("Commands without arguments") {
  for (const char* name : {"CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "CHECK", "CLOSE", "UNSELECT",
                           "NAMESPACE", "EXPUNGE", "IDLE"}) {
    CHECK(refusal(name) == "accepted");
    CHECK(refusal(std::string(name) + " ") != "accepted");
  }
}

TEST_CASE("LOGIN, AUTHENTICATE, ENABLE, ID") {
  const auto login = parse<Login>("LOGIN \"a \\\"b\\\\\" c]d");
  CHECK(login.user == "a \"b\\");
  CHECK(login.password == "c]d");
  CHECK(refusal("LOGIN \"a\\n\" b") == "a BAD |invalid escape in a quoted string");
  CHECK(refusal("LOGIN a\xc3\xa4 b") != "accepted");
  CHECK(refusal("LOGIN \"\xc3\xa4\" b") == "a BAD |8-bit characters in a quoted string");
  CHECK(parse<Login>("LOGIN \"\xc3\xa4\" b", true).user == "ä");
  CHECK(refusal("LOGIN \"\xff\" b", true) == "a BAD |quoted string is not UTF-8");
  CHECK_FALSE(parse<Authenticate>("AUTHENTICATE plain").initial_response);
  CHECK(parse<Authenticate>("AUTHENTICATE plain").mechanism == "PLAIN");
  CHECK(parse<Authenticate>("AUTHENTICATE PLAIN AHRlc3QAdGVzdA==").initial_response ==
        "AHRlc3QAdGVzdA==");
  CHECK(parse<Authenticate>("AUTHENTICATE EXTERNAL =").initial_response == "");
  CHECK(refusal("AUTHENTICATE PLAIN !") != "accepted");
  CHECK(refusal("AUTHENTICATE PLAIN a=b=") != "accepted");
  CHECK(parse<Enable>("ENABLE imap4rev2 UTF8=ACCEPT").capabilities ==
        Strings{"IMAP4REV2", "UTF8=ACCEPT"});
  CHECK(parse<Id>("ID NIL").fields.empty());
  const auto id = parse<Id>("ID (\"name\" \"sodr\" \"version\" NIL)");
  REQUIRE(id.fields.size() == 2);
  CHECK(id.fields[0].second == "sodr");
  CHECK_FALSE(id.fields[1].second);
  std::string many = "ID (\"a\" \"b\"";
  for (int i = 0; i < 40; ++i) many += " \"a\" NIL";
  CHECK(refusal(many + ")") == "a BAD |too many ID fields");
}

TEST_CASE("Mailbox commands decode names") {
  CHECK(parse<Select>("SELECT inbox").mailbox == "INBOX");
  CHECK_FALSE(parse<Select>("SELECT inbox").read_only);
  CHECK(parse<Select>("EXAMINE \"Entw&APw-rfe\"").mailbox == "Entwürfe");
  CHECK(parse<Select>("EXAMINE x").read_only);
  CHECK(parse<Select>("SELECT \"Entwürfe\"", true).mailbox == "Entwürfe");
  CHECK(refusal("SELECT a&b").starts_with("a NO CANNOT|"));
  CHECK(parse<Create>("CREATE owatagusiam/").mailbox == "owatagusiam");
  const auto create = parse<Create>("CREATE MySpecial (USE (\\Drafts \\sent \\Drafts))");
  CHECK(create.uses == std::vector{SpecialUse::Drafts, SpecialUse::Sent});
  CHECK(parse<Create>("CREATE x (USE (\\Foo))").unknown_use);
  CHECK(parse<Delete>("DELETE foo/bar").mailbox == "foo/bar");
  CHECK(parse<Rename>("RENAME blurdybloop sarasoop/").to == "sarasoop");
  CHECK(parse<Subscribe>("SUBSCRIBE #news.comp").mailbox == "#news.comp");
  CHECK(parse<Unsubscribe>("UNSUBSCRIBE x").mailbox == "x");
  const auto status = parse<Status>("STATUS x (UIDNEXT MESSAGES MAILBOXID size)");
  CHECK(status.items.has(StatusItem::MailboxId));
  CHECK(status.items.has(StatusItem::Size));
  CHECK_FALSE(status.items.has(StatusItem::Unseen));
  CHECK(refusal("STATUS x ()") != "accepted");
  CHECK(refusal("STATUS x (FOO)") == "a BAD |unknown status item");
}

TEST_CASE("LIST, basic and extended") {
  const auto basic = parse<List>("LIST \"\" %");
  CHECK(basic.patterns == Strings{"%"});
  CHECK_FALSE(basic.extended);
  CHECK(parse<List>("LIST /usr/ \"\"").patterns == Strings{""});
  CHECK(parse<List>("LIST \"\" Entw&APw-*").patterns == Strings{"Entwü*"});
  CHECK(parse<List>("LIST \"\" &x").patterns.empty());
  const auto extended = parse<List>(
      "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (INBOX Sent/% \"\") RETURN (CHILDREN SPECIAL-USE "
      "STATUS (MESSAGES UNSEEN))");
  CHECK(extended.extended);
  CHECK(extended.select_recursive_match);
  CHECK(extended.return_subscribed);
  CHECK(extended.return_children);
  CHECK(extended.return_special_use);
  CHECK(extended.patterns == Strings{"INBOX", "Sent/%", ""});
  REQUIRE(extended.return_status);
  CHECK(extended.return_status->has(StatusItem::Unseen));
  CHECK(parse<List>("LIST () \"\" x").extended);
  CHECK(parse<List>("LIST \"\" x RETURN ()").extended);
  CHECK(refusal("LIST (RECURSIVEMATCH) \"\" x") != "accepted");
  CHECK(refusal("LIST (FOO) \"\" x") != "accepted");
  CHECK(refusal("LIST \"\" ()") != "accepted");
  CHECK(parse<Lsub>("LSUB \"#news.\" \"comp.*\"").reference == "#news.");
}

TEST_CASE("FETCH items and macros") {
  const auto items = [](std::string_view text) { return parse<Fetch>(text).items; };
  CHECK(items("FETCH 1 ALL").size() == 4);
  CHECK(items("FETCH 1 FAST").size() == 3);
  CHECK(items("FETCH 1 FULL")[4].kind == Kind::Body);
  CHECK(items("FETCH 1 BODYSTRUCTURE")[0].kind == Kind::BodyStructure);
  CHECK(items("FETCH 1 (FLAGS FLAGS flags)").size() == 1);
  CHECK(items("UID FETCH 1 (FLAGS UID)").size() == 2);
  CHECK(items("UID FETCH 1 FLAGS")[0].kind == Kind::Uid);
  const auto section = items("FETCH 1 BODY.PEEK[1.2.HEADER.FIELDS.NOT (From \"To\")]<10.20>")[0];
  CHECK(section.kind == Kind::Section);
  CHECK(section.peek);
  CHECK_FALSE(section.sets_seen());
  CHECK(section.section.part == std::vector<std::uint32_t>{1, 2});
  CHECK(section.section.text == Section::Text::HeaderFieldsNot);
  CHECK(section.section.fields == Strings{"From", "To"});
  CHECK(section.partial == Partial{10, 20});
  CHECK(items("FETCH 1 BODY[]")[0].sets_seen());
  CHECK(items("FETCH 1 BODY[4.2.2.1.MIME]")[0].section.text == Section::Text::Mime);
  CHECK(items("FETCH 1 RFC822.TEXT")[0].section.text == Section::Text::Text);
  CHECK_FALSE(items("FETCH 1 RFC822.HEADER")[0].sets_seen());
  CHECK(items("FETCH 1 (EMAILID THREADID RFC822.SIZE INTERNALDATE ENVELOPE RFC822)").size() == 6);
  for (const char* text :
       {"FETCH 1 ()", "FETCH 1 (ALL)", "FETCH 0 FLAGS", "FETCH 1", "FETCH 1 BODY[MIME]",
        "FETCH 1 BODY[0]", "FETCH 1 BODY[1.]", "FETCH 1 BODY[1", "FETCH 1 BODY[]<1>",
        "FETCH 1 BODY[]<0.0>", "FETCH 1 BODY[4294967296]", "FETCH 1 BODY.PEEK",
        "FETCH 1 BODY[HEADER.FIELDS ()]", "FETCH 1 FLAGS FLAGS", "FETCH $1 FLAGS",
        "FETCH 1 BODY[]<99999999999999999999.1>", "FETCH 1 BODY[TEXT.1]"})
    CHECK(refusal(text) != "accepted");
}

TEST_CASE("STORE, COPY, MOVE, EXPUNGE") {
  const auto store = parse<Store>("UID STORE 2:4 +FLAGS.SILENT (\\Deleted $Forwarded $forwarded)");
  CHECK(store.uid);
  CHECK(store.silent);
  CHECK(store.mode == StoreMode::Add);
  CHECK(store.flags.has(SystemFlag::Deleted));
  CHECK(store.flags.keywords == Strings{"$Forwarded"});
  CHECK(parse<Store>("STORE 1 FLAGS ()").mode == StoreMode::Replace);
  CHECK(parse<Store>("STORE 1 -FLAGS \\Seen \\Draft").flags.has(SystemFlag::Draft));
  CHECK(refusal("STORE 1 +FLAGS \\Recent") == "a BAD |flag cannot be stored");
  CHECK(refusal("STORE 1 +FLAGS") != "accepted");
  CHECK(refusal("STORE 1 +FLAGS (" + std::string(200, 'x') + ")").starts_with("a NO LIMIT|"));
  CHECK(parse<Copy>("COPY 2:4 MEETING").mailbox == "MEETING");
  CHECK(parse<Move>("UID MOVE 42:69 foo").uid);
  CHECK_FALSE(parse<Expunge>("EXPUNGE").uids);
  CHECK(parse<Expunge>("UID EXPUNGE 3000:3002").uids);
  CHECK(refusal("UID NOOP") == "a BAD |unknown command");
  CHECK(refusal("UID APPEND x") == "a BAD |unknown command");
}
