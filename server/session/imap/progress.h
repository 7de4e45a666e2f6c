// When a command that takes long says how far it is (RFC 9585). A value; times come from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/imap/writer.h"

namespace restante::session {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // A command begins.
  void begin(std::string_view tag, Clock::time_point now) {
    tag_ = tag;
    next_ = now + kFirst;
  }
  // Appends OK [INPROGRESS] where one is due: done is how many messages have been looked at. How
  // many there are to be looked at is not known before the end. Returns whether it did.
  bool tell(std::string& out, Clock::time_point now, std::uint64_t done) {
    if (now < next_) return false;
    next_ = now + kEvery;
    std::string code = "INPROGRESS (";
    imap::append_string(code, tag_);
    code += ' ';
    imap::append_number(code, done);
    code += " NIL)";
    imap::append_status(out, "", imap::Condition::Ok, code, "Still searching");
    return true;
  }

 private:
  static constexpr std::chrono::seconds kFirst{5};
  static constexpr std::chrono::seconds kEvery{10};

  std::string tag_;
  Clock::time_point next_;
};

}  // namespace restante::session
