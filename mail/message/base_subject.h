// The base subject: what is left of a subject without "Re:", "Fwd:", "[list]" and the like (RFC
// 5256 s2.1, s5). Pure, bounded.
#pragma once

#include <string>
#include <string_view>

namespace restante::message {

// Of a longer subject the rest does not count.
inline constexpr std::size_t kSubjectOctets = 1000;

struct BaseSubject {
  std::string text;                  // may be empty
  bool is_reply_or_forward = false;  // RFC 5256 s3, THREAD, REFERENCES
  bool operator==(const BaseSubject&) const = default;
};

// subject: decoded, UTF-8 (Index::subject).
BaseSubject base_subject(std::string_view subject);

}  // namespace restante::message
