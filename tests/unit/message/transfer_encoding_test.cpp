#include "mail/message/transfer_encoding.h"

#include <catch2/catch.hpp>

using namespace restante::message;

TEST_CASE("base64 is decoded across lines and foreign characters") {
  CHECK(decode_base64("SGVs\r\nbG8=") == "Hello");
  CHECK(decode_base64("S G*V-s\nbG8") == "Hello");
  CHECK(decode_base64("SGVsbG8=SGVsbG8=") == "HelloHello");
  CHECK(decode_base64("").empty());
  CHECK(decode_base64("=").empty());
  CHECK(decode_base64("A").empty());
}

TEST_CASE("quoted-printable is decoded, soft breaks joined and trailing blanks dropped") {
  CHECK(decode_quoted_printable("a=3Db") == "a=b");
  CHECK(decode_quoted_printable("one=\r\ntwo") == "onetwo");
  CHECK(decode_quoted_printable("one= \t\r\ntwo") == "onetwo");
  CHECK(decode_quoted_printable("one=\ntwo") == "onetwo");
  CHECK(decode_quoted_printable("blanks  \t\r\nnext") == "blanks\r\nnext");
  CHECK(decode_quoted_printable("a b") == "a b");
  CHECK(decode_quoted_printable("=c3=BC") == "ü");
  CHECK(decode_quoted_printable("end  ") == "end");
  CHECK(decode_quoted_printable("end=") == "end");
}

TEST_CASE("a malformed escape of quoted-printable stands as it is") {
  CHECK(decode_quoted_printable("a=ZZb") == "a=ZZb");
  CHECK(decode_quoted_printable("a=4") == "a=4");
  CHECK(decode_quoted_printable("a=4 b") == "a=4 b");
  CHECK(decode_quoted_printable("==41") == "=A");
}

TEST_CASE("uuencode is decoded between begin and end") {
  CHECK(decode_transfer("noise\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nmore",
                        TransferEncoding::Uuencode) == "Cat");
}

TEST_CASE("names of transfer encodings are known in any case") {
  CHECK(transfer_encoding("BASE64") == TransferEncoding::Base64);
  CHECK(transfer_encoding("Quoted-Printable") == TransferEncoding::QuotedPrintable);
  CHECK(transfer_encoding("8BIT") == TransferEncoding::Identity);
  CHECK(transfer_encoding("") == TransferEncoding::Identity);
  CHECK(transfer_encoding("x-yenc") == TransferEncoding::Unknown);
}

TEST_CASE("decoding in pieces gives what decoding at once gives") {
  const std::string text = "a=3D=\r\n b \t\r\nc=\t\r\n=C3=BC =zz \r";
  for (std::size_t step = 1; step < 8; ++step) {
    std::string out;
    TransferDecoder decoder(TransferEncoding::QuotedPrintable);
    for (std::size_t i = 0; i < text.size(); i += step)
      decoder.feed(std::string_view(text).substr(i, step), out);
    decoder.finish(out);
    CHECK(out == decode_quoted_printable(text));
  }
}

TEST_CASE("a limit bounds the result") {
  CHECK(decode_base64(encode_base64(std::string(200000, 'x')), 100) == std::string(100, 'x'));
  CHECK(decode_transfer("abcdef", TransferEncoding::Identity, 3) == "abc");
}

TEST_CASE("base64 is written in lines of 76") {
  CHECK(encode_base64("Hello") == "SGVsbG8=\r\n");
  CHECK(encode_base64("Hello", 0) == "SGVsbG8=");
  CHECK(encode_base64(std::string(57, 'a')).size() == 78);
  CHECK(encode_base64("").empty());
}

TEST_CASE("quoted-printable lines stay short and hide what transport would change") {
  const std::string long_text(300, 'x');
  const std::string encoded = encode_quoted_printable(long_text + " \r\nFrom here\r\n.\r\nü\r\n");
  std::size_t start = 0;
  for (std::size_t end = encoded.find("\r\n"); end != std::string::npos;
       end = encoded.find("\r\n", start)) {
    CHECK(end - start <= 76);
    start = end + 2;
  }
  CHECK(encoded.find("=20\r\n") != std::string::npos);
  CHECK(encoded.find("\r\n=46rom here") != std::string::npos);
  CHECK(encoded.find("\r\n=2E\r\n") != std::string::npos);
  CHECK(encoded.find("=C3=BC") != std::string::npos);
}

TEST_CASE("what is encoded decodes to the same octets") {
  std::string octets;
  for (int i = 0; i < 2000; ++i) octets.push_back(static_cast<char>((i * 7919) % 256));
  CHECK(decode_base64(encode_base64(octets)) == octets);
  CHECK(decode_quoted_printable(encode_quoted_printable(octets)) == octets);
}
