// Parts with NUL to base64. See binary_parts.h.
#include "mail/message/binary_parts.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

constexpr std::string_view kField = "content-transfer-encoding:";
constexpr std::string_view kBase64 = "Content-Transfer-Encoding: base64\r\n";

std::string_view text_of(std::string_view octets, const Range& range) {
  return octets.substr(static_cast<std::size_t>(range.offset),
                       static_cast<std::size_t>(range.length));
}

bool begins_field(std::string_view line) {
  return line.size() >= kField.size() &&
         std::ranges::equal(line.substr(0, kField.size()), kField, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// The octets of the first such field with its folded lines; where there is none, no octets at the
// empty line. nullopt: the header has no end.
std::optional<Range> find_field(std::string_view header) {
  std::size_t at = 0;
  while (at < header.size()) {
    const std::size_t end = header.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = header.substr(at, end + 1 - at);
    if (line == "\r\n" || line == "\n") return Range{at, 0};
    std::size_t next = end + 1;
    if (begins_field(line)) {
      while (next < header.size() && (header[next] == ' ' || header[next] == '\t')) {
        const std::size_t folded = header.find('\n', next);
        if (folded == std::string_view::npos) return std::nullopt;
        next = folded + 1;
      }
      return Range{at, next - at};
    }
    at = next;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> encode_nul_parts(std::string octets, const Index& index) {
  const std::string_view all = octets;
  std::string out;
  std::size_t copied = 0;  // of all
  const auto copy_to = [&](std::uint64_t end) {
    out += all.substr(copied, static_cast<std::size_t>(end) - copied);
    copied = static_cast<std::size_t>(end);
  };
  for (const Part& part : index.parts) {
    if (part.first_child != kNone || part.is_multipart()) continue;
    const std::string_view body = text_of(all, part.body);
    if (body.find('\0') == std::string_view::npos) continue;
    if (transfer_encoding(part.encoding) != TransferEncoding::Identity) return std::nullopt;
    const auto field = find_field(text_of(all, part.header));
    if (!field || part.header.offset < copied || part.body.offset < copied) return std::nullopt;
    copy_to(part.header.offset + field->offset);
    out += kBase64;
    copied += static_cast<std::size_t>(field->length);
    copy_to(part.body.offset);
    out += encode_base64(body);
    copied = static_cast<std::size_t>(part.body.offset + part.body.length);
  }
  copy_to(all.size());
  if (out.find('\0') != std::string::npos) return std::nullopt;
  return out;
}

}  // namespace restante::message
