// Takes the octets after 354 apart: removes stuffed dots, finds the end, refuses what could be read
// in two ways (RFC 5321 s4.1.1.4, s4.5.2). Pure; one decoder per message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace restante::smtp {

// Only CRLF "." CRLF ends a message. A message that is too large or holds a bare CR, a bare LF or a
// NUL is read to its end in constant memory and refused then: its octets never become commands.
class DataDecoder {
 public:
  enum class Problem { None, TooBig, BareLineEnd, Nul };

  // The message is appended to buffer, which may hold trace fields already; limit is its size in
  // octets without them and without stuffed dots (RFC 1870 s5).
  DataDecoder(std::string& buffer, std::uint64_t limit) : buffer_(buffer), limit_(limit) {}

  // Takes octets up to the end of the message and returns how many; the rest are commands.
  std::size_t feed(std::string_view octets);

  bool done() const { return state_ == State::Done; }
  Problem problem() const { return problem_; }
  std::uint64_t size_octets() const { return size_; }  // of the message, as far as it was read

 private:
  enum class State { LineStart, Dot, DotCr, Line, Cr, Done };

  std::size_t feed_line(std::string_view octets);
  void keep(std::string_view octets);
  void refuse(Problem problem);

  std::string& buffer_;
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  State state_ = State::LineStart;
  Problem problem_ = Problem::None;
};

}  // namespace restante::smtp
