// Responses as they go over the wire.
#include "mail/imap/writer.h"

#include <array>
#include <catch2/catch.hpp>

#include "mail/imap/fetch_writer.h"
#include "mail/imap/parser.h"

using namespace restante;
using namespace restante::imap;
using namespace std::string_literals;

namespace {

template <class Function, class... Arguments>
std::string written(Function function, const Arguments&... arguments) {
  std::string out;
  function(out, arguments...);
  return out;
}

std::string string_of(std::string_view text) {
  return written(append_string, text);
}

std::string structure(std::string_view octets, bool extended = true) {
  std::string out;
  append_body_structure(out, message::index(octets), extended);
  return out;
}

std::string envelope(std::string_view octets) {
  std::string out;
  append_envelope(out, message::index(octets).messages.at(0).envelope);
  return out;
}

}  // namespace

TEST_CASE("Strings are quoted only where that is safe") {
  CHECK(string_of("") == "\"\"");
  CHECK(string_of("a \"b\" \\c") == "\"a \\\"b\\\" \\\\c\"");
  CHECK(string_of("a\r\nb") == "{4}\r\na\r\nb");
  CHECK(string_of("ä") == "{2}\r\nä");
  CHECK(string_of("a\0b"s) == "{3}\r\na?b");
  std::string out;
  append_astring(out, "a]b");
  append_astring(out, "nil");
  append_astring(out, "");
  CHECK(out == "a]b\"nil\"\"\"");
  out.clear();
  append_mailbox(out, "Entwürfe", false);
  append_mailbox(out, "Entwürfe", true);
  append_mailbox(out, "a\nb", true);
  CHECK(out == "\"Entw&APw-rfe\"\"Entwürfe\"{3}\r\na\nb");
}

TEST_CASE("Status responses cannot be broken by their text") {
  std::string out;
  append_status(out, "a1", Condition::No, "CANNOT", "x\r\n* BYE\xff");
  append_status(out, "", Condition::Bye, "", "done");
  append_failure(out, "a2", Error(ErrorKind::NotFound, "no mailbox x"));
  append_error(out, CommandError{"a3", false, "", "bad", false});
  append_completed(out, Command{"a4", "UID FETCH", Fetch{}});
  append_continuation(out, "Ready");
  CHECK(out ==
        "a1 NO [CANNOT] x??* BYE?\r\n* BYE done\r\na2 NO [NONEXISTENT] no mailbox x\r\na3 BAD "
        "bad\r\na4 OK UID FETCH completed\r\n+ Ready\r\n");
}

TEST_CASE("Response codes") {
  CHECK(code_permanent_flags(31, {"$a"}, true) ==
        "PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a \\*)");
  CHECK(code_append_uid(38505, std::array{3955U, 3956U, 3957U}) == "APPENDUID 38505 3955:3957");
  const std::array<UidPair, 4> pairs{{{304, 3956}, {319, 3957}, {320, 3958}, {7, 9}}};
  CHECK(code_copy_uid(38505, pairs) == "COPYUID 38505 304,319:320,7 3956,3957:3958,9");
  CHECK(code_copy_uid(1, {}).empty());
  CHECK(code_mailbox_id(7) == "MAILBOXID (F7)");
}

TEST_CASE("Mailbox data") {
  std::string out;
  ListEntry entry;
  entry.name = "Sent";
  entry.special_use = SpecialUse::Sent;
  entry.has_children = false;
  append_list(out, entry, false);
  entry = {};
  entry.name = "foo";
  entry.non_existent = true;
  entry.child_info_subscribed = true;
  append_list(out, entry, false);
  append_list_root(out, "", false);
  StatusItems items;
  items.set(StatusItem::Messages);
  items.set(StatusItem::MailboxId);
  StatusValues values;
  values.messages = 231;
  values.mailbox_id = 4;
  append_status_response(out, "blurdybloop", items, values, false);
  CHECK(out ==
        "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent\"\r\n"
        "* LIST (\\NonExistent \\Noselect) \"/\" \"foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
        "* LIST (\\Noselect) \"/\" \"\"\r\n"
        "* STATUS \"blurdybloop\" (MESSAGES 231 MAILBOXID (F4))\r\n");
}

TEST_CASE("SEARCH and ESEARCH") {
  const std::array<std::uint32_t, 4> numbers{2, 10, 11, 12};
  std::string out;
  append_search(out, numbers);
  append_search(out, {});
  SearchReturn all;
  all.min = all.max = all.all = all.count = true;
  append_esearch(out, "A28\"2", true, all, numbers);
  append_esearch(out, "A1", false, all, {});
  CHECK(out ==
        "* SEARCH 2 10 11 12\r\n* SEARCH\r\n"
        "* ESEARCH (TAG \"A28\\\"2\") UID MIN 2 MAX 12 ALL 2,10:12 COUNT 4\r\n"
        "* ESEARCH (TAG \"A1\") COUNT 0\r\n");
}

