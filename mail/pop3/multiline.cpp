#include "mail/pop3/multiline.h"

namespace restante::pop3 {

void DotStuffer::add(std::string& out, std::string_view octets) {
  while (!octets.empty()) {
    if (line_begins_ && octets.front() == '.') out += '.';
    const std::size_t end = octets.find('\n');
    const std::string_view line =
        end == std::string_view::npos ? octets : octets.substr(0, end + 1);
    out += line;
    line_begins_ = line.back() == '\n';
    const bool cr_before_last = line.size() > 1 ? line[line.size() - 2] == '\r' : after_cr_;
    after_crlf_ = line_begins_ && cr_before_last;
    after_cr_ = line.back() == '\r';
    octets.remove_prefix(line.size());
  }
}

void DotStuffer::finish(std::string& out) {
  out += after_crlf_ ? ".\r\n" : "\r\n.\r\n";
}

std::string_view TopCut::take(std::string_view octets) {
  std::size_t at = 0;
  while (at < octets.size() && !done()) {
    const std::size_t end = octets.find('\n', at);
    const std::string_view line = octets.substr(at, end == std::string_view::npos ? end : end - at);
    line_empty_ = line_empty_ && (line.empty() || line == "\r");
    if (end == std::string_view::npos) return octets;
    at = end + 1;
    if (in_body_) {
      --left_;
    } else {
      in_body_ = line_empty_;
    }
    line_empty_ = true;
  }
  return octets.substr(0, at);
}

}  // namespace restante::pop3
