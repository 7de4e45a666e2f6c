// Folding and the searched texts. See searched_text.h.
#include "mail/message/searched_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "mail/message/address.h"
#include "mail/message/casemap.h"
#include "mail/message/charset.h"
#include "mail/message/encoded_word.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

namespace restante::message {
namespace {

constexpr std::size_t kPieceOctets = 64 * 1024;

void append_lower(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out += text;
  for (std::size_t i = before; i < out.size(); ++i)
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + 32);
}

// Appends the folded form of valid UTF-8 until out has limit octets.
void append_folded(std::string& out, std::string_view utf8, std::size_t limit) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  // In pieces: one character may become eighteen, and the result is bounded.
  while (!utf8.empty() && out.size() < limit) {
    std::size_t length = utf8.size();
    if (length > kPieceOctets) {
      const std::size_t blank = utf8.substr(0, kPieceOctets).find_last_of(" \n");
      length =
          blank == std::string_view::npos || blank == 0 ? utf8_boundary(utf8, kPieceOctets) : blank;
    }
    const std::string_view piece = utf8.substr(0, length);
    utf8.remove_prefix(length);
    if (is_ascii(piece) || U_FAILURE(status) || casefold == nullptr) {
      append_lower(out, piece);
      continue;
    }
    std::string folded;
    icu::StringByteSink<std::string> sink(&folded);
    casefold->normalizeUTF8(0, icu::StringPiece(piece.data(), static_cast<int32_t>(piece.size())),
                            sink, nullptr, status);
    append_lower(out, casemap(folded));
  }
}

void append_header(std::string& out, std::string_view octets, const Index& index,
                   std::size_t message) {
  if (message >= index.messages.size()) return;
  for (const HeaderField& field : index.messages[message].fields) {
    if (out.size() >= kSearchedTextOctets) return;
    const std::string line = std::string(field_name(octets, field)) + ": " +
                             decode_words(unfold(field_body(octets, field))) + '\n';
    append_folded(out, guess_utf8(line), kSearchedTextOctets);
  }
}

}  // namespace

std::string fold(std::string_view utf8) {
  std::string out;
  if (is_utf8(utf8)) {
    append_folded(out, utf8, kNoLimit);
  } else {
    append_folded(out, guess_utf8(utf8), kNoLimit);
  }
  return out;
}

std::string searched_subject(const Index& index) {
  return fold(index.subject);
}

std::string searched_addresses(const std::vector<EnvelopeAddress>& addresses) {
  std::string shown;
  for (const EnvelopeAddress& address : addresses) {
    shown += display_name(address);
    if (address.kind == EnvelopeAddress::Kind::GroupStart)
      shown += decode_words(address.mailbox);
    else
      shown += " <" + addr_spec(address) + '>';
    shown += '\n';
  }
  return fold(shown);
}

std::string searched_field(std::string_view octets, const HeaderField& field) {
  return fold(decode_words(unfold(field_body(octets, field))));
}

std::string searched_header(std::string_view octets, const Index& index) {
  std::string out;
  append_header(out, octets, index, 0);
  return out;
}

std::string searched_body(std::string_view octets, const Index& index) {
  std::string out;
  for (const Part& part : index.parts) {
    if (out.size() >= kSearchedTextOctets) break;
    if (part.message != kNone) append_header(out, octets, index, part.message);
    if (part.type != "text") continue;
    const std::string text = decoded_text(octets, part, kSearchedTextOctets);
    append_folded(out, text, kSearchedTextOctets);
    out += '\n';
    if (part.subtype != "html" || out.size() >= kSearchedTextOctets) continue;
    append_folded(out, html_to_text(text, kSearchedTextOctets), kSearchedTextOctets);
    out += '\n';
  }
  return out;
}

char32_t base_letter(char32_t character) {
  if (character < 0x80) return character;
  const auto code = static_cast<UChar32>(character);
  const auto is_mark = [](UChar32 c) {
    return (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0;
  };
  if (is_mark(code)) return 0;
  constexpr char32_t kFirstHangul = 0xac00;
  constexpr char32_t kLastHangul = 0xd7a3;
  if (character >= kFirstHangul && character <= kLastHangul) return character;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* canonical = icu::Normalizer2::getNFCInstance(status);
  icu::UnicodeString decomposed;
  if (U_FAILURE(status) || canonical == nullptr ||
      canonical->getDecomposition(code, decomposed) == 0)
    return character;
  const UChar32 base = decomposed.char32At(0);
  return is_mark(base) ? 0 : static_cast<char32_t>(base);
}

}  // namespace restante::message
