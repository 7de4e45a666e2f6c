// The incremental parser of a client's octets (RFC 9051 s4, s9; RFC 7888): lines and literals to
// commands. Pure: the session reads and writes. Memory is bounded by the limits; nothing recurses.
//
//   parser.feed(octets);                   // what read_some() gave; must live until NeedInput
//   for (;;) {
//     ParserEvent event = parser.next();   // NeedInput: read more
//     ...
//   }
//
// One event is produced at a time and nothing is read ahead of it, so that the session may change
// the mode (STARTTLS, login, IDLE) before the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mail/imap/command.h"

namespace restante::imap {

struct ParserLimits {
  std::size_t line_octets = 64 * 1024;    // all lines of one command, without literals
  std::size_t literal_octets = 8 * 1024;  // all literals of one command, without APPEND's
  std::uint64_t non_sync_octets = 4096;   // one {n+} literal: LITERAL-; LITERAL+: no limit
  std::size_t literals = 100;             // of one command
  std::uint64_t swallowed_octets = 64ULL * 1024 * 1024;  // of one refused command, then fatal
  std::size_t nesting = 100;                             // parentheses
  std::size_t search_keys = 1000;
  std::size_t sequence_ranges = 10'000;
};

// Limits before and after login.
inline constexpr std::size_t kLiteralOctetsAfterLogin = 1024 * 1024;

struct NeedInput {};

// Send `+ Ready` and go on: a synchronizing literal may come.
struct SendContinuation {};

// APPEND, REPLACE or UID REPLACE begins. One AppendMessage or, for APPEND, several (RFC 3502)
// follow, with their contents between them, then AppendEnd; or a CommandError at any place.
struct AppendStart {
  std::string tag;
  std::string name;  // upper case
  Append command;
};

// The next message begins: what stands before its octets.
struct AppendMessage {
  FlagList flags;
  std::optional<std::chrono::sys_seconds> internal_date;
};

// The next octets of the message are those of a URL (CATENATE, RFC 4469 s3), as written.
struct AppendUrl {
  std::string url;
};

// The next octets of the message come in a literal: call accept_append() or refuse_append() before
// next().
struct AppendLiteral {
  std::uint64_t size = 0;
  bool synchronizing = true;  // then accept_append() must be followed by sending `+ Ready`
  bool binary = false;        // literal8: may hold NUL (RFC 3516 s4.4)
};

// The next octets of the literal: a view into what was fed.
struct AppendPiece {
  std::string_view octets;
};

// All octets and the line end of the command have come: it may be executed.
struct AppendEnd {};

// Where in an APPEND the text that comes next stands. Of parser and parse_append.cpp only.
enum class AppendPlace : std::uint8_t {
  None,      // not in an APPEND
  Start,     // at the tag
  First,     // before the first message
  Message,   // behind a message
  List,      // behind the parenthesis that opens CATENATE
  Part,      // behind a part of CATENATE
  Utf8,      // behind the literal in UTF8 (...)
  Utf8Part,  // the same as a part of CATENATE
  End,       // behind the message of REPLACE: nothing may follow
};

// One raw line after expect_line(), without CRLF, valid until the next call.
struct Line {
  std::string_view text;
};

// Answer `TAG BAD text` or `TAG NO [CODE] text` ("*" where tag is empty). The parser skips what is
// left of the command by itself. An APPEND under way is over. fatal: say BYE and close.
struct CommandError {
  std::string tag;
  bool no = false;   // NO instead of BAD
  std::string code;  // response code with no brackets, or empty
  std::string text;  // ours, printable ASCII
  bool fatal = false;
  bool empties_saved_result = false;  // RFC 5182 s2.1: NO to a SEARCH that was to save its result
};

using ParserEvent =
    std::variant<NeedInput, SendContinuation, Command, AppendStart, AppendMessage, AppendUrl,
                 AppendLiteral, AppendPiece, AppendEnd, Line, CommandError>;

class Parser {
 public:
  explicit Parser(const ParserLimits& limits = {});

  // Gives further octets; only when next() said NeedInput (or at the start).
  void feed(std::string_view octets);
  // The next event.
  ParserEvent next();

  // The next line is a response to us (AUTHENTICATE) or DONE: next() gives it as Line.
  void expect_line();

  // Take the announced literal: AppendPiece events follow, then what stands behind it.
  void accept_append();
  // Do not take it: octets of a non-synchronizing literal and the rest of the command are skipped.
  // The session answers the command itself.
  void refuse_append();

  // Whether nothing of a command has come yet: the client waits for no answer.
  bool between_commands() const { return state_ == State::Line && command_.empty(); }
  // Octets fed but not used yet (STARTTLS: must be dropped; RFC 9051 s6.2.1).
  bool has_input() const { return !input_.empty(); }
  std::string_view unused_input() const { return input_; }
  void discard_input() { input_ = {}; }

  // From the next command on.
  void set_limits(const ParserLimits& limits) { limits_ = limits; }
  const ParserLimits& limits() const { return limits_; }
  // ENABLE IMAP4rev2 or UTF8=ACCEPT: quoted strings and mailbox names are UTF-8 (RFC 6855 s3).
  void set_utf8(bool utf8) { utf8_ = utf8; }

 private:
  enum class State { Line, Literal, AppendDecision, AppendOctets, SkipLine, SkipLiteral };
  // What of a refused command still comes.
  enum class Rest { Nothing, Line, Literal };

  std::optional<ParserEvent> read_line();
  std::optional<ParserEvent> end_line();
  std::optional<ParserEvent> end_append_line(std::uint64_t size, bool literal, bool synchronizing);
  std::optional<ParserEvent> announce_literal(std::uint64_t size, bool synchronizing);
  std::optional<ParserEvent> finish_command();
  std::optional<ParserEvent> read_literal();
  std::optional<ParserEvent> read_append();
  std::optional<ParserEvent> skip_line();
  std::optional<ParserEvent> skip_literal();
  std::optional<ParserEvent> count_swallowed(std::uint64_t octets);
  ParserEvent refuse(std::string text, std::string code, bool no, Rest rest);
  ParserEvent refuse_line(std::string text, std::string code = {}, bool no = false);
  void reset();

  ParserLimits limits_;
  bool utf8_ = false;
  State state_ = State::Line;
  std::string_view input_;
  std::string command_;          // the command so far: lines with CRLF, literals in place
  std::size_t line_start_ = 0;   // in command_: of the present line
  std::size_t line_octets_ = 0;  // of the command
  std::size_t literal_octets_ = 0;
  std::size_t literals_ = 0;
  std::uint64_t remaining_ = 0;  // octets of the literal that still come
  AppendPlace append_place_ = AppendPlace::None;
  std::vector<ParserEvent> append_events_;  // of a line of APPEND, those not given yet reversed
  bool synchronizing_ = false;              // the literal of APPEND that waits for a decision
  bool binary_ = false;                     // the literal of APPEND may hold NUL
  bool single_ = false;                     // REPLACE: one message
  bool literal8_ = false;                   // the present literal
  bool raw_line_ = false;
  std::string raw_text_;
  std::string append_tag_;
  std::string tail_;  // the last octets of a line that is being skipped
  std::uint64_t swallowed_ = 0;
  bool fatal_ = false;
};

}  // namespace restante::imap
