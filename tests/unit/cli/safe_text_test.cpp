// The terminal filter: what it shows, and that nothing dangerous passes whatever comes in.
#include "cli/safe_text.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "tests/unit/cli/terminal_safety.h"

using namespace restante::cli;

TEST_CASE("Text keeps LF and TAB and shows other controls as pictures") {
  CHECK(safe_text("a\tb\nc") == "a\tb\nc");
  CHECK(safe_text("a\r\nb") == "a\nb");
  CHECK(safe_text("a\rb") ==
        "a\xe2\x90\x8d"
        "b");
  CHECK(safe_text("\x1b[31mred\a") == "\xe2\x90\x9b[31mred\xe2\x90\x87");
  CHECK(safe_text(std::string("a\0b", 3)) ==
        "a\xe2\x90\x80"
        "b");
  CHECK(safe_text("\x7f") == "\\x7F");
}

TEST_CASE("C1 controls are shown both raw and as UTF-8") {
  CHECK(safe_text("\x9b"
                  "31m") == "\\x9B31m");
  CHECK(safe_text("\xc2\x9b"
                  "31m") == "\\x9B31m");
  CHECK(safe_line("\xc2\x85") == "\\x85");
}

TEST_CASE("Characters that reorder text are named everywhere, those that hide only in lines") {
  CHECK(safe_text("a\xe2\x80\xae"
                  "b") == "a<U+202E>b");
  CHECK(safe_text("\xe2\x81\xa6") == "<U+2066>");
  CHECK(safe_text("a\xe2\x80\x8d"
                  "b") ==
        "a\xe2\x80\x8d"
        "b");
  CHECK(safe_line("a\xe2\x80\x8b"
                  "b") == "a<U+200B>b");
  CHECK(safe_line("\xef\xbb\xbf") == "<U+FEFF>");
}

TEST_CASE("Octets that are not UTF-8 are shown one by one") {
  CHECK(safe_text("\xff\xc3(") == "\\xFF\\xC3(");
  CHECK(safe_text("\xed\xa0\x80") == "\\xED\\xA0\\x80");  // a surrogate
  CHECK(safe_text("\xc0\x9b") == "\\xC0\\x9B");           // an overlong ESC
  CHECK(safe_text("Gr\xc3\xbc\xc3\x9f"
                  "e") ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
}

TEST_CASE("A field stays one field") {
  CHECK(safe_field("a\tb\nc\\d\re") == "a\\tb\\nc\\\\d\\x0De");
}

TEST_CASE("Whatever comes in, nothing dangerous goes out") {
  std::mt19937 random(412);
  const std::string pieces[] = {
      "\x1b", "]0;x\a",           "\xc2",     "\x9b",         "\xe2\x80", "\xae", "\r", "\n", "\t",
      "\x7f", "\xf3\xa0\x80\x81", "\xd8\x9c", "\xef\xbf\xb9", "ok"};
  for (int round = 0; round < 3000; ++round) {
    std::string input;
    for (int i = 0; i < 24; ++i) {
      if (random() % 2 == 0) {
        input += static_cast<char>(random() % 256);
      } else {
        input += pieces[random() % std::size(pieces)];
      }
    }
    CHECK(is_safe_for_terminal(safe_text(input)));
    CHECK(is_safe_for_terminal(safe_line(input)));
    CHECK(safe_line(input).find('\n') == std::string::npos);
    CHECK(is_safe_for_terminal(safe_field(input)));
    CHECK(safe_text(safe_text(input)) == safe_text(input));
    bool lossy = false;
    CHECK(safe_text(valid_utf8(input, lossy)).find("\\xFF") == std::string::npos);
  }
}

TEST_CASE("Width counts columns, and what does not fit ends in an ellipsis") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);  // two wide characters
  CHECK(display_width("e\xcc\x81") == 1);                 // a combining accent
  CHECK(fit_width("abcdef", 4) == "abc\xe2\x80\xa6");
  CHECK(fit_width("abcd", 4) == "abcd");
  CHECK(display_width(fit_width("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4)) <= 4);
  CHECK(fit_width("abc", 0).empty());
}
