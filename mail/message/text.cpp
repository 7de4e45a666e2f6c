// Bodies decoded and the choice of what a person reads.
#include "mail/message/text.h"

#include <algorithm>
#include <vector>

#include "mail/message/address.h"
#include "mail/message/parameter.h"
#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

bool is_attachment(const Part& part) {
  return part.disposition && part.disposition->type != "inline" && !part.disposition->type.empty();
}

bool is_text(const Part& part) {
  return part.type == "text" && part.first_child == kNone;
}

// CRLF becomes LF, in place.
void normalize_line_ends(std::string& text) {
  std::size_t out = text.find("\r\n");
  if (out == std::string::npos) return;
  for (std::size_t i = out; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    text[out++] = text[i];
  }
  text.resize(out);
}

// What a subtree offers to a reader.
struct Offer {
  bool plain = false;
  bool html = false;
  bool other = false;
};

// Walks the parts of the message, choosing in each multipart/alternative; embedded messages are
// entered only if `embedded`. No recursion: parts are in pre-order, so a subtree is a run.
class TextParts {
 public:
  TextParts(const Index& index, bool embedded, bool attachments)
      : index_(index), embedded_(embedded), attachments_(attachments) {}

  std::vector<std::uint32_t> choose() {
    measure();
    std::vector<std::uint32_t> chosen;
    const auto count = static_cast<std::uint32_t>(index_.parts.size());
    std::vector<bool> skipped(count, false);
    for (std::uint32_t number = 0; number < count;) {
      const Part& part = index_.parts[number];
      if (skipped[number] || (part.message != kNone && !embedded_)) {
        number = ends_[number];
        continue;
      }
      if (part.is_multipart() && part.subtype == "alternative") choose_alternative(part, skipped);
      if (offers(part)) chosen.push_back(number);
      ++number;
    }
    return chosen;
  }

 private:
  bool offers(const Part& part) const {
    return is_text(part) && (attachments_ || !is_attachment(part));
  }

  void measure() {
    const auto count = static_cast<std::uint32_t>(index_.parts.size());
    ends_.resize(count);
    offers_.resize(count);
    for (std::uint32_t number = 0; number < count; ++number) ends_[number] = number + 1;
    for (std::uint32_t number = count; number-- > 0;) {
      const Part& part = index_.parts[number];
      Offer& offer = offers_[number];
      if (offers(part)) {
        (part.subtype == "plain"  ? offer.plain
         : part.subtype == "html" ? offer.html
                                  : offer.other) = true;
      }
      if (part.parent >= number) continue;
      ends_[part.parent] = std::max(ends_[part.parent], ends_[number]);
      if (index_.parts[part.parent].message != kNone && !embedded_) continue;
      Offer& above = offers_[part.parent];
      above.plain = above.plain || offer.plain;
      above.html = above.html || offer.html;
      above.other = above.other || offer.other;
    }
  }

  void choose_alternative(const Part& part, std::vector<bool>& skipped) const {
    std::uint32_t best = kNone;
    int best_rank = 0;
    for (std::uint32_t child = part.first_child; child != kNone;
         child = index_.parts[child].next_sibling) {
      const Offer& offer = offers_[child];
      const int rank = offer.plain ? 3 : offer.html ? 2 : offer.other ? 1 : 0;
      if (rank > best_rank) {
        best = child;
        best_rank = rank;
      }
    }
    for (std::uint32_t child = part.first_child; child != kNone;
         child = index_.parts[child].next_sibling) {
      if (child != best) skipped[child] = true;
    }
  }

  const Index& index_;
  bool embedded_;
  bool attachments_;
  std::vector<std::uint32_t> ends_;  // per part: the first part after its subtree
  std::vector<Offer> offers_;
};

