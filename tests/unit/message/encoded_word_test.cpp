#include "mail/message/encoded_word.h"

#include <catch2/catch.hpp>

using namespace restante::message;

TEST_CASE("the examples of RFC 2047 s8 are decoded") {
  CHECK(decode_words("=?ISO-8859-1?Q?a?=") == "a");
  CHECK(decode_words("=?ISO-8859-1?Q?a?= b") == "a b");
  CHECK(decode_words("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=") == "ab");
  CHECK(decode_words("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=") == "ab");
  CHECK(decode_words("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=") == "ab");
  CHECK(decode_words("=?ISO-8859-1?Q?a_b?=") == "a b");
  CHECK(decode_words("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=") == "a b");
  CHECK(decode_words("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
                     "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=") ==
        "If you can read this you understand the example.");
}

TEST_CASE("a character split across adjacent words is joined") {
  CHECK(decode_words("=?utf-8?Q?=E6=97?= =?UTF-8?Q?=A5?=") == "日");
  CHECK(decode_words("=?utf-8?B?5pc=?= =?utf-8?B?pQ==?= x") == "日 x");
}

TEST_CASE("a language after the charset is ignored") {
  CHECK(decode_words("=?us-ascii*en-us?Q?hi?=") == "hi");
}

TEST_CASE("what is no encoded-word stands as it is") {
  CHECK(decode_words("=?x?y?z?=") == "=?x?y?z?=");
  CHECK(decode_words("=?utf-8?Q?unfinished") == "=?utf-8?Q?unfinished");
  CHECK(decode_words("a =? b ?= c") == "a =? b ?= c");
  CHECK(decode_words("=?=?utf-8?q?a?=") == "=?a");
  CHECK(decode_words("") == "");
}

TEST_CASE("words inside other text and with blanks are understood, as mailers write them") {
  CHECK(decode_words("Re:=?utf-8?Q?a?=b") == "Re:ab");
  CHECK(decode_words("=?utf-8?Q?a b?=") == "a b");
  CHECK(decode_words("=?utf-8?Q?"
                     "?= x") == " x");
}

TEST_CASE("8-bit text without encoding is guessed") {
  CHECK(decode_words("Grüße") == "Grüße");
  CHECK(decode_words("Gr\xfc\xdf"
                     "e") == "Grüße");
}

TEST_CASE("the result is one line without NUL, even where the words say otherwise") {
  CHECK(decode_words("=?utf-8?Q?a=0D=0AX:_b=00?=") == "a  X: b ");
  CHECK(decode_words("a\r\n b") == "a b");
}

TEST_CASE("control characters survive encoding, as what shows them decides about them") {
  CHECK(decode_words(encode_words("a\x01 b\x1b")) == "a\x01 b\x1b");
}

TEST_CASE("many unfinished words take linear time") {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "=?a?q?x";
  const bool unchanged = decode_words(text) == text;
  CHECK(unchanged);
}

TEST_CASE("encoded-words are at most 75 octets and decode to the same text") {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += i % 3 == 0 ? "日本 " : i % 3 == 1 ? "plain words " : "Grüße? ";
  const std::string encoded = encode_words(text, 9);
  std::size_t start = 0;
  bool first = true;
  while (start < encoded.size()) {
    const std::size_t end = std::min(encoded.find("\r\n ", start), encoded.size());
    CHECK(end - start <= (first ? 66 : 75));
    first = false;
    start = end + 3;
  }
  CHECK(decode_words(encoded) == text);
  CHECK(encode_words("ü") == "=?utf-8?q?=C3=BC?=");
  CHECK(encode_words("Lunch at Müller") == "=?utf-8?q?Lunch_at_M=C3=BCller?=");
}