TEST_CASE("PARTIAL in ESEARCH repeats the range that was asked for") {
  const std::array<std::uint32_t, 4> numbers{2, 10, 11, 12};
  SearchReturn returns;
  returns.partial = PartialRange{3, 2, true};
  std::string out;
  append_esearch(out, "A1", true, returns, numbers);
  returns.partial = PartialRange{5, 9, false};
  append_esearch(out, "A2", true, returns, numbers);
  CHECK(out ==
        "* ESEARCH (TAG \"A1\") UID PARTIAL (-3:-2 10:11)\r\n"
        "* ESEARCH (TAG \"A2\") UID PARTIAL (5:9 NIL)\r\n");
}

TEST_CASE("RELEVANCY in ESEARCH gives a score for each result it lists") {
  const std::array<std::uint32_t, 3> numbers{2, 10, 11};
  const std::array<unsigned, 3> scores{4, 99, 42};
  SearchReturn returns;
  returns.relevancy = true;
  std::string out;
  append_esearch(out, "A1", false, returns, numbers, scores);
  returns.partial = PartialRange{2, 3, false};
  append_esearch(out, "A2", true, returns, numbers, scores);
  append_esearch(out, "A3", false, returns, {}, {});
  CHECK(out ==
        "* ESEARCH (TAG \"A1\") RELEVANCY (4 99 42)\r\n"
        "* ESEARCH (TAG \"A2\") UID PARTIAL (2:3 10:11) RELEVANCY (99 42)\r\n"
        "* ESEARCH (TAG \"A3\") PARTIAL (2:3 NIL)\r\n");
}

TEST_CASE("FETCH items") {
  std::string out;
  FetchWriter writer(out, 12);
  CHECK(writer.empty());
  writer.flags(1, {"$Junk", "no atom"}, true);
  writer.uid(7);
  writer.internal_date(std::chrono::sys_seconds(std::chrono::seconds(837596665)));
  writer.size(4286);
  writer.email_id(412);
  writer.thread_id(57);
  FetchItem item;
  item.kind = FetchItem::Kind::Section;
  SectionContent content;
  content.exists = true;
  content.tail = "\r\n";
  writer.begin_section(item, content);
  out += "\r\n";
  writer.begin_section(item, SectionContent{});
  writer.end();
  CHECK(
      out ==
      "* 12 FETCH (FLAGS (\\Recent \\Seen $Junk) UID 7 INTERNALDATE \"17-Jul-1996 09:44:25 "
      "+0000\" RFC822.SIZE 4286 EMAILID (M412) THREADID (T57) BODY[] {2}\r\n\r\n BODY[] NIL)\r\n");
}

TEST_CASE("ENVELOPE of RFC 3501 s8, defaults and groups") {
  CHECK(envelope("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                 "From: Terry Gray <gray@cac.washington.edu>\r\n"
                 "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
                 "To: imap@cac.washington.edu\r\n"
                 "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                 "Message-Id: <B27397-0100000@cac.washington.edu>\r\n\r\n") ==
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((NIL NIL \"imap\" \"cac.washington.edu\")) "
        "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
        "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
        "\"<B27397-0100000@cac.washington.edu>\")");
  CHECK(envelope("To: A: b@c, d@e;\r\nSubject:\r\n\r\n") ==
        "(NIL \"\" NIL NIL NIL ((NIL NIL \"A\" NIL)(NIL NIL \"b\" \"c\")(NIL NIL \"d\" \"e\")"
        "(NIL NIL NIL NIL)) NIL NIL NIL NIL)");
  CHECK(envelope("From: alone\r\n\r\n").find("(NIL NIL \"alone\" \"\")") != std::string::npos);
}

TEST_CASE("BODY and BODYSTRUCTURE") {
  CHECK(structure("Content-Type: text/plain; charset=us-ascii\r\n\r\na\r\nb\r\n", false) ==
        "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 6 2)");
  CHECK(
      structure("Content-Type: image/png; name=\"a \\\"b\"\r\nContent-Transfer-Encoding: base64\r\n"
                "Content-Disposition: attachment; filename=x\r\nContent-ID: <1>\r\n"
                "Content-Language: en, de\r\n\r\n") ==
      "(\"image\" \"png\" (\"name\" \"a \\\"b\") \"<1>\" NIL \"base64\" 0 NIL (\"attachment\" "
      "(\"filename\" \"x\")) (\"en\" \"de\") NIL)");
  CHECK(
      structure("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
                "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ny\r\n--b--\r\n") ==
      "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL)"
      "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) "
      "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL) "
      "\"mixed\" (\"boundary\" \"b\") NIL NIL NIL)");
}

TEST_CASE("Deep structures are written without recursion") {
  message::Index index;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    message::Part part;
    part.type = "multipart";
    part.subtype = "mixed";
    part.first_child = i + 1 < 100'000 ? i + 1 : message::kNone;
    index.parts.push_back(part);
  }
  std::string out;
  append_body_structure(out, index, true);
  CHECK(out.size() > 1'000'000);
}
