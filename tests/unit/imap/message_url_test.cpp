// URLs of messages as CATENATE takes them.
#include "mail/imap/message_url.h"

#include <catch2/catch.hpp>

namespace restante::imap {
namespace {

MessageUrl url_of(std::string_view text) {
  const auto url = parse_message_url(text);
  REQUIRE(url);
  return *url;
}

}  // namespace

TEST_CASE("A URL names mailbox, uid, section and part") {
  const MessageUrl whole = url_of("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.2.MIME");
  CHECK(whole.mailbox == "Drafts");
  CHECK(whole.uid_validity == 385759045);
  CHECK(whole.uid == 20);
  CHECK(whole.section.part == std::vector<std::uint32_t>{1, 2});
  CHECK(whole.section.text == Section::Text::Mime);
  CHECK_FALSE(whole.partial);
  CHECK(url_of("/Drafts/;UID=3002").mailbox == "Drafts");
  CHECK(url_of("Lists/a%2Fb%20%C3%BC/;uid=1").mailbox == "Lists/a/b \xc3\xbc");
  const MessageUrl cut = url_of("/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(To)/;PARTIAL=5.10");
  CHECK(cut.section.fields == std::vector<std::string>{"To"});
  CHECK(cut.partial == Partial{5, 10});
  CHECK(url_of("/INBOX/;UID=1/;PARTIAL=5").partial->offset == 5);
}

TEST_CASE("A URL may be relative to the selected mailbox") {
  const MessageUrl url = url_of(";UID=7/;SECTION=TEXT");
  CHECK_FALSE(url.mailbox);
  CHECK(url.uid == 7);
  CHECK(url.section.text == Section::Text::Text);
}

TEST_CASE("Broken URLs and those of other servers name nothing") {
  for (const char* text : {"",
                           "/",
                           "/INBOX",
                           "/INBOX/",
                           "/INBOX/;UID=0",
                           "/INBOX/;UID=",
                           "/INBOX/;UID=4294967296",
                           "/INBOX/;UID=1/;SECTION=",
                           "/INBOX/;UID=1/;SECTION=0",
                           "/INBOX/;UID=1/;SECTION=FOO",
                           "/INBOX/;UID=1/;PARTIAL=1.0",
                           "/INBOX/;UID=1/;PARTIAL=x",
                           "/INBOX/;UID=1;section=1",
                           "/INBOX/;UID=1/;URLAUTH=anonymous",
                           "/INBOX;UIDVALIDITY=0/;UID=1",
                           "/INBOX;X=1/;UID=1",
                           "/%/;UID=1",
                           "/%4/;UID=1",
                           "/%00/;UID=1",
                           "/%FF/;UID=1",
                           "/\xc3\xbc/;UID=1",
                           "/;UID=1",
                           "//host/INBOX/;UID=1",
                           "imap://host/INBOX/;UID=1",
                           "http://x/",
                           ";UID=1/;PARTIAL=1/;SECTION=1",
                           "/INBOX/;UID=1/;SECTION=1]BODY[2",
                           "/INBOX/;UID=1/;UID=2",
                           "/INBOX/;UID=1/"}) {
    CAPTURE(text);
    const auto url = parse_message_url(text);
    const bool empty_section = std::string_view(text) == "/INBOX/;UID=1/;SECTION=";
    CHECK(url.has_value() == empty_section);
  }
}

TEST_CASE("A URL in a response cannot break it") {
  CHECK(code_bad_url("/a]b\r\n\xff c") == "BADURL /a%5Db%0D%0A%FF%20c");
  CHECK(code_bad_url(std::string(9000, ']')).size() == 7 + 3 * 2000);
}

}  // namespace restante::imap
