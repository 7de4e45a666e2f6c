// LIST patterns (RFC 9051 s6.3.9): `*` matches anything, `%` anything but the separator. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace restante::imap {

class ListPattern {
 public:
  // reference and pattern are UTF-8; they are joined as they stand (a pattern that begins with the
  // separator is taken alone) and INBOX is matched in any case.
  ListPattern(std::string_view reference, std::string_view pattern);

  // Time O(pattern x name), memory O(pattern).
  bool matches(std::string_view name) const;

  // Reference and pattern joined, runs of wildcards folded.
  const std::string& text() const { return pattern_; }

 private:
  std::string pattern_;         // runs of wildcards folded
  std::size_t characters_ = 0;  // of it that are no wildcards
};

}  // namespace restante::imap
