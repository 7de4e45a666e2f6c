// Summaries and whole messages as people and programs see them, foreign text included.
#include "cli/message_view.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/imap_client.h"
#include "cli/safe_text.h"
#include "tests/unit/cli/terminal_safety.h"

using namespace restante::cli;
using std::chrono::sys_seconds;

namespace {

constexpr const char* kFetch =
    "* 4 FETCH (UID 17 FLAGS (\\Seen \\Answered) INTERNALDATE \"22-Nov-2026 04:31:10 +0100\" "
    "RFC822.SIZE 999 ENVELOPE (\"Sat, 21 Nov 2026 10:00:00 +0000\" \"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=\" "
    "((\"Bob Lee\" NIL \"bob\" \"example.org\")) NIL NIL ((NIL NIL \"a\" \"b\")"
    "(\"=?utf-8?Q?Zo=C3=AB?=\" NIL \"zoe\" \"b\")) NIL NIL NIL \"<1@x>\") "
    "BODYSTRUCTURE ((\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1 NIL NIL NIL NIL)"
    "(\"image\" \"png\" NIL NIL NIL \"base64\" 9 NIL (\"attachment\" (\"filename\" \"a\")) NIL "
    "NIL) "
    "\"mixed\" NIL NIL NIL NIL) EMAILID (M412) THREADID (T57))\r\n";

MessageSummary sample() {
  ImapResponseReader reader;
  reader.feed(kFetch);
  auto summary = parse_summary(**reader.next());
  REQUIRE(summary);
  summary->mailbox = "INBOX";
  return *summary;
}

constexpr const char* kMessage =
    "From: =?utf-8?Q?Zo=C3=AB?= <zoe@example.org>\r\n"
    "To: a@b\r\n"
    "Subject: two\r\n parts\r\n"
    "Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\nReferences: <0@x> <1@x>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\x1b[31m\r\n"
    "--b\r\nContent-Type: application/pdf; name=\"../../etc/x.pdf\"\r\n"
    "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n";

}  // namespace

TEST_CASE("A FETCH response becomes a summary") {
  const MessageSummary summary = sample();
  CHECK(summary.number == 412);
  CHECK(summary.thread == 57);
  CHECK(summary.uid == 17);
  CHECK(summary.seen);
  CHECK(summary.answered);
  CHECK(!summary.flagged);
  CHECK(summary.attachments == 1);
  CHECK(summary.subject ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
  REQUIRE(summary.to.size() == 2);
  CHECK(summary.to[1].name == "Zo\xc3\xab");
  CHECK(summary.message_id == "1@x");
  CHECK(rfc3339(*summary.received) == "2026-11-22T03:31:10Z");
}

TEST_CASE("The JSON of a listing has exactly the documented keys in order") {
  CHECK(json_line(summary_json(sample())) ==
        "{\"v\":1,\"id\":412,\"thread\":57,\"message_id\":\"1@x\",\"mailbox\":\"INBOX\",\"uid\":17,"
        "\"from\":[{\"name\":\"Bob Lee\",\"address\":\"bob@example.org\"}],"
        "\"to\":[{\"name\":\"\",\"address\":\"a@b\"},{\"name\":\"Zo\xc3\xab\",\"address\":\"zoe@"
        "b\"}],"
        "\"cc\":[],\"subject\":\"Gr\xc3\xbc\xc3\x9f"
        "e\",\"date\":\"2026-11-21T10:00:00Z\","
        "\"received\":\"2026-11-22T03:31:10Z\",\"seen\":true,\"flagged\":false,\"answered\":true,"
        "\"size\":999,\"attachments\":1}");
}

TEST_CASE("A listing has documented columns for programs") {
  CHECK(summary_table({sample()}, sys_seconds{}, false).separated() ==
        "412\t2026-11-22T03:31:10Z\tbob@example.org\tGr\xc3\xbc\xc3\x9f"
        "e\t1\tt57\tseen\n");
}

TEST_CASE("A message is shown with its headers, text and attachments") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const MessageView view(sample(), kMessage);
  CHECK(safe_text(view.for_people()) ==
        "Message: 412 in INBOX\nFrom: Zo\xc3\xab <zoe@example.org>\nTo: a@b\nSubject: two parts\n\n"
        "hello\xe2\x90\x9b[31m\n\n@412.2  x.pdf  application/pdf  4 B\n");
  REQUIRE(view.part(2) != nullptr);
  CHECK(view.part_octets(*view.part(2)) == std::string("\0\1\2", 3));
  CHECK(view.part(0) == nullptr);
  CHECK(view.part(3) == nullptr);
}

