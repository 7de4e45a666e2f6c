// Content-Transfer-Encoding (RFC 2045 s6): base64, quoted-printable, and uuencode for reading only.
// Decoding is lenient, bounded and never fails. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/charset.h"

namespace restante::message {

enum class TransferEncoding : std::uint8_t { Identity, QuotedPrintable, Base64, Uuencode, Unknown };

// 7bit, 8bit, binary and none are Identity; x-uuencode and its like Uuencode; any case.
TransferEncoding transfer_encoding(std::string_view name);

// Decodes in pieces of any size: memory is constant (one line's trailing blanks are bounded).
// Foreign characters in base64 are skipped, a malformed "=XY" of quoted-printable stands as it is.
class TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}
  void feed(std::string_view octets, std::string& out);  // appends what is decoded to out
  void finish(std::string& out);                         // appends what was held back

 private:
  void feed_base64(std::string_view octets, std::string& out);
  void feed_quoted(std::string_view octets, std::string& out);
  void feed_uu(std::string_view octets, std::string& out);
  void uu_line(std::string_view line, std::string& out);

  TransferEncoding encoding_;
  std::uint32_t bits_ = 0;
  std::uint32_t bit_count_ = 0;
  std::string held_;     // quoted-printable: an unfinished escape or trailing blanks; uu: a line
  bool inside_ = false;  // uuencode: between begin and end
  bool done_ = false;    // uuencode: after end
};

// Decodes a whole body, at most limit octets of result. Identity and Unknown give octets back.
std::string decode_transfer(std::string_view octets, TransferEncoding encoding,
                            std::size_t limit = kNoLimit);
std::string decode_base64(std::string_view octets, std::size_t limit = kNoLimit);
std::string decode_quoted_printable(std::string_view octets, std::size_t limit = kNoLimit);

// Base64 in lines of line_length (a multiple of 4; 0: one line) ending in CRLF, the last included.
std::string encode_base64(std::string_view octets, std::size_t line_length = 76);

// Quoted-printable for text with CRLF line ends, lines of at most 76 octets; a line's trailing
// blank, a leading "From " and a lone "." are protected.
std::string encode_quoted_printable(std::string_view text);

}  // namespace restante::message
