#include "mail/message/parameter.h"

#include <catch2/catch.hpp>

using namespace restante::message;

TEST_CASE("a type and its parameters are read") {
  const auto type =
      parse_parameterized("Text/Plain; charset=us-ascii (Plain text); Format=\"flowed\"");
  CHECK(type.value == "text");
  CHECK(type.subvalue == "plain");
  REQUIRE(type.parameters.size() == 2);
  CHECK(type.parameters[0] == Parameter{"charset", "us-ascii"});
  CHECK(type.parameters[1] == Parameter{"format", "flowed"});
}

TEST_CASE("sloppy parameters are read") {
  CHECK(parse_parameterized("(c) text (d) / (e) html;;; a = b ;").parameters.at(0) ==
        Parameter{"a", "b"});
  CHECK(parse_parameterized("x; name=my file (1).txt; b=c").parameters.size() == 2);
  CHECK(parse_parameterized("x; name=a(1).txt").parameters.at(0).value == "a(1).txt");
  CHECK(parse_parameterized("x; name=\"unfinished").parameters.at(0).value == "unfinished");
  CHECK(parse_parameterized("x; name=\"a\\\"b;c\"; d=e").parameters.at(0).value == "a\"b;c");
  CHECK(parse_parameterized("x; name=\"folded\r\n name\"").parameters.at(0).value == "folded name");
  CHECK(parse_parameterized("x; novalue; =y; a=b").parameters.size() == 1);
  CHECK(parse_parameterized("").value.empty());
  CHECK(parse_parameterized("x; a=1; b=2; c=3", 2).parameters.size() == 2);
}

TEST_CASE("continuations and charsets of RFC 2231 are resolved") {
  const auto parameters =
      parse_parameterized(
          "application/x-stuff; title*1*=%2A%2A%2Afun%2A%2A%2A%20; "
          "title*0*=us-ascii'en'This%20is%20even%20more%20; title*2=\"isn't it!\"")
          .parameters;
  CHECK(decoded_parameter(parameters, "title") == "This is even more ***fun*** isn't it!");
  CHECK(decoded_parameter(parse_parameterized("x; a*=iso-8859-1''%FCber").parameters, "a") ==
        "über");
  CHECK(decoded_parameter(parse_parameterized("x; a*0=plain; a*1=%41").parameters, "a") ==
        "plain%41");
  CHECK(decoded_parameter(parse_parameterized("x; a*0*=utf-8''%E6%97; a*1*=%A5").parameters, "a") ==
        "日");
}

TEST_CASE("the extended form wins, the first of several counts, gaps end the value") {
  CHECK(decoded_parameter(parse_parameterized("x; a=plain; a*=utf-8''%C3%BC").parameters, "a") ==
        "ü");
  CHECK(decoded_parameter(parse_parameterized("x; a=1; a=2").parameters, "a") == "1");
  CHECK(decoded_parameter(parse_parameterized("x; a*0=1; a*2=3; a*0=9").parameters, "a") == "1");
  CHECK(decoded_parameter(parse_parameterized("x; a*1=1").parameters, "a") == std::nullopt);
  CHECK(decoded_parameter({}, "a") == std::nullopt);
}

TEST_CASE("encoded-words in a parameter, which should not be there, are decoded") {
  CHECK(decoded_parameter(parse_parameterized("x; name=\"=?utf-8?Q?=C3=BC.txt?=\"").parameters,
                          "name") == "ü.txt");
}

TEST_CASE("a decoded value never has a line end or NUL in it") {
  CHECK(decoded_parameter(parse_parameterized("x; a*=utf-8''b%0D%0AX:%00").parameters, "a") ==
        "b  X: ");
}

TEST_CASE("parameters are written as token, quoted or extended") {
  CHECK(encode_parameter("name", "a.txt") == std::vector<std::string>{"name=a.txt"});
  CHECK(encode_parameter("name", "a b\".txt") == std::vector<std::string>{"name=\"a b\\\".txt\""});
  CHECK(encode_parameter("name", "") == std::vector<std::string>{"name=\"\""});
  CHECK(encode_parameter("name", "ü") == std::vector<std::string>{"name*=utf-8''%C3%BC"});
  CHECK(encode_parameter("name", "ü", true) == std::vector<std::string>{"name=\"ü\""});
}

TEST_CASE("a value that looks like an encoded-word reads back as it is") {
  const std::string value = "=?utf-8?q?a?= .txt";
  CHECK(encode_parameter("name", value, true).at(0).starts_with("name*="));
  CHECK(decoded_parameter(
            parse_parameterized("x; " + encode_parameter("name", value)[0]).parameters, "name") ==
        value);
}

TEST_CASE("long values are written in pieces that read back") {
  std::string value;
  for (int i = 0; i < 50; ++i) value += "Übersicht ";
  std::string field = "attachment";
  for (const std::string& piece : encode_parameter("filename", value)) {
    CHECK(piece.size() <= 76);
    field += "; " + piece;
  }
  CHECK(decoded_parameter(parse_parameterized(field).parameters, "filename") == value);
}
