// APPEND of one and of several messages, literal8, REPLACE.
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

using namespace std::string_literals;

// ` {n+}` with the octets.
std::string literal(const std::string& octets) {
  return " {" + std::to_string(octets.size()) + "+}\r\n" + octets;
}
std::string literal8(const std::string& octets) {
  return " ~{" + std::to_string(octets.size()) + "+}\r\n" + octets;
}

// ann, with Drafts selected.
class Drafting {
 public:
  Drafting() : client(house, house.ann) { client.ask("SELECT Drafts"); }
  std::string ask(const std::string& command) { return client.ask(command); }
  ImapHouse house;
  ImapClient client;
};

}  // namespace

TEST_CASE("several messages of one APPEND are kept together", "[imap]") {
  Drafting drafts;
  const std::string answer =
      drafts.ask("APPEND Drafts (\\Seen)" + literal("Subject: a\r\n\r\nx\r\n") +
                 " (\\Draft $Work) \"17-Jul-1996 02:44:25 -0700\"" +
                 literal("Subject: b\r\n\r\ny\r\n") + literal("Subject: c\r\n\r\nz\r\n"));
  CHECK(contains(answer, "* 3 EXISTS"));
  CHECK(contains(answer, "OK [APPENDUID "));
  CHECK(contains(answer, " 1:3] APPEND completed"));
  const std::string flags = drafts.ask("FETCH 1:3 (FLAGS INTERNALDATE)");
  CHECK(contains(flags, "\\Seen"));
  CHECK(contains(flags, "$Work"));
  CHECK(contains(flags, "17-Jul-1996 09:44:25 +0000"));
}

TEST_CASE("where one message fails none of the APPEND is kept", "[imap]") {
  Drafting drafts;
  const std::string good = literal("Subject: a\r\n\r\nx\r\n");
  CHECK(drafts.ask("APPEND Drafts" + good + literal(std::string(3'000'001, 'x'))) ==
        "NO [TOOBIG] The message is larger than this server takes");
  CHECK(drafts.ask("APPEND Drafts" + good + literal("")) == "NO An empty message is not kept");
  CHECK(drafts.ask("APPEND Drafts" + literal("")).starts_with("NO"));
  CHECK(drafts.ask("APPEND Drafts" + good + " foo").starts_with("BAD"));
  CHECK(drafts.ask("APPEND Drafts" + good + literal("a\0b"s)).starts_with("BAD"));
  CHECK(drafts.ask("APPEND nowhere" + good + good).starts_with("NO [TRYCREATE]"));
  drafts.client.send("x APPEND Drafts" + good + " {3000001}\r\n");
  CHECK(drafts.client.answer("x").starts_with("NO [TOOBIG]"));
  CHECK(contains(drafts.ask("STATUS Drafts (MESSAGES UIDNEXT)"), "MESSAGES 0 UIDNEXT 1)"));
}