// Tries the message's own text first, then that of embedded messages, then attached text.
std::vector<std::uint32_t> readable_parts(const Index& index) {
  if (index.parts.size() == 1) {  // the usual message
    if (is_text(index.parts[0])) return {0};
    return {};
  }
  auto chosen = TextParts(index, false, false).choose();
  if (chosen.empty()) chosen = TextParts(index, true, false).choose();
  if (chosen.empty()) chosen = TextParts(index, true, true).choose();
  return chosen;
}

void append_words(std::string& out, std::string_view words, std::size_t limit) {
  if (words.empty() || out.size() >= limit) return;
  out.append(words.substr(0, utf8_boundary(words, limit - out.size())));
  if (out.size() < limit) out.push_back('\n');
}

void append_addresses(std::string& out, const std::vector<EnvelopeAddress>& list,
                      std::size_t limit) {
  for (const EnvelopeAddress& address : list) {
    if (address.kind == EnvelopeAddress::Kind::GroupEnd) continue;
    std::string words = display_name(address);
    if (!words.empty()) words.push_back(' ');
    words.append(guess_utf8(address.kind == EnvelopeAddress::Kind::Mailbox ? addr_spec(address)
                                                                           : address.mailbox));
    append_words(out, words, limit);
    if (out.size() >= limit) return;
  }
}

}  // namespace

std::string_view slice(std::string_view octets, Range range) {
  if (range.offset >= octets.size()) return {};
  return octets.substr(range.offset, range.length);
}

std::string decoded_body(std::string_view octets, const Part& part, std::size_t limit) {
  return decode_transfer(slice(octets, part.body), transfer_encoding(part.encoding), limit);
}

std::string decoded_text(std::string_view octets, const Part& part, std::size_t limit) {
  const std::string_view charset = raw_parameter(part.parameters, "charset").value_or("");
  // What can matter of the body is bounded as well: no charset needs more than eight octets for one
  // octet of UTF-8 (UTF-32 has four, ISO-2022 its escapes).
  const std::size_t piece = limit > kNoLimit / 8 ? kNoLimit : limit * 8 + 64;
  std::string text = to_utf8(decoded_body(octets, part, piece), charset);
  normalize_line_ends(text);
  if (text.size() > limit) text.resize(utf8_boundary(text, limit));
  return text;
}

std::uint32_t readable_part(const Index& index) {
  const std::vector<std::uint32_t> chosen = readable_parts(index);
  for (const std::string_view subtype : {"plain", "html"}) {
    for (const std::uint32_t number : chosen) {
      if (index.parts[number].subtype == subtype) return number;
    }
  }
  return chosen.empty() ? kNone : chosen.front();
}

std::string readable_text(std::string_view octets, const Index& index, std::size_t limit) {
  std::string out;
  for (const std::uint32_t number : readable_parts(index)) {
    if (out.size() >= limit) break;
    const Part& part = index.parts[number];
    std::string text = decoded_text(octets, part, limit);
    if (part.subtype == "html") text = html_to_text(text, limit);
    if (!out.empty() && out.back() != '\n') out.push_back('\n');
    out.append(text);
  }
  if (out.size() > limit) out.resize(utf8_boundary(out, limit));
  return out;
}

std::string search_text(std::string_view octets, const Index& index, std::size_t limit) {
  std::string out;
  append_words(out, index.subject, limit);
  const Envelope& envelope = index.messages.front().envelope;
  for (const auto* list : {&envelope.from, &envelope.sender, &envelope.reply_to, &envelope.to,
                           &envelope.cc, &envelope.bcc}) {
    append_addresses(out, *list, limit);
  }
  for (const Part& part : index.parts) {
    if (out.size() >= limit) break;
    append_words(out, part.file_name, limit);
    if (!is_text(part) || out.size() >= limit) continue;
    std::string text = decoded_text(octets, part, limit - out.size());
    if (part.subtype == "html") text = html_to_text(text, limit - out.size());
    append_words(out, text, limit);
  }
  return out;
}

}  // namespace restante::message
