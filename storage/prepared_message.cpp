// Chunks and their compression (zstd level 1: what docs/schema.md measures).
#include "storage/prepared_message.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "mail/message/digest.h"
#include "storage/store.h"

namespace restante::storage {

namespace {

constexpr int kLevel = 1;
// Shorter than a frame with any gain.
constexpr std::size_t kSmallest = 64;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One context a thread: making one costs more than compressing a short message.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

std::string pack_chunk(std::string_view octets) {
  if (octets.size() < kSmallest) return std::string(octets);
  std::string packed(ZSTD_compressBound(octets.size()), '\0');
  const std::size_t length = ZSTD_compressCCtx(compressor(), packed.data(), packed.size(),
                                               octets.data(), octets.size(), kLevel);
  if (ZSTD_isError(length) != 0 || length >= octets.size()) return std::string(octets);
  packed.resize(length);
  packed.shrink_to_fit();
  return packed;
}

Result<std::string> unpack_chunk(std::string_view stored, std::uint64_t length) {
  std::string octets;
  const Result<void> appended = append_chunk(stored, length, {0, length}, octets);
  if (!appended) return std::unexpected(appended.error());
  return octets;
}

Result<void> append_chunk(std::string_view stored, std::uint64_t length, ChunkPart part,
                          std::string& out) {
  const std::uint64_t last = std::min(part.last, length);
  const std::uint64_t first = std::min(part.first, last);
  if (stored.size() == length) {
    out += stored.substr(first, last - first);
    return {};
  }
  if (stored.size() > length || length > kChunkOctets)
    return fail(ErrorKind::Corrupt, "a stored body chunk has an impossible length");
  // Unpacked at the end of out, then cut to what is wanted.
  const std::size_t before = out.size();
  bool whole = false;
  out.resize_and_overwrite(before + length, [&](char* octets, std::size_t) {
    const std::size_t got =
        ZSTD_decompressDCtx(decompressor(), octets + before, length, stored.data(), stored.size());
    whole = ZSTD_isError(got) == 0 && got == length;
    return whole ? before + last : before;
  });
  if (!whole) return fail(ErrorKind::Corrupt, "a stored body chunk cannot be decompressed");
  if (first > 0) out.erase(before, first);
  return {};
}

PreparedMessagePtr prepare(std::string_view octets) {
  auto prepared = std::make_shared<PreparedMessage>();
  prepared->size = octets.size();
  prepared->index = message::index(octets);
  prepared->structure = message::encode_index(prepared->index);
  prepared->digest = message::encode_digest(prepared->index);
  prepared->stored_octets = prepared->structure.size() + prepared->digest.size();
  const std::string_view all = octets;
  std::uint64_t offset = 0;
  do {
    prepared->chunks.push_back(pack_chunk(all.substr(offset, kChunkOctets)));
    prepared->stored_octets += prepared->chunks.back().size();
    offset += kChunkOctets;
  } while (offset < all.size());
  return prepared;
}

std::uint64_t size_octets(const PreparedMessage& message) {
  return message.size;
}

const message::Index& index_of(const PreparedMessage& message) {
  return message.index;
}

}  // namespace restante::storage
