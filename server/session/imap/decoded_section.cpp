// Decoding in two passes of pieces. See decoded_section.h.
#include "server/session/imap/decoded_section.h"

#include <algorithm>
#include <limits>

namespace restante::session {
namespace {

constexpr std::uint64_t kPieceOctets = 256 * 1024;  // encoded

}  // namespace

DecodedSection::DecodedSection(BlobId blob, message::Range body, message::TransferEncoding encoding,
                               const std::optional<imap::Partial>& partial)
    : blob_(blob),
      body_(body),
      encoding_(encoding),
      end_(std::numeric_limits<std::uint64_t>::max()),
      decoder_(encoding) {
  if (!partial) return;
  begin_ = partial->offset;
  end_ = partial->length > end_ - begin_ ? end_ : begin_ + partial->length;
}

void DecodedSection::restart() {
  decoder_ = message::TransferDecoder(encoding_);
  read_ = decoded_ = 0;
}

// The next decoded octets as far as they were asked for.
Result<std::string> DecodedSection::next_piece(storage::Reader& reader) {
  const std::uint64_t length = std::min(body_.length - read_, kPieceOctets);
  const auto encoded = reader.octets(blob_, body_.offset + read_, length);
  if (!encoded) return std::unexpected(encoded.error());
  if (encoded->size() != length) return fail(ErrorKind::Corrupt, "message cut short");
  read_ += length;
  std::string piece;
  decoder_.feed(*encoded, piece);
  if (read_ == body_.length) decoder_.finish(piece);
  const std::uint64_t from = decoded_;
  decoded_ += piece.size();
  if (decoded_ > end_) piece.resize(static_cast<std::size_t>(end_ - std::min(end_, from)));
  if (from < begin_) {
    const std::uint64_t skipped = std::min<std::uint64_t>(begin_ - from, piece.size());
    piece.erase(0, static_cast<std::size_t>(skipped));
  }
  return piece;
}

Result<bool> DecodedSection::measure(storage::Reader& reader) {
  if (!at_end()) {
    const bool first = read_ == 0;
    auto piece = next_piece(reader);
    if (!piece) return std::unexpected(piece.error());
    size_ += piece->size();
    has_nul_ = has_nul_ || piece->find('\0') != std::string::npos;
    if (first && at_end()) whole_ = std::move(*piece);
  }
  if (!at_end()) return false;
  restart();
  return true;
}

Result<bool> DecodedSection::write(storage::Reader& reader, std::string& out) {
  if (whole_) {
    out += *whole_;
    return true;
  }
  if (at_end()) return true;
  const auto piece = next_piece(reader);
  if (!piece) return std::unexpected(piece.error());
  out += *piece;
  return at_end();
}

}  // namespace restante::session
