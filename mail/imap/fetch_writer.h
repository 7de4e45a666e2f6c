// FETCH responses (RFC 9051 s7.5.2): items of one message, appended to a buffer. Octets of sections
// are written by the session: begin_section() announces their length. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/command.h"
#include "mail/message/index.h"

namespace restante::imap {

// ENVELOPE's value: sender and reply-to default to from; empty lists are NIL (RFC 9051 s7.5.2).
void append_envelope(std::string& out, const message::Envelope& envelope);

// The value of BODY (extended = false) or BODYSTRUCTURE of the whole message. No recursion.
void append_body_structure(std::string& out, const message::Index& index, bool extended);

// What the number in front of the items is (RFC 9586 s3.4).
enum class FetchNumber { Sequence, Uid };

// Writes `* N FETCH (` or `* N UIDFETCH (`, items separated by a blank, and `)` CRLF.
class FetchWriter {
 public:
  FetchWriter(std::string& out, std::uint32_t number, FetchNumber kind = FetchNumber::Sequence);
  void uid(std::uint32_t uid);
  void flags(std::uint8_t system, const std::vector<std::string>& keywords, bool recent = false);
  void internal_date(std::chrono::sys_seconds time);
  void size(std::uint64_t octets);
  void modseq(std::uint64_t modseq);  // RFC 7162 s3.1.4.2
  void envelope(const message::Index& index);
  void body(const message::Index& index);            // BODY
  void body_structure(const message::Index& index);  // BODYSTRUCTURE
  // (M412), or (M412-7) where it is of another account than the reader's: numbers of two accounts
  // must not collide (RFC 8474 s5.1).
  void email_id(std::uint64_t number, std::uint64_t of_account = 0);
  void thread_id(std::uint64_t thread, std::uint64_t of_account = 0);  // (T57); NIL for 0
  // Name of the item and `{length}` CRLF: exactly length octets must be appended (or sent) next.
  // Not existing: NIL, and nothing must follow.
  void begin_section(const FetchItem& item, const SectionContent& content);
  // The same for BINARY[...] of size octets; has_nul: as literal8 (RFC 3516 s4.3).
  void begin_binary(const FetchItem& item, std::uint64_t size, bool exists, bool has_nul);
  void binary_size(const FetchItem& item, std::uint64_t octets);
  void preview(std::string_view text);
  void save_date(std::chrono::sys_seconds time);
  void end();
  bool empty() const { return first_; }  // no item so far

 private:
  void item(std::string_view name);
  std::string& out_;
  bool first_ = true;
};

}  // namespace restante::imap
