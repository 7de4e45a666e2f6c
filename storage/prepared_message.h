// A message made ready to be kept: its index and its compressed chunks. Pure CPU, values only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"
#include "mail/message/index.h"

namespace restante::storage {

// Octets of the message in one chunk; only the last chunk has fewer.
inline constexpr std::uint64_t kChunkOctets = std::uint64_t{256} * 1024;

// Immutable after prepare(); shared between threads.
struct PreparedMessage {
  std::uint64_t size = 0;           // octets of the message
  message::Index index;             // of the message
  std::string structure;            // encode_index(index)
  std::string digest;               // encode_digest(index)
  std::vector<std::string> chunks;  // stored form, never empty
  std::uint64_t stored_octets = 0;  // what the chunks, the structure and the digest take
};

// The stored form of one chunk: a zstd frame where that is shorter, else the octets themselves. A
// reader tells them apart by the length, which it knows.
std::string pack_chunk(std::string_view octets);
// Back; length is that of the octets. Errors: Corrupt.
Result<std::string> unpack_chunk(std::string_view stored, std::uint64_t length);
// Appends to out the octets of the chunk from first up to last, or to its end where that comes
// before. Errors: Corrupt.
struct ChunkPart {
  std::uint64_t first;
  std::uint64_t last;
};
Result<void> append_chunk(std::string_view stored, std::uint64_t length, ChunkPart part,
                          std::string& out);

}  // namespace restante::storage
