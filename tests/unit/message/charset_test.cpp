#include "mail/message/charset.h"

#include <catch2/catch.hpp>

using namespace restante::message;

TEST_CASE("common charsets are converted to UTF-8") {
  CHECK(to_utf8("gr\xc3\xbc\xc3\x9f", "UTF-8") == "grüß");
  CHECK(to_utf8("gr\xfc\xdf", "ISO-8859-1") == "grüß");
  CHECK(to_utf8("5 \x80", "windows-1252") == "5 €");
  CHECK(to_utf8("5 \xa4", "iso-8859-15") == "5 €");
  CHECK(to_utf8("\x1b$BF|K\\8l\x1b(B", "ISO-2022-JP") == "日本語");
  CHECK(to_utf8("\xb1\xb1\xbe\xa9", "gb2312") == "北京");
  CHECK(to_utf8(std::string_view("\0A\0b", 4), "utf-16be") == "Ab");
  CHECK(to_utf8("\xcb\xd2\xc9", "koi8-r") == "кри");
}

TEST_CASE("iso-8859-1 is read as windows-1252, as every client does") {
  CHECK(to_utf8("\x93hi\x94", "iso-8859-1") == "“hi”");
  CHECK(to_utf8("\x81", "latin1") == "\xef\xbf\xbd");
}

TEST_CASE("an unknown charset falls back to UTF-8 if valid and windows-1252 if not") {
  for (const char* name :
       {"", "x-unknown", "us-ascii", "../../etc/passwd", "a/b", "utf-8,version=1"}) {
    CHECK(to_utf8("ü", name) == "ü");
    CHECK(to_utf8("\xfc", name) == "ü");
  }
}

TEST_CASE("a charset's name is a key, never a path or an option of ICU") {
  CHECK(is_known_charset("Shift_JIS"));
  CHECK(is_known_charset("us-ascii"));
  CHECK_FALSE(is_known_charset("../koi8-r"));
  CHECK_FALSE(is_known_charset("koi8-r,locale=de"));
  CHECK_FALSE(is_known_charset("/etc/passwd"));
  CHECK_FALSE(is_known_charset(std::string(1000, 'a')));
}

TEST_CASE("invalid UTF-8 becomes replacement characters, one for each maximal piece") {
  CHECK(to_utf8("a\xe6\x97z", "utf-8") == "a\xef\xbf\xbdz");
  CHECK(to_utf8("\xc0\xaf", "utf-8") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(to_utf8("\xed\xa0\x80", "utf-8") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a limit cuts between characters") {
  CHECK(to_utf8("ab日本", "utf-8", 6) == "ab日");
  CHECK(to_utf8("\xfc\xfc", "iso-8859-1", 3) == "ü");
  CHECK(to_utf8("\x1b$BF|K\\8l\x1b(B", "iso-2022-jp", 7) == "日本");
  CHECK(to_utf8("abc", "utf-8", 0).empty());
}

TEST_CASE("UTF-8 is recognised without overlong forms and surrogates") {
  CHECK(is_utf8("日本語 \xf0\x9f\x93\xae"));
  CHECK_FALSE(is_utf8("\xc0\xaf"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
  CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));
  CHECK_FALSE(is_utf8("\xe6\x97"));
}

TEST_CASE("the boundary before a position does not cut a character") {
  CHECK(utf8_boundary("a日", 1) == 1);
  CHECK(utf8_boundary("a日", 2) == 1);
  CHECK(utf8_boundary("a日", 3) == 1);
  CHECK(utf8_boundary("a日", 9) == 4);
}
