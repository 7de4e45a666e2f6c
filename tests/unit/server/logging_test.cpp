// One event is one line, whatever strangers put into it.
#include <catch2/catch.hpp>

#include "server/logging.h"

namespace restante {

TEST_CASE("plain values stand as they are", "[logging]") {
  CHECK(log_value("192.0.2.1") == "192.0.2.1");
  CHECK(log_value("jo@example.org") == "jo@example.org");
  CHECK(log_line(12, "login failed", {{"user", "jo"}, {"peer", "::1"}}) ==
        "session=12 login failed user=jo peer=::1");
  CHECK(log_line(0, "ready", {}) == "ready");
}

TEST_CASE("values that could be taken for something else are quoted", "[logging]") {
  CHECK(log_value("") == "\"\"");
  CHECK(log_value("a b") == "\"a b\"");
  CHECK(log_value("a=b") == "\"a=b\"");
  CHECK(log_value("say \"x\"\\") == R"("say \"x\"\\")");
  CHECK(log_value("Grüße") == "\"Grüße\"");
}

TEST_CASE("hostile octets are shown, not obeyed", "[logging]") {
  CHECK(log_value("a\r\n2026-01-01T00:00:00Z info forged") ==
        R"("a\u{d}\u{a}2026-01-01T00:00:00Z info forged")");
  CHECK(log_value("\x1b[2J\x7f") == R"("\u{1b}[2J\u{7f}")");
  CHECK(log_value(std::string_view("\0x", 2)) == R"("\u{0}x")");
  CHECK(log_value("\xc2\x9b") == R"("\u{9b}")");            // C1 in UTF-8
  CHECK(log_value("\xe2\x80\xae") == R"("\u{202e}")");      // right-to-left override
  CHECK(log_value("\xe2\x81\xa6") == R"("\u{2066}")");      // isolate
  CHECK(log_value("\xe2\x80\xa8") == R"("\u{2028}")");      // line separator
  CHECK(log_value("\xff\xfe") == R"("\xff\xfe")");          // not UTF-8
  CHECK(log_value("\xc0\x8a") == R"("\xc0\x8a")");          // overlong LF
  CHECK(log_value("\xed\xa0\x80") == R"("\xed\xa0\x80")");  // surrogate
  CHECK(log_value("\xe2\x80") == R"("\xe2\x80")");          // cut off
}

TEST_CASE("long values are cut and say so", "[logging]") {
  const std::string shown = log_value(std::string(100'000, 'x'));
  CHECK(shown == "\"" + std::string(500, 'x') + "\"+99500");
  CHECK(log_value(std::string(100'000, '\n')).size() < 3100);
  // A character is not cut into something else than escapes.
  CHECK(log_value(std::string(499, 'x') + "\xc3\xbc") ==
        "\"" + std::string(499, 'x') + "\\xc3\"+1");
}

TEST_CASE("every octet value gives printable ASCII or UTF-8", "[logging]") {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string value = log_value(std::string(3, static_cast<char>(octet)));
    for (const char c : value) CHECK((c >= 0x20 && c < 0x7f));
  }
}

}  // namespace restante