TEST_CASE("a synchronizing literal is asked for only when it will be taken", "[imap]") {
  Drafting drafts;
  drafts.client.send("x APPEND Drafts {3}\r\n");
  CHECK(drafts.client.line() == "+ Ready");
  drafts.client.send("abc (\\Seen) {2}\r\n");
  CHECK(drafts.client.line() == "+ Ready");
  drafts.client.send("de\r\n");
  CHECK(contains(drafts.client.answer("x"), "OK [APPENDUID"));
  drafts.client.send("y APPEND nowhere {3}\r\n");
  CHECK(drafts.client.answer("y").starts_with("NO [TRYCREATE]"));
  CHECK(drafts.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("APPENDLIMIT is announced and told by STATUS and LIST", "[imap]") {
  Drafting drafts;
  CHECK(contains(drafts.ask("CAPABILITY"), " APPENDLIMIT=3000000"));
  CHECK(contains(drafts.ask("STATUS INBOX (APPENDLIMIT)"),
                 "* STATUS \"INBOX\" (APPENDLIMIT 3000000)"));
  CHECK(contains(drafts.ask("LIST \"\" Drafts RETURN (STATUS (MESSAGES APPENDLIMIT))"),
                 "* STATUS \"Drafts\" (MESSAGES 0 APPENDLIMIT 3000000)"));
}

TEST_CASE("a message with NUL comes by literal8 and is kept in base64", "[imap]") {
  Drafting drafts;
  CHECK(contains(
      drafts.ask("APPEND Drafts" + literal8("Content-Transfer-Encoding: binary\r\n\r\na\0b"s)),
      "OK [APPENDUID"));
  CHECK(contains(drafts.ask("FETCH 1 BODY.PEEK[]"), "Content-Transfer-Encoding: base64\n\nYQBi\n"));
  CHECK(drafts.ask("APPEND Drafts" + literal8("Subject: \0\r\n\r\nx"s))
            .starts_with("NO [UNKNOWN-CTE]"));
  CHECK(contains(drafts.ask("APPEND Drafts UTF8 (~{4+}\r\n\r\nab)"), "OK [APPENDUID"));
  CHECK(contains(drafts.ask("FETCH 2 RFC822.SIZE"), "RFC822.SIZE 4)"));
}

TEST_CASE("REPLACE puts a new message in the place of one", "[imap]") {
  Drafting drafts;
  drafts.client.append("Subject: old\r\n\r\nx\r\n", "Drafts");
  drafts.client.append("Subject: other\r\n\r\nx\r\n", "Drafts");
  const std::string text = literal("Subject: new\r\n\r\nx\r\n");
  const std::string answer = drafts.ask("REPLACE 1 Drafts (\\Draft)" + text);
  CHECK(answer.starts_with("* OK [APPENDUID "));
  CHECK(contains(answer, " 3] Replacement is ready\n"));
  CHECK(contains(answer, "* 1 EXPUNGE\n"));
  CHECK(answer.ends_with("OK REPLACE completed"));
  CHECK(contains(drafts.ask("FETCH 2 (UID ENVELOPE)"), "\"new\""));
  const std::string moved = drafts.ask("UID REPLACE 2 INBOX" + text);
  CHECK(contains(moved, "* OK [APPENDUID "));
  CHECK(contains(moved, "* 1 EXPUNGE\n"));
  CHECK(moved.ends_with("OK UID REPLACE completed"));
  CHECK(contains(drafts.ask("STATUS INBOX (MESSAGES)"), "MESSAGES 1"));
}

TEST_CASE("REPLACE that cannot be done changes nothing", "[imap]") {
  Drafting drafts;
  const std::string text = literal("Subject: new\r\n\r\nx\r\n");
  drafts.client.append("Subject: old\r\n\r\nx\r\n", "Drafts");
  CHECK(drafts.ask("REPLACE 2 Drafts" + text) == "BAD No such message");
  CHECK(drafts.ask("UID REPLACE 9 Drafts" + text).starts_with("NO [NONEXISTENT]"));
  CHECK(drafts.ask("REPLACE 1 nowhere" + text).starts_with("NO [TRYCREATE]"));
  CHECK(drafts.ask("REPLACE 1 Drafts" + literal("")).starts_with("NO "));
  CHECK(drafts.ask("REPLACE 1 Drafts" + text + text).starts_with("BAD"));
  drafts.ask("EXAMINE Drafts");
  CHECK(drafts.ask("REPLACE 1 Drafts" + text).starts_with("NO [READ-ONLY]"));
  drafts.ask("SELECT Drafts");
  ImapClient other(drafts.house, drafts.house.ann);
  other.ask("SELECT Drafts");
  other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
  drafts.client.send("x REPLACE 1 Drafts {3}\r\n");
  CHECK(contains(drafts.client.line(), "+ Ready"));
  other.ask("EXPUNGE");
  drafts.client.send("abc\r\n");
  CHECK(contains(drafts.client.answer("x"), "NO [EXPUNGEISSUED]"));
  CHECK(contains(drafts.ask("STATUS Drafts (MESSAGES)"), "MESSAGES 0"));
  drafts.ask("UNSELECT");
  CHECK(drafts.ask("REPLACE 1 Drafts" + text) == "BAD No mailbox is selected");
}

TEST_CASE("CATENATE joins what it is given and what URLs name", "[imap]") {
  Drafting drafts;
  drafts.client.append("Subject: one\r\n\r\nfirst body\r\n", "Drafts");
  const std::string answer =
      drafts.ask("APPEND INBOX (\\Seen) CATENATE (URL \"/Drafts/;UID=1/;SECTION=HEADER\" TEXT" +
                 literal("more\r\n") +
                 " URL /Drafts/;UID=1/;SECTION=TEXT/;PARTIAL=6.4 URL ;UID=1/;PARTIAL=0.8)");
  CHECK(contains(answer, "OK [APPENDUID "));
  // A URL alone needs no literal; several messages may be joined in one command.
  CHECK(contains(drafts.ask("APPEND INBOX CATENATE (URL \"/Drafts/;UID=1\") CATENATE (TEXT" +
                            literal("\r\nx") + ")"),
                 " 2:3] APPEND completed"));
  CHECK_FALSE(contains(drafts.ask("FETCH 1 FLAGS"), "\\Seen"));
  drafts.ask("SELECT INBOX");
  CHECK(contains(drafts.ask("FETCH 1 BODY.PEEK[]"), "Subject: one\n\nmore\nbodySubject:)"));
  CHECK(contains(drafts.ask("FETCH 2 BODY.PEEK[]"), "Subject: one\n\nfirst body\n)"));
}

TEST_CASE("a URL that names nothing is NO [BADURL]", "[imap]") {
  Drafting drafts;
  drafts.client.append("Subject: one\r\n\r\nfirst body\r\n", "Drafts");
  for (const std::string url :
       {"/Drafts/;UID=2", "/nowhere/;UID=1", "/Drafts;UIDVALIDITY=1/;UID=1",
        "imap://x/Drafts/;UID=1", "/Drafts/;UID=1/;SECTION=7", "/Drafts", "x%5Dy"}) {
    CAPTURE(url);
    CHECK(drafts.ask("APPEND INBOX CATENATE (URL \"" + url + "\")")
              .starts_with("NO [BADURL " + url + "]"));
    CHECK(drafts.ask("APPEND INBOX CATENATE (URL \"" + url + "\" TEXT" + literal("x") + ")")
              .starts_with("NO [BADURL "));
  }
  drafts.client.send("x APPEND INBOX CATENATE (URL \"/x\" TEXT {5}\r\n");
  CHECK(drafts.client.answer("x").starts_with("NO [BADURL /x]"));
  ImapClient bob(drafts.house, drafts.house.bob);
  CHECK(bob.ask("APPEND INBOX CATENATE (URL \"/Drafts/;UID=1\")").starts_with("NO [BADURL"));
  CHECK(bob.ask("APPEND INBOX CATENATE (URL \";UID=1\")").starts_with("NO [BADURL"));
  CHECK(contains(bob.ask("STATUS INBOX (MESSAGES)"), "MESSAGES 0"));
}

TEST_CASE("a joined message larger than the limit is NO [TOOBIG]", "[imap]") {
  Drafting drafts;
  drafts.client.append("Subject: x\r\n\r\n" + std::string(1'600'000, 'x'), "Drafts");
  CHECK(drafts.ask("APPEND INBOX CATENATE (URL \"/Drafts/;UID=1\" URL \"/Drafts/;UID=1\")")
            .starts_with("NO [TOOBIG]"));
  CHECK(contains(drafts.ask("APPEND INBOX CATENATE (URL \"/Drafts/;UID=1\")"), "OK [APPENDUID"));
}

TEST_CASE("a draft is replaced by itself with more before it", "[imap]") {
  Drafting drafts;
  drafts.client.append("Subject: one\r\n\r\nbody\r\n", "Drafts");
  const std::string answer = drafts.ask("UID REPLACE 1 Drafts CATENATE (TEXT" +
                                        literal("To: bob@example.org\r\n") + " URL \";UID=1\")");
  CHECK(contains(answer, "* OK [APPENDUID"));
  CHECK(
      contains(drafts.ask("FETCH 1 BODY.PEEK[]"), "To: bob@example.org\nSubject: one\n\nbody\n)"));
}

TEST_CASE("COMPRESS is answered in clear and then begins", "[imap]") {
  Drafting drafts;
  CHECK(contains(drafts.ask("CAPABILITY"), " COMPRESS=DEFLATE"));
  CHECK(drafts.ask("COMPRESS LZW").starts_with("BAD"));
  CHECK(drafts.ask("COMPRESS DEFLATE") == "OK COMPRESS completed");
  CHECK_FALSE(contains(drafts.ask("CAPABILITY"), " COMPRESS"));
  CHECK(drafts.ask("COMPRESS DEFLATE").starts_with("NO [COMPRESSIONACTIVE]"));
  ImapClient stranger(drafts.house, std::nullopt);
  stranger.start(ImapDoor::Imap);
  CHECK(contains(stranger.line(), "* OK"));
  CHECK(stranger.ask("COMPRESS DEFLATE").starts_with("BAD"));
}

}  // namespace restante::session
