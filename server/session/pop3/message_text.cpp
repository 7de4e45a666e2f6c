#include "server/session/pop3/message_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "mail/message/charset.h"

namespace restante::session {
namespace {

// Octets that are no UTF-8 are older than it: such messages go out as they always have.
bool is_international(std::string_view header) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  return !std::ranges::all_of(header, is_ascii) && message::is_utf8(header);
}

// Looks at the headers of all parts in the order of their octets; reads each piece once.
Result<bool> needs_utf8(storage::Reader& reader, BlobId blob, const message::Index& index,
                        std::string_view first) {
  std::vector<message::Range> headers;
  headers.reserve(index.parts.size());
  for (const message::Part& part : index.parts) headers.push_back(part.header);
  std::ranges::sort(headers, {}, &message::Range::offset);
  std::string held;
  std::string_view piece = first;
  std::uint64_t piece_at = 0;
  for (const message::Range& header : headers) {
    if (header.offset + header.length > piece_at + piece.size()) {
      auto read = reader.octets(blob, header.offset, std::max(header.length, kMessagePieceOctets));
      if (!read) return std::unexpected(read.error());
      held = std::move(*read);
      piece = held;
      piece_at = header.offset;
    }
    if (is_international(piece.substr(header.offset - piece_at, header.length))) return true;
  }
  return false;
}

}  // namespace

Result<MessageOpening> open_message(storage::Reader& reader, BlobId blob, bool ascii_only) {
  auto first = reader.octets(blob, 0, kMessagePieceOctets);
  if (!first) return std::unexpected(first.error());
  MessageOpening opening;
  if (ascii_only) {
    const auto index = reader.index(blob);
    if (!index) return std::unexpected(index.error());
    const auto international = needs_utf8(reader, blob, *index, *first);
    if (!international) return std::unexpected(international.error());
    opening.needs_utf8 = *international;
  }
  if (!opening.needs_utf8) opening.octets = std::move(*first);
  return opening;
}

}  // namespace restante::session
