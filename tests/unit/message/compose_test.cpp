#include "mail/message/compose.h"

#include <catch2/catch.hpp>

#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

using namespace restante::message;
using restante::ErrorKind;

namespace {

constexpr std::string_view kEntropy = "0123456789abcdef01234567";

Draft draft() {
  Draft made;
  made.from = {Mailbox{"Ada Lovelace", "ada@example.org"}};
  made.to = {Mailbox{"", "bob@example.org"}};
  made.subject = "Lunch";
  made.text = "Shall we eat?\n";
  made.message_id = "1@example.org";
  made.date = std::chrono::sys_seconds(std::chrono::seconds(880127706));
  made.zone = std::chrono::minutes(-360);
  return made;
}

std::string composed(const Draft& from) {
  const auto result = compose(from, kEntropy);
  REQUIRE(result);
  return *result;
}

// Lines end in CRLF, none is longer than 998, the header's not longer than 78 where it can be.
void check_form(const std::string& octets) {
  std::size_t start = 0;
  while (start < octets.size()) {
    const std::size_t end = octets.find("\r\n", start);
    REQUIRE(end != std::string::npos);
    CHECK(end - start <= 998);
    const std::string line = octets.substr(start, end - start);
    CHECK(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    start = end + 2;
  }
}

}  // namespace

TEST_CASE("a plain draft is written as a plain message") {
  CHECK(composed(draft()) ==
        "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nFrom: Ada Lovelace <ada@example.org>\r\nTo: "
        "bob@example.org\r\n"
        "Subject: Lunch\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: "
        "text/plain; charset=us-ascii\r\n"
        "Content-Transfer-Encoding: 7bit\r\n\r\nShall we eat?\r\n");
}

TEST_CASE("what is written reads back as it was") {
  Draft made = draft();
  made.from = {Mailbox{"Jøran, the \"one\"", "ada@example.org"}};
  made.sender = Mailbox{"", "sender@example.org"};
  made.reply_to = {Mailbox{"", "reply@example.org"}};
  made.cc = {Mailbox{"日本語の名前がとても長いときにどうなるかを見るための名前", "c@example.org"},
             Mailbox{"", "d@example.org"}};
  made.bcc = {Mailbox{"", "secret@example.org"}};
  made.subject =
      "Grüße: ein langer Betreff, der über mehr als eine Zeile geht und Umlaute wie äöü hat";
  made.text = "Größe: 5 €\r\nFrom here\n.\n" + std::string(2000, 'x') + "\nend without line end";
  made.in_reply_to = {"a@b"};
  made.references = {"x@y", "a@b"};
  made.extra = {{"X-Note", "ünïcode"}};
  made.attachments = {Attachment{"Übersicht \"1\".txt", "text/plain; charset=utf-8", "ü\n--=_\n"},
                      Attachment{"", "image/png", std::string("\0\1\2\r\n", 5)}};
  for (const bool utf8 : {false, true}) {
    made.utf8_headers = utf8;
    const std::string octets = composed(made);
    check_form(octets);
    CHECK(is_ascii(octets) == !utf8);
    const Index found = index(octets);
    const Envelope& envelope = found.messages[0].envelope;
    CHECK(display_name(envelope.from.at(0)) == made.from[0].name);
    CHECK(display_name(envelope.cc.at(0)) == made.cc[0].name);
    CHECK(envelope.bcc.empty());
    CHECK(octets.find("secret") == std::string::npos);
    CHECK(found.subject == made.subject);
    CHECK(found.in_reply_to == made.in_reply_to);
    CHECK(found.references == made.references);
    CHECK(decoded_field(octets, found, "x-note") == "ünïcode");
    REQUIRE(found.parts.size() == 4);
    CHECK(decoded_text(octets, found.parts[1]) ==
          "Größe: 5 €\nFrom here\n.\n" + std::string(2000, 'x') + "\nend without line end\n");
    CHECK(found.parts[2].file_name == made.attachments[0].file_name);
    CHECK(decoded_body(octets, found.parts[2]) == made.attachments[0].octets);
    CHECK(decoded_body(octets, found.parts[3]) == made.attachments[1].octets);
    CHECK(found.has_attachment);
  }
}

TEST_CASE("the transfer encoding is the plainest that is safe") {
  const auto encoding = [](const std::string& text) {
    Draft made = draft();
    made.text = text;
    return index(composed(made)).parts[0].encoding;
  };
  CHECK(encoding("plain\n") == "7bit");
  CHECK(encoding("") == "7bit");
  CHECK(encoding("some words and one ü\n") == "quoted-printable");
  CHECK(encoding(std::string(2000, 'x')) == "quoted-printable");
  CHECK(encoding("From here") == "quoted-printable");
  CHECK(encoding("日本語の本文") == "base64");
  CHECK(encoding(std::string("a nul \0 in text", 15)) == "quoted-printable");
}

TEST_CASE("line ends, NUL and bad UTF-8 in any header value are refused") {
  const auto refused = [](auto change) {
    Draft made = draft();
    change(made);
    const auto result = compose(made, kEntropy);
    return !result && result.error().kind() == ErrorKind::Invalid;
  };
  for (const std::string& evil : {std::string("a\r\nX: y"), std::string("a\ny"),
                                  std::string("a\0b", 3), std::string("\xff")}) {
    CHECK(refused([&](Draft& made) { made.subject = evil; }));
    CHECK(refused([&](Draft& made) { made.from[0].name = evil; }));
    CHECK(refused([&](Draft& made) { made.to[0].address = evil + "@x"; }));
    CHECK(refused([&](Draft& made) { made.message_id = evil; }));
    CHECK(refused([&](Draft& made) { made.references = {evil}; }));
    CHECK(refused([&](Draft& made) { made.extra = {{"X-A", evil}}; }));
    CHECK(refused([&](Draft& made) { made.attachments = {Attachment{evil, "text/plain", ""}}; }));
    CHECK(refused([&](Draft& made) { made.attachments = {Attachment{"a", "text/" + evil, ""}}; }));
  }
  CHECK(refused([](Draft& made) { made.from.clear(); }));
  CHECK(refused([](Draft& made) { made.text = "\xff"; }));
  CHECK(refused([](Draft& made) { made.extra = {{"X A", "b"}}; }));
  CHECK(refused([](Draft& made) { made.attachments = {Attachment{"a", "nonsense", ""}}; }));
  for (const char* address :
       {"", "a@b, c@d", "<a@b>", "Name <a@b>", "a b@c", "g:;", "jøran@example.org"}) {
    CAPTURE(address);
    CHECK(refused([&](Draft& made) { made.to[0].address = address; }));
  }
  CHECK_FALSE(compose(draft(), "short"));
}

TEST_CASE("a boundary never stands in the content") {
  Draft made = draft();
  made.attachments = {Attachment{"a", "application/x", "y"}};
  const std::string first = composed(made);
  const std::string boundary = index(first).parts[0].parameters.at(0).value;
  made.text = "--" + boundary + "\n";
  CHECK(index(composed(made)).parts.size() == 3);
  CHECK(index(composed(made)).parts[0].parameters.at(0).value != boundary);
}

TEST_CASE("an attached message stays a message where it can") {
  Draft made = draft();
  made.attachments = {Attachment{"", "message/rfc822", composed(draft())},
                      Attachment{"b.eml", "message/rfc822", "Subject: \xfc\n\nx"}};
  const Index found = index(composed(made));
  REQUIRE(found.parts.size() == 5);
  CHECK(found.messages.at(1).envelope.subject == "Lunch");
  CHECK(found.parts[4].subtype == "octet-stream");
}

TEST_CASE("a message id is made from entropy and a domain") {
  CHECK(make_message_id("0123456789abcdef", "example.org") ==
        "30313233343536373839616263646566@example.org");
  CHECK_FALSE(make_message_id("short", "example.org"));
  CHECK_FALSE(make_message_id("0123456789abcdef", "a\r\nb"));
  CHECK_FALSE(make_message_id("0123456789abcdef", ""));
}
