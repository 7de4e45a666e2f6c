// Fuzz target: transfer encodings, encoded-words, charsets, parameters and HTML.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/charset.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/parameter.h"
#include "mail/message/text.h"
#include "mail/message/transfer_encoding.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante::message;
using restante::fuzz::require;

// Decoding in pieces gives what decoding at once gives.
void check_streaming(std::string_view octets, TransferEncoding encoding) {
  const std::string whole = decode_transfer(octets, encoding);
  std::string pieces;
  TransferDecoder decoder(encoding);
  std::size_t step = 1;
  for (std::string_view rest = octets; !rest.empty();) {
    const std::size_t take = std::min(step, rest.size());
    decoder.feed(rest.substr(0, take), pieces);
    rest.remove_prefix(take);
    step = step % 7 + 1;
  }
  decoder.finish(pieces);
  require(pieces == whole);
  require(whole.size() <= octets.size() + 2);
  require(decode_transfer(octets, encoding, 10).size() <= 10);
}

void check_encoders(std::string_view octets) {
  require(decode_base64(encode_base64(octets)) == octets);
  require(decode_quoted_printable(encode_quoted_printable(octets)) == octets);
  std::string text = guess_utf8(octets);
  if (!is_safe_header_value(text)) return;
  require(decode_words(encode_words(text)) == text);
  std::string field;
  for (const std::string& piece : encode_parameter("name", text)) field += "; " + piece;
  const ParameterizedValue parsed = parse_parameterized("attachment" + field);
  if (!text.empty()) require(decoded_parameter(parsed.parameters, "name").value_or("?") == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  check_streaming(octets, TransferEncoding::Base64);
  check_streaming(octets, TransferEncoding::QuotedPrintable);
  check_streaming(octets, TransferEncoding::Uuencode);
  check_encoders(octets);

  const std::string words = decode_words(octets);
  require(is_utf8(words) && words.find('\n') == std::string::npos);
  require(decode_words(octets, 20).size() <= 20);

  const std::size_t split = std::min<std::size_t>(octets.find('\n'), size);
  const std::string_view charset = octets.substr(0, split);
  require(is_utf8(to_utf8(octets.substr(split), charset)));
  require(to_utf8(octets.substr(split), charset, 9).size() <= 9);

  const ParameterizedValue value = parse_parameterized(octets, 50);
  require(value.parameters.size() <= 50);
  for (const char* name : {"name", "filename", "charset", "a"}) {
    const auto decoded = decoded_parameter(value.parameters, name);
    if (decoded) require(is_utf8(*decoded));
  }
  const std::string html = html_to_text(guess_utf8(octets));
  require(is_utf8(html));
  require(html_to_text(guess_utf8(octets), 15).size() <= 15);
  return 0;
}
