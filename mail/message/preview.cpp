// Makes the preview from a bounded piece of the part that readable_part chooses.
#include "mail/message/preview.h"

#include <algorithm>

#include "mail/message/charset.h"
#include "mail/message/parameter.h"
#include "mail/message/text.h"
#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

constexpr std::size_t kTextPiece = 4096;   // octets of a body looked at
constexpr std::size_t kHtmlPiece = 32768;  // styles stand before the first word
constexpr std::size_t kOctetsPerCharacter = 4;

}  // namespace

std::string make_preview(std::string_view octets, const Index& index, std::size_t characters) {
  const std::uint32_t number = readable_part(index);
  if (number == kNone || characters == 0) return {};
  const Part& part = index.parts[number];
  const bool html = part.subtype == "html";
  const std::string_view piece = slice(octets, part.body).substr(0, html ? kHtmlPiece : kTextPiece);
  const std::string decoded = decode_transfer(piece, transfer_encoding(part.encoding));
  std::string text = to_utf8(decoded, raw_parameter(part.parameters, "charset").value_or(""));
  if (html) text = html_to_text(text, 2 * kOctetsPerCharacter * characters);
  std::string out;
  out.reserve(std::min(text.size(), kOctetsPerCharacter * characters));
  std::size_t count = 0;
  bool blank = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= ' ' || c == 0x7f || text.compare(i, 2, "\xc2\xa0") == 0) {
      blank = !out.empty();
      i += c == 0xc2 ? 2 : 1;
      continue;
    }
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
    const bool control = c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;  // C1
    if (!control) {
      if (count + (blank ? 2 : 1) > characters) break;
      if (blank) out.push_back(' ');
      out.append(text, i, next - i);
      count += blank ? 2 : 1;
      blank = false;
    }
    i = next;
  }
  return out;
}

}  // namespace restante::message
