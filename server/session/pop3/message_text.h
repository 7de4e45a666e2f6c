// Reading a message for RETR and TOP: in pieces, and whether a client without UTF-8 may have it
// (RFC 6856 s2.1). Runs on reader threads of the store; knows no connection.
#pragma once

#include <cstdint>
#include <string>

#include "storage/store.h"

namespace restante::session {

// Octets read at once: as much as the store unpacks for any one of them.
inline constexpr std::uint64_t kMessagePieceOctets = 256 * 1024;

struct MessageOpening {
  std::string octets;       // the first piece
  bool needs_utf8 = false;  // a header holds UTF-8 (RFC 6532); octets is empty then
};

// ascii_only: the client is not in UTF-8 mode. Errors: those of the store.
Result<MessageOpening> open_message(storage::Reader& reader, BlobId blob, bool ascii_only);

}  // namespace restante::session
