// The address grammar (RFC 5321 s4.1.2, s4.1.3, RFC 6531 s3.3).
#include <catch2/catch.hpp>

#include "mail/smtp/address.h"

namespace smtp = restante::smtp;

TEST_CASE("ordinary mailboxes are read as local part and domain") {
  const auto mailbox = smtp::parse_mailbox("Ann.O'Neil+tag@Mail.Example.ORG");
  REQUIRE(mailbox);
  CHECK(mailbox->local_part == "Ann.O'Neil+tag");
  CHECK(mailbox->domain == "Mail.Example.ORG");
}

TEST_CASE("quoted local parts lose their quoting and get back only what they need") {
  const auto joe = smtp::parse_mailbox(R"("Joe\,Smith"@example.org)");
  REQUIRE(joe);
  CHECK(joe->local_part == "Joe,Smith");
  CHECK(smtp::to_string(*joe) == R"("Joe,Smith"@example.org)");
  const auto plain = smtp::parse_mailbox(R"("ann"@example.org)");
  REQUIRE(plain);
  CHECK(smtp::to_string(*plain) == "ann@example.org");
  const auto tricky = smtp::parse_mailbox(R"("a\"b\\c@d"@example.org)");
  REQUIRE(tricky);
  CHECK(tricky->local_part == R"(a"b\c@d)");
  CHECK(tricky->domain == "example.org");
  CHECK(smtp::to_string(*tricky) == R"("a\"b\\c@d"@example.org)");
  const auto empty = smtp::parse_mailbox(R"(""@example.org)");
  REQUIRE(empty);
  CHECK(smtp::to_string(*empty) == R"(""@example.org)");
}

TEST_CASE("malformed mailboxes are refused") {
  const std::string label64(64, 'a');
  for (const std::string text : {"",
                                 "@",
                                 "ann",
                                 "ann@",
                                 "@example.org",
                                 ".ann@example.org",
                                 "ann.@example.org",
                                 "a..b@example.org",
                                 "a b@example.org",
                                 "a(c)@example.org",
                                 "ann@-example.org",
                                 "ann@example-.org",
                                 "ann@example..org",
                                 "ann@.org",
                                 "ann@example.org.",
                                 "ann@exa_mple.org",
                                 "ann@example.org ",
                                 "a@b@example.org",
                                 "\"ann@example.org",
                                 "\"a\nb\"@example.org",
                                 "\"ann\"x@example.org",
                                 "ann@[1.2.3]",
                                 "ann@[1.2.3.256]",
                                 "ann@[1.2.3.4",
                                 "ann@[]",
                                 "ann@1.2.3.4]",
                                 "ann@[IPv6:1::2::3]",
                                 "ann@[IPv6:12345::]",
                                 "ann@[IPv6:1:2:3:4:5:6:7]",
                                 "ann@[IPv6:1:2:3:4:5:6:7:8:9]",
                                 "ann@[x]",
                                 "ann@[tag:a b]",
                                 "ann@[:abc]",
                                 "ann@[X-tag:a@b]",
                                 "\xff@example.org",
                                 "\xc3@example.org",
                                 "ann@\xc2\x85.org",
                                 "ann@b\xed\xa0\x80.org"}) {
    CAPTURE(text);
    CHECK_FALSE(smtp::parse_mailbox(text));
  }
  CHECK_FALSE(smtp::parse_mailbox("ann@" + label64 + ".org"));
}

TEST_CASE("address literals follow RFC 5321 s4.1.3") {
  for (const char* literal :
       {"[127.0.0.1]", "[255.255.255.255]", "[IPv6:::1]", "[IPv6:::]", "[ipv6:2001:db8::1]",
        "[IPv6:1:2:3:4:5:6:7:8]", "[IPv6:1:2:3:4:5:6:1.2.3.4]", "[IPv6:::ffff:1.2.3.4]"}) {
    CAPTURE(literal);
    CHECK(smtp::is_address_literal(literal));
    CHECK(smtp::parse_mailbox(std::string("ann@") + literal));
  }
}

TEST_CASE("lengths are bounded by RFC 5321 s4.5.3.1") {
  CHECK(smtp::parse_mailbox(std::string(64, 'a') + "@example.org"));
  CHECK_FALSE(smtp::parse_mailbox(std::string(65, 'a') + "@example.org"));
  std::string domain = std::string(63, 'a') + '.' + std::string(63, 'b') + '.' +
                       std::string(63, 'c') + '.' + std::string(60, 'd');
  CHECK(smtp::parse_mailbox("a@" + domain));
  CHECK_FALSE(smtp::parse_mailbox("ab@" + domain.append("dd")));
}

TEST_CASE("UTF-8 may stand in both halves") {
  const auto mailbox = smtp::parse_mailbox(
      "j\xc3\xb6@b\xc3\xbc"
      "cher.example");
  REQUIRE(mailbox);
  CHECK_FALSE(smtp::is_ascii(mailbox->local_part));
}

TEST_CASE("UTF-8 is checked by RFC 3629") {
  CHECK(smtp::is_clean_utf8("a\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc2\x9b"}) {
    CHECK_FALSE(smtp::is_clean_utf8(bad));
  }
}
