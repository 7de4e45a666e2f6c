#include "mail/message/index.h"

#include <catch2/catch.hpp>

#include "mail/message/header.h"
#include "mail/message/text.h"
#include "tests/unit/message/sample.h"

using namespace restante::message;

namespace {

// type/subtype of every part in order, children in brackets.
std::string structure(const Index& index) {
  std::string out;
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < index.parts.size(); ++i) {
    const Part& part = index.parts[i];
    while (!open.empty() && open.back() != part.parent) {
      out += ")";
      open.pop_back();
    }
    if (!out.empty() && out.back() != '(') out += " ";
    out += part.subtype;
    if (part.first_child != kNone) {
      out += "(";
      open.push_back(i);
    }
  }
  return out + std::string(open.size(), ')');
}

std::string body(std::string_view octets, const Index& index, std::size_t part) {
  return std::string(slice(octets, index.parts.at(part).body));
}

}  // namespace

TEST_CASE("a plain message has one part and its envelope") {
  const std::string octets = sample("plain");
  const Index found = index(octets);
  CHECK(found.size == octets.size());
  REQUIRE(found.parts.size() == 1);
  REQUIRE(found.messages.size() == 1);
  CHECK(found.parts[0].type == "text");
  CHECK(found.parts[0].encoding == "7bit");
  CHECK(found.parts[0].lines == 3);
  CHECK(body(octets, found, 0) == "Shall we eat at noon?\r\n\r\nAda\r\n");
  CHECK(slice(octets, found.parts[0].header).ends_with("\r\n\r\n"));
  CHECK(found.messages[0].fields.size() == 5);
  CHECK(found.messages[0].envelope.subject == "Lunch");
  CHECK(found.messages[0].envelope.message_id == "<plain@example.org>");
  CHECK(found.messages[0].envelope.in_reply_to == std::nullopt);
  CHECK(found.messages[0].envelope.from.at(0).mailbox == "ada");
  CHECK(found.messages[0].envelope.sender.empty());
  CHECK(found.message_id == "plain@example.org");
  CHECK(found.date == std::chrono::sys_seconds(std::chrono::seconds(880127706)));
  CHECK(found.subject == "Lunch");
  CHECK(found.preview == "Shall we eat at noon? Ada");
  CHECK_FALSE(found.has_attachment);
}

TEST_CASE("bare line feeds end lines, too") {
  const std::string octets = sample("plain_lf");
  const Index found = index(octets);
  CHECK(body(octets, found, 0) == "first\nsecond\n");
  CHECK(found.parts[0].lines == 2);
  CHECK(found.messages[0].fields.size() == 5);
}

TEST_CASE("a message may be a header only, empty, or no message at all") {
  const std::string octets = sample("header_only");
  CHECK(index(octets).parts[0].body == Range{octets.size(), 0});
  CHECK(index(octets).messages[0].fields.size() == 5);
  CHECK(index("").parts.size() == 1);
  CHECK(index("").messages.size() == 1);
  CHECK(index("\r\n").parts[0].header == Range{0, 2});
  CHECK(index("just text").parts[0].body == Range{0, 9});
  CHECK(index("just text").parts[0].lines == 1);
  CHECK(index("Subject: x").subject == "x");
}

TEST_CASE("a line that is no header line begins the body") {
  const std::string octets = sample("no_blank_line");
  const Index found = index(octets);
  CHECK(found.messages[0].fields.size() == 5);
  CHECK(body(octets, found, 0) == "this is no header line\r\nsecond line\r\n");
}

TEST_CASE("the From line of a mailbox file is skipped") {
  const Index found = index(sample("mbox_from"));
  CHECK(found.messages[0].fields.size() == 5);
  CHECK(found.parts[0].header.offset == 0);
  CHECK(found.preview == "text");
}

TEST_CASE("folded fields, references and an obsolete date are read") {
  const Index found = index(sample("folded"));
  CHECK(found.subject == "a subject that is folded  twice");
  CHECK(found.references == std::vector<std::string>{"1@x", "2@x", "3@x"});
  CHECK(found.in_reply_to == std::vector<std::string>{"3@x"});
  CHECK(found.messages[0].envelope.to.size() == 3);
  CHECK(found.date.has_value());
}

TEST_CASE("the parts of a multipart have their octets without the line end before the boundary") {
  const std::string octets = sample("alternative");
  const Index found = index(octets);
  CHECK(structure(found) == "alternative(plain html)");
  CHECK(body(octets, found, 1) == "Größe: 5 €");
  CHECK(found.parts[1].lines == 1);
  CHECK(found.parts[1].parent == 0);
  CHECK(found.parts[1].next_sibling == 2);
  CHECK(body(octets, found, 0).starts_with("preamble\r\n--=_a"));
  CHECK(body(octets, found, 0).ends_with("epilogue\r\n"));
  CHECK(found.preview == "Größe: 5 €");
}

