// Which octets a section is (RFC 9051 s6.4.5.1, with its example of part numbers).
#include "mail/imap/section.h"

#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante;
using namespace restante::imap;

namespace {

const std::string kInner =
    "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    "--c\r\nX-A: 1\r\n\r\nalpha\r\n--c\r\nContent-Type: text/html\r\n\r\nbeta\r\n--c--";
const std::string kForwarded = "Subject: plain inner\r\n\r\nplain body";
const std::string kMessage =
    "From: a@example.org\r\nTo: b@example.org\r\nSubject: folded\r\n subject\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
    "--b\r\n\r\none\r\n"
    "--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <x>\r\n\r\ntwo\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\n" +
    kInner +
    "\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\n" +
    kForwarded +
    "\r\n"
    "--b--\r\n";

// What FETCH of the item gives, or "NIL".
std::string fetch(const std::string& octets, std::string_view item_text) {
  const auto item = parse<Fetch>("FETCH 1 " + std::string(item_text)).items.at(0);
  const message::Index index = message::index(octets);
  std::string header;
  if (const auto range = header_needed(index, item.section))
    header = octets.substr(range->offset, range->length);
  SectionContent content = resolve_section(index, item.section, header);
  if (item.partial) content = apply_partial(std::move(content), *item.partial);
  if (!content.exists) return "NIL";
  std::string out;
  for (const message::Range& range : content.ranges)
    out += octets.substr(range.offset, range.length);
  out += content.tail;
  CHECK(out.size() == content.size());
  return out;
}

std::string fetch(std::string_view item) {
  return fetch(kMessage, item);
}

}  // namespace

TEST_CASE("The message itself") {
  CHECK(fetch("BODY[]") == kMessage);
  CHECK(fetch("RFC822") == kMessage);
  const std::size_t split = kMessage.find("\r\n\r\n") + 4;
  CHECK(fetch("BODY[HEADER]") == kMessage.substr(0, split));
  CHECK(fetch("RFC822.HEADER") == kMessage.substr(0, split));
  CHECK(fetch("BODY[TEXT]") == kMessage.substr(split));
  CHECK(fetch("RFC822.TEXT") == kMessage.substr(split));
}

TEST_CASE("Parts of any depth") {
  CHECK(fetch("BODY[1]") == "one");
  CHECK(fetch("BODY[1.MIME]") == "\r\n");
  CHECK(fetch("BODY[2]") == "two");
  CHECK(fetch("BODY[2.MIME]") ==
        "Content-Type: application/octet-stream\r\nContent-ID: <x>\r\n\r\n");
  CHECK(fetch("BODY[3]") == kInner);
  CHECK(fetch("BODY[3.HEADER]") ==
        "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n");
  CHECK(fetch("BODY[3.TEXT]") == kInner.substr(kInner.find("--c")));
  CHECK(fetch("BODY[3.1]") == "alpha");
  CHECK(fetch("BODY[3.1.MIME]") == "X-A: 1\r\n\r\n");
  CHECK(fetch("BODY[3.2]") == "beta");
  CHECK(fetch("BODY[3.MIME]") == "Content-Type: message/rfc822\r\n\r\n");
  CHECK(fetch("BODY[4.1]") == "plain body");
  CHECK(fetch("BODY[4.TEXT]") == "plain body");
  CHECK(fetch("BODY[4.HEADER.FIELDS (SUBJECT)]") == "Subject: plain inner\r\n\r\n");
}

TEST_CASE("What does not exist is NIL") {
  for (const char* item :
       {"BODY[5]", "BODY[1.1]", "BODY[1.HEADER]", "BODY[2.TEXT]", "BODY[3.3]", "BODY[4.2]",
        "BODY[4.1.1]", "BODY[3.1.HEADER.FIELDS (A)]", "BODY[9.MIME]"})
    CHECK(fetch(item) == "NIL");
}

TEST_CASE("A message that is not multipart is its own part 1") {
  const std::string plain = "Subject: x\r\n\r\nbody\r\n";
  CHECK(fetch(plain, "BODY[1]") == "body\r\n");
  CHECK(fetch(plain, "BODY[TEXT]") == "body\r\n");
  CHECK(fetch(plain, "BODY[2]") == "NIL");
  CHECK(fetch(plain, "BODY[1.1]") == "NIL");
  const std::string wrapped = "Content-Type: message/rfc822\r\n\r\n" + kInner;
  CHECK(fetch(wrapped, "BODY[1]") == kInner);
  CHECK(fetch(wrapped, "BODY[1.1]") == "alpha");
  CHECK(fetch(wrapped, "BODY[1.HEADER.FIELDS (subject)]") == "Subject: inner\r\n\r\n");
}

TEST_CASE("Selected header fields keep folding, order and the empty line") {
  CHECK(fetch("BODY[HEADER.FIELDS (subject FROM)]") ==
        "From: a@example.org\r\nSubject: folded\r\n subject\r\n\r\n");
  CHECK(fetch("BODY[HEADER.FIELDS (X-None)]") == "\r\n");
  CHECK(fetch("BODY[HEADER.FIELDS.NOT (subject Content-Type)]") ==
        "From: a@example.org\r\nTo: b@example.org\r\n\r\n");
  // RFC 3501 s6.4.5: no empty line where the message has none.
  CHECK(fetch("Subject: x\r\n", "BODY[HEADER.FIELDS (Subject)]") == "Subject: x\r\n");
  CHECK(fetch("", "BODY[HEADER.FIELDS (Subject)]") == "");
}

TEST_CASE("Partials are clipped") {
  CHECK(fetch("BODY[1]<0.2>") == "on");
  CHECK(fetch("BODY[1]<1.100>") == "ne");
  CHECK(fetch("BODY[1]<3.1>").empty());
  CHECK(fetch("BODY[1]<9223372036854775807.9223372036854775807>").empty());
  const std::string fields = fetch("BODY[HEADER.FIELDS (From Subject)]");
  for (std::size_t at = 0; at <= fields.size(); ++at)
    CHECK(fetch("BODY[HEADER.FIELDS (From Subject)]<" + std::to_string(at) + ".3>") ==
          fields.substr(at, 3));
}

TEST_CASE("Labels say what was asked for") {
  const auto label = [](std::string_view text) {
    const auto item = parse<Fetch>("FETCH 1 " + std::string(text)).items.at(0);
    return section_label(item.section, item.partial);
  };
  CHECK(label("BODY.PEEK[]") == "BODY[]");
  CHECK(label("BODY[1.2.mime]<3.4>") == "BODY[1.2.MIME]<3>");
  CHECK(label("BODY[HEADER.FIELDS (From \"X Y\" {3+}\r\na\r\n)]") ==
        "BODY[HEADER.FIELDS (From \"X Y\" {3}\r\na\r\n)]");
  CHECK(label("BODY[4.HEADER.FIELDS.NOT (To)]") == "BODY[4.HEADER.FIELDS.NOT (To)]");
}
