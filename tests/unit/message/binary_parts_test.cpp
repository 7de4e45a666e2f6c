// NUL in body parts becomes base64.
#include "mail/message/binary_parts.h"

#include <catch2/catch.hpp>

namespace restante::message {
namespace {

using namespace std::string_literals;

std::optional<std::string> encoded(const std::string& octets) {
  return encode_nul_parts(octets, index(octets));
}

}  // namespace

TEST_CASE("A message that is one binary part becomes base64") {
  CHECK(encoded("Subject: x\r\nContent-Transfer-Encoding:\r\n binary\r\nTo: y\r\n\r\na\0b"s) ==
        "Subject: x\r\nContent-Transfer-Encoding: base64\r\nTo: y\r\n\r\nYQBi\r\n"s);
  CHECK(encoded("Subject: x\r\n\r\na\0b"s) ==
        "Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\nYQBi\r\n"s);
}

TEST_CASE("Only the parts with NUL change") {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
      "--b\r\nContent-Transfer-Encoding: binary\r\n\r\nplain\r\n"
      "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: BINARY\r\n\r\n\0\x01\x02\r\n"
      "--b--\r\n"s;
  const auto result = encoded(message);
  REQUIRE(result);
  CHECK(*result ==
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--b\r\nContent-Transfer-Encoding: binary\r\n\r\nplain\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n\r\n"
        "--b--\r\n");
  const Index found = index(*result);
  REQUIRE(found.parts.size() == 3);
  CHECK(found.parts[2].encoding == "base64");
}

TEST_CASE("NUL where nothing can encode it is refused") {
  CHECK_FALSE(encoded("Subject: \0\r\n\r\nbody\r\n"s));
  CHECK_FALSE(encoded("Content-Transfer-Encoding: quoted-printable\r\n\r\na\0b\r\n"s));
  CHECK_FALSE(
      encoded("Content-Type: multipart/mixed; boundary=b\r\n\r\n\0\r\n--b\r\n\r\nx\r\n--b--\r\n"s));
  CHECK_FALSE(encoded("a\0b"s));
  CHECK(encoded("Subject: x\r\n\r\nbody\r\n") == "Subject: x\r\n\r\nbody\r\n");
}

}  // namespace restante::message
