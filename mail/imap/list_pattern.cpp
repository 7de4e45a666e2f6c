// Matching of LIST patterns. See list_pattern.h.
#include "mail/imap/list_pattern.h"

#include <vector>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/octets.h"

namespace restante::imap {

namespace {

// `***` is `*`, `%%` is `%`, and any run that holds `*` is `*`.
std::string fold_wildcards(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool wild = c == '*' || c == '%';
    const bool after_wild = !out.empty() && (out.back() == '*' || out.back() == '%');
    if (wild && after_wild) {
      if (c == '*') out.back() = '*';
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

ListPattern::ListPattern(std::string_view reference, std::string_view pattern) {
  std::string joined;
  if (!pattern.starts_with(kSeparator)) joined = reference;
  joined += pattern;
  pattern_ = fold_wildcards(joined);
  for (const char c : pattern_) characters_ += c != '*' && c != '%' ? 1 : 0;
}

bool ListPattern::matches(std::string_view name) const {
  if (characters_ > name.size()) return false;
  // The first level INBOX is matched in any case (RFC 9051 s5.1).
  const std::string_view level = name.substr(0, name.find(kSeparator));
  const std::size_t any_case = equals(level, "INBOX") ? level.size() : 0;
  // reached[i]: the first i characters of the pattern match what of the name has been read.
  const std::size_t size = pattern_.size();
  std::vector<char> reached(size + 1, 0);
  std::vector<char> next(size + 1, 0);
  const auto wild = [this](std::size_t i) { return pattern_[i] == '*' || pattern_[i] == '%'; };
  const auto skip_wildcards = [&](std::vector<char>& set) {
    for (std::size_t i = 0; i < size; ++i)
      if (set[i] != 0 && wild(i)) set[i + 1] = 1;
  };
  reached[0] = 1;
  skip_wildcards(reached);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char c = name[at];
    next.assign(size + 1, 0);
    for (std::size_t i = 0; i < size; ++i) {
      if (reached[i] == 0) continue;
      const char p = pattern_[i];
      if (p == '*' || (p == '%' && c != kSeparator)) {
        next[i] = 1;
      } else if (!wild(i) && (p == c || (at < any_case && lower(p) == lower(c)))) {
        next[i + 1] = 1;
      }
    }
    skip_wildcards(next);
    reached.swap(next);
  }
  return reached[size] != 0;
}

}  // namespace restante::imap