TEST_CASE("MIME fields of a part are read") {
  const Index found = index(sample("attachment"));
  REQUIRE(found.parts.size() == 3);
  const Part& part = found.parts[2];
  CHECK(part.type == "application");
  CHECK(part.encoding == "base64");
  CHECK(part.id == "<pdf@example.org>");
  CHECK(part.description == "the plan");
  CHECK(part.md5 == "Q2hlY2sgSW50ZWdyaXR5IQ==");
  CHECK(part.location == "http://example.org/plan.pdf");
  CHECK(part.languages == std::vector<std::string>{"de", "en"});
  REQUIRE(part.disposition);
  CHECK(part.disposition->type == "attachment");
  CHECK(part.disposition->parameters.at(0).name == "filename*0*");
  CHECK(part.file_name == "Übersicht.pdf");
  CHECK(found.has_attachment);
}

TEST_CASE("an embedded message has its own envelope and one child") {
  const std::string octets = sample("forwarded");
  const Index found = index(octets);
  CHECK(structure(found) == "mixed(plain rfc822(mixed(plain html)))");
  REQUIRE(found.messages.size() == 2);
  CHECK(found.parts[2].message == 1);
  CHECK(found.messages[1].envelope.subject == "Lunch");
  CHECK(field_bodies(octets, found, "from", 1) ==
        std::vector<std::string>{"Bob <bob@example.org>"});
  CHECK(body(octets, found, 4) == "inner text");
  CHECK(found.parts[3].header.offset == found.parts[2].body.offset);
}

TEST_CASE("the parts of a digest are messages unless they say otherwise") {
  const Index found = index(sample("digest"));
  CHECK(structure(found) == "digest(rfc822(plain) rfc822(plain) plain)");
  CHECK(found.messages.at(2).envelope.subject == "two");
}

TEST_CASE("boundaries that begin alike are told apart") {
  const std::string octets = sample("boundary_prefix");
  const Index found = index(octets);
  CHECK(structure(found) == "mixed(mixed(plain plain) plain)");
  CHECK(body(octets, found, 4) == "three");
}

TEST_CASE("a missing end boundary ends with the message or with the outer boundary") {
  const std::string octets = sample("no_end_boundary");
  CHECK(structure(index(octets)) == "mixed(plain alternative(plain))");
  CHECK(body(octets, index(octets), 3) == "two\r\n");
  const std::string outer =
      "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/mixed; "
      "boundary=i\r\n\r\n--i\r\n\r\none\r\n--o\r\n\r\ntwo\r\n--o--\r\n";
  CHECK(structure(index(outer)) == "mixed(mixed(plain) plain)");
  CHECK(body(outer, index(outer), 2) == "one");
}

TEST_CASE("a multipart may have no parts") {
  const std::string octets = sample("empty_multipart");
  const Index found = index(octets);
  CHECK(structure(found) == "mixed(alternative plain)");
  CHECK(found.parts[1].first_child == kNone);
  CHECK(structure(index("Content-Type: multipart/mixed; boundary=x\r\n\r\nno delimiter\r\n")) ==
        "mixed");
  CHECK(structure(index("Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na\r\n")) == "mixed");
}

TEST_CASE("the same boundary in two multiparts belongs to the inner one until that ends") {
  const std::string octets =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; "
      "boundary=x\r\n\r\n--x\r\n\r\ninner\r\n--x--\r\n--x\r\n\r\nouter\r\n--x--\r\n";
  CHECK(structure(index(octets)) == "mixed(mixed(plain) plain)");
}

TEST_CASE("a boundary that ends in two hyphens is not taken for an end") {
  const std::string octets =
      "Content-Type: multipart/mixed; "
      "boundary=\"x--\"\r\n\r\n--x--\r\n\r\none\r\n--x--\r\n\r\ntwo\r\n--x----\r\n";
  CHECK(structure(index(octets)) == "mixed(plain plain)");
}

TEST_CASE("trailing blanks of a delimiter are padding, other text makes it no delimiter") {
  const std::string octets =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x "
      "\t\r\n\r\none\r\n--xy\r\n--x--y\r\n--x--  \r\n";
  const Index found = index(octets);
  REQUIRE(found.parts.size() == 2);
  CHECK(body(octets, found, 1) == "one\r\n--xy\r\n--x--y");
  CHECK(found.parts[1].lines == 3);
}

