// zlib in both directions. See compression.h.
#include "server/net/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace restante::net {
namespace {

// 8 KiB of window and a small hash: 64 KiB while something is written. Larger ones gain a few per
// cent on mail.
constexpr int kWindowBits = 13;
constexpr int kMemoryLevel = 6;
constexpr int kLevel = 1;
constexpr std::size_t kWindowOctets = 32 * 1024;  // of the peer: any (RFC 1951 s2)
constexpr std::size_t kOutputOctets = 16 * 1024;
constexpr std::size_t kInflaterOctets = 7 * 1024 + kWindowOctets;
constexpr std::size_t kDeflaterOctets = 72 * 1024 + kOutputOctets;

unsigned char* octets_of(const char* data) {
  // zlib takes pointers to what it does not change without const.
  return reinterpret_cast<unsigned char*>(const_cast<char*>(data));
}

uInt limited(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct Compression::Inflater {
  Inflater() {
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { ::inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  // Between two blocks and between two octets: another inflater with the same history could go on.
  // (inflate() says so in data_type: 128, and no bits held back.)
  bool between_blocks() const { return stream.data_type == 128; }
  z_stream stream{};
};

struct Compression::Deflater {
  Deflater() {
    const int made =
        ::deflateInit2(&stream, kLevel, Z_DEFLATED, -kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY);
    if (made != Z_OK) throw std::bad_alloc();
  }
  ~Deflater() { ::deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  z_stream stream{};
};

Compression::Compression() = default;
Compression::~Compression() = default;

void Compression::feed(std::string_view octets) {
  input_.erase(0, input_at_);
  input_at_ = 0;
  input_ += octets;
}

std::optional<std::size_t> Compression::inflate(char* data, std::size_t size) {
  if (ended_) return std::nullopt;
  if (!inflater_) {
    if (input_at_ == input_.size()) return 0;
    inflater_ = std::make_unique<Inflater>();
    if (!history_.empty()) {
      ::inflateSetDictionary(&inflater_->stream, octets_of(history_.data()),
                             limited(history_.size()));
      std::string().swap(history_);  // assigning an empty one would keep its memory
    }
  }
  z_stream& stream = inflater_->stream;
  stream.next_in = octets_of(input_.data() + input_at_);
  stream.avail_in = limited(input_.size() - input_at_);
  stream.next_out = octets_of(data);
  stream.avail_out = limited(size);
  // From block to block, so that between_blocks() knows; Z_BUF_ERROR says that nothing could be
  // done without more input.
  int result = Z_OK;
  while (result == Z_OK && stream.avail_out != 0 && (stream.avail_in != 0 || full_)) {
    result = ::inflate(&stream, Z_BLOCK);
    full_ = stream.avail_out == 0;
  }
  input_at_ = input_.size() - stream.avail_in;
  const std::size_t made = size - stream.avail_out;
  ended_ = result != Z_OK && result != Z_BUF_ERROR;
  if (ended_ && made == 0) return std::nullopt;
  return made;
}

std::string_view Compression::deflate(std::string_view& data) {
  if (data.empty() && flushed_) return {};
  if (!deflater_) deflater_ = std::make_unique<Deflater>();
  if (!output_) output_ = std::make_unique_for_overwrite<char[]>(kOutputOctets);
  z_stream& stream = deflater_->stream;
  stream.next_in = octets_of(data.data());
  stream.avail_in = limited(data.size());
  stream.next_out = octets_of(output_.get());
  stream.avail_out = kOutputOctets;
  const uInt given = stream.avail_in;
  ::deflate(&stream, given == data.size() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
  data.remove_prefix(given - stream.avail_in);
  // As long as it fills its room there may be more to come.
  flushed_ = data.empty() && stream.avail_out != 0;
  return std::string_view(output_.get(), kOutputOctets - stream.avail_out);
}

// A new deflater goes on where the old one flushed: what it writes refers to nothing before.
void Compression::rest() {
  if (flushed_) {
    deflater_.reset();
    output_.reset();
  }
  if (input_at_ != input_.size()) return;
  std::string().swap(input_);
  input_at_ = 0;
  if (!inflater_ || ended_ || full_ || !inflater_->between_blocks()) return;
  uInt length = 0;
  std::string window(kWindowOctets, '\0');
  ::inflateGetDictionary(&inflater_->stream, octets_of(window.data()), &length);
  std::string(window, 0, length).swap(history_);
  inflater_.reset();
}

std::string Compression::take_input() {
  std::string rest = input_.substr(input_at_);
  std::string().swap(input_);
  input_at_ = 0;
  return rest;
}

std::size_t Compression::memory() const {
  return sizeof *this + (inflater_ ? kInflaterOctets : 0) + (deflater_ ? kDeflaterOctets : 0) +
         input_.capacity() + history_.capacity();
}

}  // namespace restante::net
