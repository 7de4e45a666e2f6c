// Base64 of SASL exchanges: strict both ways (RFC 4648 s10).
#include <catch2/catch.hpp>

#include "mail/smtp/base64.h"

namespace smtp = restante::smtp;

TEST_CASE("the examples of RFC 4648 go both ways") {
  for (const auto& [octets, text] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {std::string("\0\xff", 2), "AP8="}}) {
    std::string encoded;
    smtp::append_base64(encoded, octets);
    CHECK(encoded == text);
    CHECK(smtp::decode_base64(text) == octets);
  }
}

TEST_CASE("malformed base64 is refused") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=",
                           "====", "Zm9v=", "Zg==Zg==", "Zm 8=", "Zh==", "Zm9=", "Zm-_", "Z=g="}) {
    CAPTURE(text);
    CHECK_FALSE(smtp::decode_base64(text));
  }
}