TEST_CASE("a delimiter in a part's header ends it") {
  const std::string octets =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: "
      "text/html\r\n--x\r\n\r\n--x--";
  const Index found = index(octets);
  CHECK(structure(found) == "mixed(html plain)");
  CHECK(found.parts[1].body.length == 0);
  CHECK(found.parts[2].body.length == 0);
  CHECK(found.parts[2].lines == 0);
}

TEST_CASE("an encoded message is one opaque part") {
  const Index found = index(sample("encoded_message"));
  REQUIRE(found.parts.size() == 1);
  CHECK(found.parts[0].message == kNone);
}

TEST_CASE("of two fields of one name the first counts") {
  CHECK(
      index(
          "Content-Type: text/html\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n")
          .parts[0]
          .subtype == "html");
  CHECK(index("Subject: one\r\nSubject: two\r\n\r\n").subject == "one");
  CHECK(structure(index("Content-Type: multipart/mixed; boundary=a; "
                        "boundary=b\r\n\r\n--b\r\n\r\nx\r\n--a\r\n\r\n")) == "mixed(plain)");
}

TEST_CASE("a Content-Type without subtype has a stated reading") {
  const auto type = [](const std::string& value) {
    const Index found = index("Content-Type: " + value + "\r\n\r\n");
    return found.parts[0].type + "/" + found.parts[0].subtype;
  };
  CHECK(type("text") == "text/plain");
  CHECK(type("multipart; boundary=x") == "multipart/mixed");
  CHECK(type("application-x-gzip; name=a.gz") == "text/plain");
  CHECK(type("") == "text/plain");
  CHECK(type("/") == "text/plain");
}

TEST_CASE("blanks before a field's colon are tolerated") {
  CHECK(index("Subject : x\r\n\r\n").subject == "x");
}

TEST_CASE("encoded and 8-bit headers are decoded to UTF-8") {
  CHECK(index(sample("encoded_words")).subject ==
        "If you can read this you understand the example.");
  CHECK(index(sample("split_character")).subject == "日本");
  CHECK(index(sample("eight_bit_latin")).subject == "Grüße");
  CHECK(index(sample("eight_bit_header")).subject == "Grüße aus Köln");
  CHECK(index(sample("utf8_headers")).messages[0].envelope.from.at(0).mailbox == "jøran");
  CHECK(index(sample("iso2022jp")).preview == "日本語");
}

TEST_CASE("groups stand in the envelope with their marks") {
  const Envelope envelope = index(sample("groups")).messages[0].envelope;
  REQUIRE(envelope.to.size() == 5);
  CHECK(envelope.to.front().kind == EnvelopeAddress::Kind::GroupStart);
  CHECK(envelope.to.back().kind == EnvelopeAddress::Kind::GroupEnd);
  CHECK(envelope.sender.at(0).host == "example.net");
}

TEST_CASE("message ids are found in any wrapping") {
  CHECK(index("Message-ID: <a@b> (x)\r\n").message_id == "a@b");
  CHECK(index("Message-ID: a@b\r\n").message_id == "a@b");
  CHECK(index("Message-ID: <a\r\n @b>\r\n").message_id == "a@b");
  CHECK(index("In-Reply-To: Your message of Monday <a@b>\r\n").in_reply_to ==
        std::vector<std::string>{"a@b"});
  CHECK(index("In-Reply-To: Your message of Monday\r\n").in_reply_to.empty());
  CHECK(index("References: <a@b><c@d>junk<e\r\n").references ==
        std::vector<std::string>{"a@b", "c@d"});
}

TEST_CASE("of very many references the first and the last are kept") {
  std::string octets = "References:";
  for (int i = 0; i < 5000; ++i) octets += "\r\n <" + std::to_string(i) + "@x>";
  const Index found = index(octets + "\r\n\r\n");
  CHECK(found.references.size() <= Limits{}.references);
  CHECK(found.references.front() == "0@x");
  CHECK(found.references.back() == "4999@x");
}

TEST_CASE("limits bound what is indexed and nothing is lost") {
  Limits limits;
  limits.parts = 3;
  limits.header_fields = 2;
  limits.depth = 3;
  std::string octets = "A: 1\r\nB: 2\r\nC: 3\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 10; ++i) octets += "--x\r\n\r\npart\r\n";
  const Index found = index(octets, limits);
  CHECK(found.parts.size() == 3);
  CHECK(found.messages[0].fields.size() == 2);
  CHECK(found.parts[2].body.offset + found.parts[2].body.length == octets.size());

  std::string deep;
  for (int i = 0; i < 10; ++i) deep += "Content-Type: message/rfc822\r\n\r\n";
  CHECK(index(deep, limits).parts.size() == 3);
  CHECK(index(deep).parts.size() == 11);
  CHECK(index(deep, limits).parts[2].message == kNone);
}

