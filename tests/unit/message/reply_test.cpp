#include "mail/message/compose.h"

#include <catch2/catch.hpp>

using namespace restante::message;

namespace {

Draft reply(const std::string& octets, bool all = false,
            std::vector<std::string> own = {"me@example.org"}) {
  ReplyOptions options;
  options.own_addresses = std::move(own);
  options.all = all;
  return reply_draft(octets, index(octets), options);
}

std::string addresses(const std::vector<Mailbox>& list) {
  std::string out;
  for (const Mailbox& mailbox : list) out += (out.empty() ? "" : " ") + mailbox.address;
  return out;
}

const std::string kHeader =
    "From: Ada <ada@x>\r\nTo: Me <ME@example.org>, bob@x\r\nCc: carol@x, ada@x\r\nSubject: "
    "Lunch\r\n"
    "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <2@x>\r\nReferences: <0@x> <1@x>\r\n\r\n";

}  // namespace

TEST_CASE("a reply goes to the author, a reply to all also to the others, never to oneself") {
  CHECK(addresses(reply(kHeader).to) == "ada@x");
  CHECK(reply(kHeader).cc.empty());
  CHECK(addresses(reply(kHeader, true).to) == "ada@x");
  CHECK(addresses(reply(kHeader, true).cc) == "bob@x carol@x");
}

TEST_CASE("Reply-To decides where a reply goes") {
  CHECK(addresses(reply("Reply-To: list@x\r\n" + kHeader).to) == "list@x");
  CHECK(addresses(reply("Reply-To: list@x\r\n" + kHeader, true).cc) == "bob@x carol@x ada@x");
}

TEST_CASE("an answer to one's own message goes to those it went to") {
  CHECK(addresses(reply("From: me@example.org\r\nTo: ada@x, bob@x\r\n\r\n").to) == "ada@x bob@x");
  CHECK(addresses(reply("From: me@example.org\r\nTo: me@example.org\r\n\r\n").to) ==
        "me@example.org");
  CHECK(reply("Subject: nobody\r\n\r\n").to.empty());
}

TEST_CASE("In-Reply-To and References follow RFC 5322 s3.6.4") {
  CHECK(reply(kHeader).in_reply_to == std::vector<std::string>{"2@x"});
  CHECK(reply(kHeader).references == std::vector<std::string>{"0@x", "1@x", "2@x"});
  CHECK(reply("Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n\r\n").references ==
        std::vector<std::string>{"1@x", "2@x"});
  CHECK(reply("Message-ID: <2@x>\r\nIn-Reply-To: <0@x> <1@x>\r\n\r\n").references ==
        std::vector<std::string>{"2@x"});
  CHECK(reply("Subject: x\r\n\r\n").references.empty());
  CHECK(reply("Subject: x\r\n\r\n").in_reply_to.empty());
}

TEST_CASE("the subject has exactly one Re") {
  CHECK(reply_subject("Lunch") == "Re: Lunch");
  CHECK(reply_subject("re: RE:Re: Lunch") == "Re: Lunch");
  CHECK(reply_subject("Regarding") == "Re: Regarding");
  CHECK(reply_subject("") == "Re:");
}

TEST_CASE("the text is quoted below an attribution, without its signature") {
  CHECK(reply(kHeader + "one\r\n\r\n> old\r\n\r\n-- \r\nAda\r\n").text ==
        "On Fri, 21 Nov 1997 09:55:06 -0600, Ada wrote:\n> one\n>\n>> old\n");
  CHECK(reply("From: ada@x\r\n\r\nhi").text == "ada@x wrote:\n> hi\n");
  ReplyOptions options;
  options.quote = false;
  CHECK(reply_draft(kHeader, index(kHeader), options).text.empty());
}

TEST_CASE("a reply to hostile names can still be composed") {
  Draft made = reply(
      "From: =?utf-8?q?a=0D=0AX:_y?= <ada@x>\r\nSubject: =?utf-8?q?b=0Ac=00?=\r\nMessage-ID: <a "
      "b@x>\r\n\r\n");
  made.from = {Mailbox{"", "me@example.org"}};
  const auto octets = compose(made, "0123456789abcdef");
  REQUIRE(octets);
  CHECK(index(*octets).messages[0].fields.size() == 8);
}
