// Fuzz target: base subjects, sort keys and digests of a message; and a stored digest of any
// octets.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/base_subject.h"
#include "mail/message/casemap.h"
#include "mail/message/charset.h"
#include "mail/message/digest.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante;
using namespace restante::message;
using fuzz::require;

// What is left has no artifact left (RFC 5256 s2.1), but for what a cut or a lone blob leaves.
void require_base_subject(std::string_view subject) {
  const BaseSubject base = base_subject(subject);
  require(base.text.size() <= kSubjectOctets);
  require(base.text.empty() || (base.text.front() != ' ' && base.text.back() != ' '));
  require(base_subject(base.text).text == base.text);
  require(!base_subject(base.text).is_reply_or_forward);
}

void require_casemap(std::string_view text) {
  const std::string mapped = casemap(text);
  require(is_utf8(mapped));
  require(casemap(text, 10).size() <= 10);
  require(mapped.starts_with(casemap(text, 10)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  require_base_subject(guess_utf8(input));
  require_casemap(input);
  const Index indexed = index(input);
  const std::string stored = encode_digest(indexed);
  const Result<Digest> digest = decode_digest(stored);
  require(digest.has_value());
  require(digest->sent == indexed.date);
  require(digest->subject == casemap(base_subject(indexed.subject).text, kSubjectOctets));
  require(digest->references.size() <= kFirstReferences + kLastReferences);
  static_cast<void>(decode_digest(input));
  return 0;
}