TEST_CASE("thousands of nested and of unused boundaries take linear time") {
  std::string octets;
  for (int i = 0; i < 20000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    octets +=
        "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  for (int i = 0; i < 300000; ++i) octets += "--no such boundary\r\n";
  const auto start = std::chrono::steady_clock::now();
  const Index found = index(octets);
  const auto spent = std::chrono::steady_clock::now() - start;
  CHECK(found.parts.size() == Limits{}.depth);
  CHECK(spent < std::chrono::seconds(5));
}

TEST_CASE("the index of any prefix of a sample stays within it and survives storing") {
  for (const auto& path : all_samples()) {
    const std::string octets = read_file(path);
    for (std::size_t length = 0; length <= octets.size(); length += octets.size() > 2000 ? 7 : 1) {
      const std::string prefix = octets.substr(0, length);
      const Index found = index(prefix);
      bool within = found.size == length;
      for (const Part& part : found.parts) {
        within = within && part.header.offset + part.header.length <= length &&
                 part.body.offset + part.body.length <= length;
      }
      const auto again = decode_index(encode_index(found));
      const auto light = decode_structure(encode_index(found));
      bool same = again && *again == found && light && light->parts == found.parts &&
                  light->messages.size() == found.messages.size();
      for (std::size_t i = 0; same && i < found.messages.size(); ++i)
        same = light->messages[i].envelope == found.messages[i].envelope;
      if (!within || !same) FAIL(path << " cut at " << length);
    }
  }
}

TEST_CASE("a damaged stored index is corrupt, never wrong memory") {
  const std::string stored = encode_index(index(sample("forwarded")));
  CHECK(decode_index("").error().kind() == restante::ErrorKind::Corrupt);
  CHECK(decode_index("\x7f").error().kind() == restante::ErrorKind::Corrupt);
  CHECK_FALSE(decode_index(stored + "x"));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    CHECK_FALSE(decode_index(stored.substr(0, i)));
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string damaged = stored;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      const auto result = decode_index(damaged);
      if (result) CHECK_FALSE(result->parts.empty());
      const auto light = decode_structure(damaged);
      if (light) CHECK_FALSE(light->parts.empty());
    }
  }
}

TEST_CASE("indexing speed", "[.bench]") {
  std::string octets;
  for (int i = 0; i < 6; ++i) {
    octets += "Received: from mx" + std::to_string(i) +
              ".example.org (mx.example.org [192.0.2.1])\r\n\tby mail.example.org (Postfix) with "
              "ESMTPS id 4Bx" +
              std::to_string(i) +
              "\r\n\tfor <bob@example.org>; Fri, 21 Nov 1997 09:55:06 -0600 (CST)\r\n";
  }
  octets +=
      "From: Ada Lovelace <ada@example.org>\r\nTo: Bob <bob@example.org>, Carol "
      "<carol@example.org>\r\nCc: dave@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from "
      "here\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: "
      "<12345.67890@example.org>\r\nIn-Reply-To: <1234@example.org>\r\nReferences: <1@example.org> "
      "<2@example.org> <1234@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
      "charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\nUser-Agent: "
      "restante\r\nX-One: 1\r\nX-Two: 2\r\n\r\n";
  while (octets.size() < 4096)
    octets += "Some words of text that stand on a line of the usual length here.\r\n";
  constexpr int kRounds = 100000;
  std::size_t sum = 0;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) sum += index(octets).parts.size();
  const auto indexed =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
      kRounds;
  const Index found = index(octets);
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) sum += encode_index(found).size();
  const auto encoded =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
      kRounds;
  const std::string stored = encode_index(found);
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) sum += decode_index(stored)->parts.size();
  const auto decoded =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
      kRounds;
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) sum += search_text(octets, found, 1 << 20).size();
  const auto searched =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
      kRounds;
  std::string large = octets;
  while (large.size() < 8 << 20) large += octets.substr(octets.find("\r\n\r\n") + 4);
  std::string mixed = "Content-Type: multipart/mixed; boundary=abc\r\n\r\n--abc\r\n\r\n" + large +
                      "\r\n--abc--\r\n";
  start = std::chrono::steady_clock::now();
  sum += index(mixed).parts.size();
  const auto big =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  WARN("4 KiB, " << found.messages[0].fields.size() << " fields: index " << indexed
                 << " us, encode " << encoded << " us (" << stored.size() << " octets), decode "
                 << decoded << " us, search text " << searched << " us; 8 MiB multipart " << big
                 << " ms (" << sum << ")");
}