TEST_CASE("The JSON of a message adds text, references and parts") {
  const Json object = MessageView(sample(), kMessage).json(true);
  CHECK(object["text"] == "hello\x1b[31m");
  CHECK(object["in_reply_to"] == Json::array({"1@x"}));
  CHECK(object["references"] == Json::array({"0@x", "1@x"}));
  CHECK(object["attachments"] == 1);
  CHECK(object["parts"][1]["name"] == "x.pdf");
  CHECK(object["headers"][2]["value"] == "two parts");
}

TEST_CASE("A name that looks like an address is followed by the real one") {
  CHECK(person({"boss@bank.example", "evil@x"}) == "boss@bank.example <evil@x>");
  CHECK(person({"Bob", "bob@x"}) == "Bob");
  CHECK(person({"", "bob@x"}) == "bob@x");
}

TEST_CASE("Times are relative for people") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const sys_seconds now{std::chrono::seconds(1795320000)};  // 2026-11-22 04:00
  CHECK(relative_time(now - std::chrono::hours(1), now) == "03:00");
  CHECK(relative_time(now - std::chrono::days(2), now) == "Fri");
  CHECK(relative_time(now - std::chrono::days(10), now) == "12 Nov");
  CHECK(relative_time(now - std::chrono::days(400), now) == "2025-10-18");
  CHECK(relative_time(now + std::chrono::days(2), now) == "2026-11-24");
}

TEST_CASE("No path of human output lets foreign octets through") {
  std::mt19937 random(595);
  const auto noise = [&random](std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(random() % 256);
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    MessageSummary summary = sample();
    summary.subject = noise(40);
    summary.mailbox = noise(10);
    summary.from = {{noise(10), noise(10)}};
    summary.message_id = noise(10);
    std::string octets = "From: " + noise(20) + " <a@b>\r\nSubject: " + noise(30) + "\r\n" +
                         noise(8) + ": x\r\nContent-Type: text/plain; name=\"" + noise(12) +
                         "\"\r\nContent-Disposition: attachment; filename*=utf-8''%1b%5d" +
                         noise(9) + "\r\n\r\n" + noise(200);
    const MessageView view(summary, octets);
    CHECK(is_safe_for_terminal(safe_text(view.for_people())));
    CHECK(is_safe_for_terminal(safe_text(view.all_headers())));
    CHECK(is_safe_for_terminal(safe_text(view.octets())));
    for (const ViewPart& part : view.parts()) {
      CHECK(is_safe_for_terminal(safe_text(view.part_text(part))));
    }
    CHECK(is_safe_for_terminal(json_line(view.json(true))));
    CHECK(is_safe_for_terminal(json_line(summary_json(summary))));
    const Table table = summary_table({summary}, sys_seconds{}, false);
    CHECK(is_safe_for_terminal(table.aligned(80, false)));
    CHECK(is_safe_for_terminal(table.separated()));
    CHECK(table.separated().find('\n') == table.separated().size() - 1);
  }
}

TEST_CASE("Mailbox names travel in modified UTF-7") {
  CHECK(to_modified_utf7("Entw\xc3\xbcrfe") == "Entw&APw-rfe");
  CHECK(to_modified_utf7("a&b") == "a&-b");
  CHECK(from_modified_utf7("~peter/mail/&U,BTFw-/&ZeVnLIqe-") ==
        "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
  CHECK(to_modified_utf7(from_modified_utf7("&U,BTFw-")) == "&U,BTFw-");
  CHECK(to_modified_utf7("\xf0\x9f\x93\xac") == "&2D3c7A-");
  CHECK(from_modified_utf7("&2D3c7A-") == "\xf0\x9f\x93\xac");
  CHECK(from_modified_utf7("&!-") == "&!-");
  CHECK(from_modified_utf7("&open") == "&open");
}

TEST_CASE("Dates far from now are shown, not computed in nanoseconds") {
  const sys_seconds far = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
  CHECK(rfc3339(far) == "9999-12-31T00:00:00Z");
  CHECK(relative_time(far, sys_seconds{}) == "9999-12-31");
  CHECK(relative_time(sys_seconds{}, far) == "1970-01-01");
}
