// A body part without its Content-Transfer-Encoding, for FETCH BINARY (RFC 3516, RFC 9051 s6.4.5):
// measured and then written in bounded pieces, so that memory does not grow with the part. Called
// on reader threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/imap/section.h"
#include "mail/message/transfer_encoding.h"
#include "storage/store.h"

namespace restante::session {

class DecodedSection {
 public:
  // body: where the encoded octets stand in blob. partial counts decoded octets.
  DecodedSection(BlobId blob, message::Range body, message::TransferEncoding encoding,
                 const std::optional<imap::Partial>& partial);

  // Decodes the next piece to learn size and has_nul; true once they are known.
  Result<bool> measure(storage::Reader& reader);
  std::uint64_t size() const { return size_; }
  bool has_nul() const { return has_nul_; }

  // Once measured: appends the next octets to out; true when all have been given.
  Result<bool> write(storage::Reader& reader, std::string& out);

 private:
  Result<std::string> next_piece(storage::Reader& reader);
  bool at_end() const { return read_ == body_.length || decoded_ >= end_; }
  void restart();

  BlobId blob_;
  message::Range body_;
  message::TransferEncoding encoding_;
  std::uint64_t begin_ = 0;  // of the decoded octets asked for
  std::uint64_t end_ = 0;
  message::TransferDecoder decoder_;
  std::uint64_t read_ = 0;     // of body_
  std::uint64_t decoded_ = 0;  // octets decoded so far
  std::uint64_t size_ = 0;
  bool has_nul_ = false;
  std::optional<std::string> whole_;  // where one piece was all of it
};

}  // namespace restante::session
