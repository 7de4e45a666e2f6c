#include "mail/smtp/data_decoder.h"

#include <cstring>

namespace restante::smtp {
namespace {

const char* find(const char* from, const char* to, char octet) {
  return static_cast<const char*>(std::memchr(from, octet, static_cast<std::size_t>(to - from)));
}

}  // namespace

void DataDecoder::refuse(Problem problem) {
  if (problem_ != Problem::None) return;
  problem_ = problem;
  std::string().swap(buffer_);  // gives the memory back, which assignment does not
}

void DataDecoder::keep(std::string_view octets) {
  size_ += octets.size();
  if (problem_ != Problem::None || octets.empty()) return;
  if (size_ > limit_) return refuse(Problem::TooBig);
  if (std::memchr(octets.data(), 0, octets.size()) != nullptr) return refuse(Problem::Nul);
  buffer_.append(octets);
}

// In the middle of lines: runs over as many whole lines as there are and stops before a dot at the
// start of one. One append for all of them.
std::size_t DataDecoder::feed_line(std::string_view octets) {
  const char* const start = octets.data();
  const char* const end = start + octets.size();
  const char* at = start;
  while (at < end) {
    if (state_ == State::LineStart && *at == '.') break;
    state_ = State::Line;
    const char* const cr = find(at, end, '\r');
    const char* const text_end = cr != nullptr ? cr : end;
    if (find(at, text_end, '\n') != nullptr) refuse(Problem::BareLineEnd);
    if (cr == nullptr) {
      at = end;
    } else if (cr + 1 == end) {
      state_ = State::Cr;
      at = end;
    } else if (cr[1] == '\n') {
      state_ = State::LineStart;
      at = cr + 2;
    } else {
      refuse(Problem::BareLineEnd);
      at = cr + 1;
    }
  }
  const auto taken = static_cast<std::size_t>(at - start);
  keep(octets.substr(0, taken));
  return taken;
}

std::size_t DataDecoder::feed(std::string_view octets) {
  std::size_t at = 0;
  while (at < octets.size() && state_ != State::Done) {
    const char c = octets[at];
    switch (state_) {
      case State::Dot:  // a dot at the start of a line, not kept yet
        ++at;
        if (c == '\r') {
          state_ = State::DotCr;
        } else {  // it was stuffed
          --at;
          state_ = State::Line;
        }
        break;
      case State::DotCr:
        if (c == '\n') {
          ++at;
          state_ = State::Done;
        } else {
          refuse(Problem::BareLineEnd);
          keep("\r");
          state_ = State::Line;
        }
        break;
      case State::Cr:
        if (c == '\n') {
          ++at;
          keep("\n");
          state_ = State::LineStart;
        } else {
          refuse(Problem::BareLineEnd);
          state_ = State::Line;
        }
        break;
      case State::LineStart:
        if (c == '.') {
          ++at;
          state_ = State::Dot;
          break;
        }
        [[fallthrough]];
      case State::Line:
        at += feed_line(octets.substr(at));
        break;
      case State::Done:
        break;
    }
  }
  return at;
}

}  // namespace restante::smtp
