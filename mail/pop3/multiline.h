// The text of a message inside an answer of several lines: dot-stuffed, its end, and TOP's cut
// (RFC 1939 s3, s5, s7). Pure; fed with pieces of any size, holds none of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace restante::pop3 {

// Stuffs lines that begin with a dot. A line ends with LF here, with or without CR: a client that
// splits at LF must not take text for the end of the answer, nor anything behind it for a reply.
class DotStuffer {
 public:
  // Appends the next octets of the message.
  void add(std::string& out, std::string_view octets);
  // Appends CRLF where the last line has none, and the end of the answer.
  void finish(std::string& out);

 private:
  bool line_begins_ = true;
  bool after_cr_ = false;
  bool after_crlf_ = true;
};

// Lets the header, the empty line and so many lines of the body pass (RFC 1939 s7, TOP).
class TopCut {
 public:
  explicit TopCut(std::uint32_t body_lines) : left_(body_lines) {}
  // The beginning of octets that still belongs to the answer.
  std::string_view take(std::string_view octets);
  bool done() const { return in_body_ && left_ == 0; }

 private:
  std::uint32_t left_;
  bool in_body_ = false;
  bool line_empty_ = true;  // nothing but a CR so far
};

}  // namespace restante::pop3
