#include "mail/message/header.h"

#include <catch2/catch.hpp>

using namespace restante::message;

TEST_CASE("fields are found by name in any case and unfolded") {
  const std::string octets =
      "X-A: one\r\n two\r\nx-a:three \r\nB: =?utf-8?q?=C3=BC?=\r\n\r\nX-A: body\r\n";
  const Index found = index(octets);
  CHECK(field_bodies(octets, found, "X-a") == std::vector<std::string>{"one two", "three"});
  CHECK(count_fields(octets, found, "x-A") == 2);
  CHECK(decoded_field(octets, found, "b") == "ü");
  CHECK(decoded_field(octets, found, "c") == std::nullopt);
  CHECK(field_bodies(octets, found, "B", 7).empty());
  CHECK(field_name(octets, found.messages[0].fields[0]) == "X-A");
}

TEST_CASE("unfolding keeps blanks and removes line ends and NUL") {
  CHECK(unfold(" a\r\n\tb\r\n ") == "a\tb");
  CHECK(unfold("a\nb") == "a b");
  CHECK(unfold(std::string_view("a\0b", 3)) == "a b");
  CHECK(unfold("").empty());
}

TEST_CASE("fields are removed from the message's own header only") {
  const std::string octets = "A: 1\r\nBcc: x@y,\r\n z@y\r\nB: 2\r\nBCC : q@y\r\n\r\nBcc: stays\r\n";
  CHECK(remove_fields(octets, {"bcc"}) == "A: 1\r\nB: 2\r\n\r\nBcc: stays\r\n");
  CHECK(remove_fields(octets, {"a", "b"}) ==
        "Bcc: x@y,\r\n z@y\r\nBCC : q@y\r\n\r\nBcc: stays\r\n");
  CHECK(remove_fields("no header\r\nBcc: stays", {"bcc"}) == "no header\r\nBcc: stays");
  CHECK(remove_fields("Bcc: x", {"bcc"}).empty());
}

TEST_CASE("line ends, NUL and invalid UTF-8 make a header value unsafe") {
  CHECK(is_safe_header_value("plain ü"));
  CHECK_FALSE(is_safe_header_value("a\r\nX: y"));
  CHECK_FALSE(is_safe_header_value("a\ny"));
  CHECK_FALSE(is_safe_header_value(std::string_view("a\0b", 3)));
  CHECK_FALSE(is_safe_header_value("\xfc"));
}

TEST_CASE("a field is folded at blanks to 78 octets and 998 always") {
  std::string value;
  for (int i = 0; i < 40; ++i) value += "word" + std::to_string(i) + "  ";
  const std::string field = fold_field("Subject", value);
  std::size_t start = 0;
  for (std::size_t end = field.find("\r\n"); end != std::string::npos;
       end = field.find("\r\n", start)) {
    CHECK(end - start <= 78);
    CHECK(field.substr(start, end - start).find_first_not_of(" \t") != std::string::npos);
    start = end + 2;
  }
  CHECK(start == field.size());
  CHECK(unfold(field.substr(8)) == value.substr(0, value.size() - 2));
  CHECK(fold_field("A", "") == "A:\r\n");
  const std::string long_word = fold_field("A", std::string(3000, 'x'));
  CHECK(long_word.find("\r\n") <= 998);
}
