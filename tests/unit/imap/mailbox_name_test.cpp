// Modified UTF-7, INBOX, and names of new mailboxes.
#include "mail/imap/mailbox_name.h"

#include <catch2/catch.hpp>

using namespace restante::imap;

TEST_CASE("The examples of RFC 3501 s5.1.3") {
  CHECK(decode_modified_utf7("~peter/mail/&U,BTFw-/&ZeVnLIqe-") == "~peter/mail/台北/日本語");
  CHECK(encode_modified_utf7("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
  CHECK_FALSE(decode_modified_utf7("&Jjo!"));
  CHECK(decode_modified_utf7("&Jjo-!") == "☺!");
  CHECK_FALSE(decode_modified_utf7("&U,BTFw-&ZeVnLIqe-"));
  CHECK(decode_modified_utf7("&U,BTF2XlZyyKng-") == "台北日本語");
}

TEST_CASE("Non-canonical modified UTF-7 is refused") {
  for (const char* name :
       {"&", "a&b", "&AGE-", "&AA-", "&AOT-", "&AOQ=-", "&AO/-", "&2D0-", "&3gA-", "&2D3YPQ-",
        "\xc3\xa4", "&AOQ-&APY-", "a\tb", "&AAA-", "&AOQAYQ-"})
    CHECK_FALSE(decode_modified_utf7(name));
  CHECK(decode_modified_utf7("R&-D") == "R&D");
  CHECK(decode_modified_utf7("&AOQ-&-") == "ä&");
  CHECK(encode_modified_utf7("R&D") == "R&-D");
}

TEST_CASE("Every character survives encoding and decoding") {
  for (const char* name : {"INBOX", "Entwürfe", "😀x😀", "a&&b", "日本", "\x7f", "é&é", ""})
    CHECK(decode_modified_utf7(encode_modified_utf7(name)) == name);
}

TEST_CASE("INBOX is one in any case, also as the first level") {
  CHECK(canonical_mailbox_name("iNbOx") == "INBOX");
  CHECK(canonical_mailbox_name("inbox/a") == "INBOX/a");
  CHECK(canonical_mailbox_name("inboxes") == "inboxes");
  CHECK(canonical_mailbox_name("a/inbox") == "a/inbox");
  CHECK(decode_mailbox_name("Entwürfe", true) == "Entwürfe");
  CHECK_FALSE(decode_mailbox_name("Entwürfe", false));
  CHECK_FALSE(decode_mailbox_name("\xff", true));
}

TEST_CASE("Names of new mailboxes are checked") {
  CHECK(check_new_mailbox_name("Arbeit/Rechnungen ü"));
  std::string deep = "a";
  for (int i = 0; i < 60; ++i) deep += "/a";
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a//b"), std::string("a/"),
        std::string("../a"), std::string("a/."), std::string("a\nb"), std::string("a\0b", 3),
        std::string("a*"), std::string("a%"), std::string("\xff"), std::string(1001, 'a'), deep,
        std::string("a\xc2\x85"), std::string("\xe2\x80\xa8")})
    CHECK_FALSE(check_new_mailbox_name(name));
}
