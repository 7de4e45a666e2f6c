// Reads the tokens of one command whose lines and literals are all there (RFC 9051 s9). Private to
// this room. The first failure sticks: later reads take nothing and give empty values, so that a
// parse function may check ok() once at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/imap/flags.h"
#include "mail/imap/parser.h"
#include "mail/imap/sequence_set.h"

namespace restante::imap {

struct Failure {
  std::string text;
  std::string code;
  bool no = false;
  bool saves_result = false;  // of a SEARCH that was to save its result
};

class Cursor {
 public:
  // text: the command without its final CRLF; prefix: it ends with `{n}` CRLF whose octets have not
  // come yet (see incomplete()).
  Cursor(std::string_view text, const ParserLimits& limits, bool utf8, bool prefix = false)
      : rest_(text), limits_(limits), utf8_(utf8), prefix_(prefix) {}

  bool ok() const { return !failure_ && !incomplete_; }
  const std::optional<Failure>& failure() const { return failure_; }
  bool incomplete() const { return incomplete_; }  // the literal at the end belongs to a string
  bool utf8() const { return utf8_; }
  const ParserLimits& limits() const { return limits_; }
  void fail(std::string text, std::string code = {}, bool no = false);
  // The command has the return option SAVE: a NO empties the saved result (RFC 5182 s2.1).
  void note_saves_result() { saves_result_ = true; }

  bool at_end() const { return !ok() || rest_.empty(); }
  char peek() const { return at_end() ? '\0' : rest_[0]; }
  bool take(char c);                      // false: another character stands here
  bool take_word(std::string_view);       // any case, and no atom character behind it
  bool take_text(std::string_view text);  // any case, whatever stands behind it
  void expect(char c);
  void space() { expect(' '); }
  void end();  // nothing may follow

  std::string_view atom(std::string_view what);
  std::string_view tag();
  std::string_view letters();  // [A-Za-z0-9.-]*
  std::string astring(std::string_view what);
  std::string string(std::string_view what);
  std::optional<std::string> nstring(std::string_view what);
  std::string list_mailbox();  // as written
  std::string mailbox();       // canonical UTF-8; NO [CANNOT] where the encoding is broken
  std::uint64_t number64();
  std::uint32_t number32();
  // `{n}`, `{n+}` or, with `~` in front, a literal8, at the end of the text: octets of a message
  // that are about to come. True: a literal8.
  bool message_literal();
  SequenceSet sequence_set();
  std::chrono::sys_days date();
  std::chrono::sys_seconds date_time();
  void flag(FlagList& into);
  FlagList flag_list();

 private:
  std::string_view take_while(bool (*accepts)(char));
  std::string quoted();
  std::string literal();
  unsigned fixed_number(std::size_t digits);
  std::chrono::month month();

  std::string_view rest_;
  const ParserLimits& limits_;
  bool utf8_;
  bool prefix_;
  bool incomplete_ = false;
  bool saves_result_ = false;
  std::optional<Failure> failure_;
};

}  // namespace restante::imap
