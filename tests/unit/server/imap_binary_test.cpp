// FETCH BINARY and BINARY.SIZE, PREVIEW, SAVEDATE.
#include "mail/message/transfer_encoding.h"
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

using namespace std::string_literals;

const std::string kParts =
    "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BC=\r\n=C3=9Fe\r\n"
    "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "YQBi\r\nAQID\r\n"
    "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-strange\r\n\r\nodd\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n";

class Reading {
 public:
  explicit Reading(const std::string& octets) : client(house, house.ann) {
    house.deliver(house.ann, octets);
    client.ask("SELECT INBOX");
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  ImapHouse house;
  ImapClient client;
};

}  // namespace

TEST_CASE("BINARY gives parts without their encoding", "[imap]") {
  Reading inbox(kParts);
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[1]"),
                 "* 1 FETCH (BINARY[1] {7}\ngr\xc3\xbc\xc3\x9f"
                 "e)"));
  CHECK(contains(inbox.ask("FETCH 1 (BINARY.PEEK[2] UID)"),
                 "* 1 FETCH (BINARY[2] ~{6}\na\0b\x01\x02\x03 UID 1)"s));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[4]"), "(BINARY[4] {5}\nplain)"));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[5]"), "(BINARY[5] NIL)"));
  CHECK(contains(inbox.ask("FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[4])"),
                 "(BINARY.SIZE[1] 7 BINARY.SIZE[2] 6 BINARY.SIZE[4] 5)"));
  const std::string all = inbox.ask("FETCH 1 (BINARY.PEEK[] BINARY.SIZE[])");
  CHECK(contains(all, "BINARY[] {" + std::to_string(kParts.size()) + "}\nSubject: parts\n"));
  CHECK(contains(all, "BINARY.SIZE[] " + std::to_string(kParts.size()) + ")"));
}

TEST_CASE("a part of BINARY counts decoded octets", "[imap]") {
  Reading inbox(kParts);
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[2]<3.2>"), "(BINARY[2]<3> {2}\n\x01\x02)"));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[2]<1.1>"), "(BINARY[2]<1> ~{1}\n\0)"s));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[2]<6.5>"), "(BINARY[2]<6> {0}\n)"));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[4]<1.3>"), "(BINARY[4]<1> {3}\nlai)"));
}

TEST_CASE("BINARY sets \\Seen, BINARY.PEEK and BINARY.SIZE do not", "[imap]") {
  Reading inbox(kParts);
  inbox.ask("FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])");
  CHECK_FALSE(contains(inbox.ask("FETCH 1 FLAGS"), "\\Seen"));
  CHECK(contains(inbox.ask("FETCH 1 BINARY[1]"), "\\Seen"));
}

TEST_CASE("an unknown encoding is NO [UNKNOWN-CTE], other items are answered", "[imap]") {
  Reading inbox(kParts);
  const std::string answer = inbox.ask("FETCH 1 (UID BINARY.PEEK[3])");
  CHECK(contains(answer, "* 1 FETCH (UID 1)\nNO [UNKNOWN-CTE] "));
  CHECK(inbox.ask("FETCH 1 BINARY.PEEK[3]").starts_with("NO [UNKNOWN-CTE]"));
  CHECK(inbox.ask("FETCH 1 BINARY.SIZE[3]").starts_with("NO [UNKNOWN-CTE]"));
  CHECK(inbox.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("a large part is decoded in pieces", "[imap]") {
  std::string octets;
  for (int i = 0; i < 900'000; ++i) octets += static_cast<char>((i * 7919LL) >> 5);
  Reading inbox("Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                message::encode_base64(octets));
  CHECK(contains(inbox.ask("FETCH 1 BINARY.SIZE[1]"), "BINARY.SIZE[1] 900000)"));
  inbox.client.wire.largest_write = 0;
  inbox.client.send("x FETCH 1 BINARY.PEEK[1]\r\n");
  inbox.client.settle();
  CHECK(contains(inbox.client.rest(), " ~{900000}\r\n" + octets + ")\r\nx OK "));
  CHECK(inbox.client.wire.largest_write < 600'000);
  CHECK(contains(inbox.ask("FETCH 1 BINARY.PEEK[1]<899998.9>"), "BINARY[1]<899998> "));
}

TEST_CASE("PREVIEW is a string, lazy or not", "[imap]") {
  Reading inbox(kImapMessage);
  CHECK(contains(inbox.ask("FETCH 1 PREVIEW"), "* 1 FETCH (PREVIEW \"hello world\")"));
  CHECK(contains(inbox.ask("FETCH 1 (PREVIEW (LAZY) UID)"),
                 "* 1 FETCH (PREVIEW \"hello world\" UID 1)"));
  CHECK(contains(inbox.ask("UID FETCH 1 (preview (lazy))"), "(UID 1 PREVIEW \"hello world\")"));
  CHECK(inbox.ask("FETCH 1 PREVIEW (EAGER)").starts_with("BAD"));
  inbox.house.deliver(inbox.house.ann, "Subject: nothing\r\n\r\n");
  inbox.ask("NOOP");
  CHECK(contains(inbox.ask("FETCH 2 PREVIEW"), "(PREVIEW \"\")"));
}

TEST_CASE("SAVEDATE is when a message came into its mailbox", "[imap]") {
  Reading inbox(kImapMessage);
  const std::string saved = inbox.ask("FETCH 1 SAVEDATE");
  CHECK(saved.starts_with("* 1 FETCH (SAVEDATE \""));
  CHECK_FALSE(contains(saved, "2001"));  // the internal date
  CHECK(inbox.ask("SEARCH SAVEDSINCE 1-Jan-2020") == "* SEARCH 1\nOK SEARCH completed");
  CHECK(inbox.ask("SEARCH SAVEDBEFORE 1-Jan-2020") == "* SEARCH\nOK SEARCH completed");
  CHECK(inbox.ask("SEARCH SAVEDON 9-Sep-2001") == "* SEARCH\nOK SEARCH completed");
  CHECK(inbox.ask("SEARCH SAVEDATESUPPORTED") == "* SEARCH 1\nOK SEARCH completed");
  CHECK(inbox.ask("SEARCH NOT SAVEDATESUPPORTED") == "* SEARCH\nOK SEARCH completed");
}

}  // namespace restante::session
