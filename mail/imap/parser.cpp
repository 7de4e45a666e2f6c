// Lines and literals of the stream. See parser.h; the commands are read in parse_*.cpp.
#include "mail/imap/parser.h"

#include <algorithm>

#include "mail/imap/cursor.h"
#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

constexpr std::size_t kKeptCapacity = 4096;  // of an idle parser
constexpr std::size_t kTailOctets = 32;      // holds `{`, 20 digits, `+}` CRLF
constexpr std::size_t kMaxLiteralDigits = 20;
constexpr std::uint64_t kEndless = ~std::uint64_t{0};

struct LiteralMark {
  std::uint64_t size = 0;
  bool synchronizing = true;
};

// `{n}` or `{n+}` at the end of a line (without CRLF); a size of too many digits is kEndless, also
// where only the end of the line is at hand.
std::optional<LiteralMark> trailing_literal(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  line.remove_suffix(1);
  LiteralMark mark;
  mark.synchronizing = !line.ends_with('+');
  if (!mark.synchronizing) line.remove_suffix(1);
  std::size_t digits = 0;
  while (digits < line.size() && is_digit(line[line.size() - 1 - digits])) ++digits;
  const bool opened = digits < line.size() && line[line.size() - 1 - digits] == '{';
  if (digits == 0 || (!opened && digits < kMaxLiteralDigits)) return std::nullopt;
  if (!opened && digits < line.size()) return std::nullopt;
  const std::string_view number = line.substr(line.size() - digits);
  for (const char c : number) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    mark.size = mark.size > (kEndless - digit) / 10 ? kEndless : mark.size * 10 + digit;
    if (mark.size == kEndless) break;
  }
  if (!opened) mark.size = kEndless;
  return mark;
}

bool ends_in_quotes(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    }
  }
  return quoted;
}

void keep_tail(std::string& tail, std::string_view octets) {
  tail += octets.substr(octets.size() - std::min(octets.size(), kTailOctets));
  if (tail.size() > kTailOctets) tail.erase(0, tail.size() - kTailOctets);
}

}  // namespace

Parser::Parser(const ParserLimits& limits) : limits_(limits) {}

void Parser::feed(std::string_view octets) {
  input_ = octets;
}

void Parser::expect_line() {
  raw_line_ = true;
}

void Parser::reset() {
  command_.clear();
  if (command_.capacity() > kKeptCapacity) command_.shrink_to_fit();
  state_ = State::Line;
  line_start_ = line_octets_ = literal_octets_ = literals_ = 0;
  remaining_ = 0;
  append_place_ = AppendPlace::None;
  append_events_.clear();
  single_ = false;
  append_tag_.clear();
  tail_.clear();
  swallowed_ = 0;
  raw_line_ = false;
}

ParserEvent Parser::next() {
  for (;;) {
    if (fatal_) input_ = {};
    if (!append_events_.empty()) {
      ParserEvent event = std::move(append_events_.back());
      append_events_.pop_back();
      return event;
    }
    std::optional<ParserEvent> event;
    switch (state_) {
      case State::AppendDecision:
        refuse_append();
        continue;
      case State::Line:
        event = read_line();
        break;
      case State::Literal:
        event = read_literal();
        break;
      case State::AppendOctets:
        event = read_append();
        break;
      case State::SkipLine:
        event = skip_line();
        break;
      case State::SkipLiteral:
        event = skip_literal();
        break;
    }
    if (event) return std::move(*event);
  }
}

// What must be skipped before the next command: nothing (a whole line has been read that ends with
// no literal), or the rest of the line or literal.
ParserEvent Parser::refuse(std::string text, std::string code, bool no, Rest rest) {
  CommandError error;
  error.tag = append_tag_.empty() ? std::string(readable_tag(command_)) : append_tag_;
  error.no = no;
  error.code = std::move(code);
  error.text = std::move(text);
  if (raw_line_) error.tag.clear();
  std::uint64_t announced = 0;
  switch (rest) {
    case Rest::Nothing:
      reset();
      break;
    case Rest::Line:
      keep_tail(tail_, std::string_view(command_).substr(line_start_));
      state_ = State::SkipLine;
      break;
    case Rest::Literal:
      announced = remaining_;
      state_ = State::SkipLiteral;
      break;
  }
  if (rest != Rest::Nothing) {
    raw_line_ = false;
    command_.clear();
    command_.shrink_to_fit();
  }
  if (announced > limits_.swallowed_octets) error.fatal = fatal_ = true;
  return error;
}

// A whole line is there and cannot be taken: its literal, if it does not wait for us, comes anyway.
ParserEvent Parser::refuse_line(std::string text, std::string code, bool no) {
  const auto mark = raw_line_ ? std::nullopt
                              : trailing_literal(std::string_view(command_).substr(
                                    line_start_, command_.size() - line_start_ - 2));
  if (!mark || mark->synchronizing)
    return refuse(std::move(text), std::move(code), no, Rest::Nothing);
  remaining_ = mark->size;
  return refuse(std::move(text), std::move(code), no, Rest::Literal);
}

std::optional<ParserEvent> Parser::read_line() {
  if (input_.empty()) return NeedInput{};
  const std::size_t line_feed = input_.find('\n');
  const std::size_t length = line_feed == std::string_view::npos ? input_.size() : line_feed + 1;
  const std::string_view chunk = input_.substr(0, length);
  const std::size_t nul = chunk.find('\0');
  const std::size_t room = limits_.line_octets - std::min(limits_.line_octets, line_octets_);
  if (room < std::min(length, nul)) {
    command_ += chunk.substr(0, room);
    input_.remove_prefix(room);
    return refuse("line too long", {}, false, Rest::Line);
  }
  if (nul != std::string_view::npos) {
    command_ += chunk.substr(0, nul);
    input_.remove_prefix(nul);
    return refuse("NUL is not allowed", {}, false, Rest::Line);
  }
  command_ += chunk;
  line_octets_ += length;
  input_.remove_prefix(length);
  if (line_feed == std::string_view::npos) return NeedInput{};
  const std::string_view line = std::string_view(command_).substr(line_start_);
  if (!line.ends_with("\r\n")) return refuse("lines end with CRLF", {}, false, Rest::Line);
  return end_line();
}

std::optional<ParserEvent> Parser::end_line() {
  const std::string_view line =
      std::string_view(command_).substr(line_start_, command_.size() - line_start_ - 2);
  if (line.find('\r') != std::string_view::npos)
    return refuse_line("CR is not allowed within a line");
  if (raw_line_) {
    raw_text_.assign(line);
    reset();
    return Line{raw_text_};
  }
  if (ends_in_quotes(line)) return refuse_line("unterminated quoted string");
  const auto mark = trailing_literal(line);
  if (append_place_ == AppendPlace::None && is_append(command_)) append_place_ = AppendPlace::Start;
  if (append_place_ != AppendPlace::None) {
    if (mark) return end_append_line(mark->size, true, mark->synchronizing);
    return end_append_line(0, false, false);
  }
  if (mark) return announce_literal(mark->size, mark->synchronizing);
  return finish_command();
}

std::optional<ParserEvent> Parser::announce_literal(std::uint64_t size, bool synchronizing) {
  if (append_place_ == AppendPlace::None) {
    const CommandHead head = read_head(command_);
    if (head.tag.empty()) return refuse_line("expected a tag");
    if (!is_known_command(head.name)) return refuse_line("unknown command");
  }
  if (!synchronizing && size > limits_.non_sync_octets)
    return refuse_line("non-synchronizing literal too long", "LIMIT");
  if (literals_ == limits_.literals || size > limits_.literal_octets - literal_octets_)
    return refuse_line("literals too long", "LIMIT");
  ++literals_;
  literal_octets_ += static_cast<std::size_t>(size);
  remaining_ = size;
  // `~{n}` CRLF: a literal8, which may hold NUL (RFC 3516 s4.4).
  literal8_ = command_[command_.rfind('{') - 1] == '~';
  state_ = State::Literal;
  if (synchronizing) return SendContinuation{};
  return std::nullopt;
}

// A line of APPEND ends: with the announcement of a literal, or the command with it. What it holds
// is read once all literals of strings in it have come.
std::optional<ParserEvent> Parser::end_append_line(std::uint64_t size, bool literal,
                                                   bool synchronizing) {
  std::string_view text = command_;
  if (!literal) text.remove_suffix(2);
  Cursor cursor(text, limits_, utf8_, literal);
  AppendLine line = parse_append_line(cursor, append_place_, single_);
  if (cursor.failure()) {
    const Failure failure = *cursor.failure();
    return refuse_line(failure.text, failure.code, failure.no);
  }
  if (cursor.incomplete()) return announce_literal(size, synchronizing);
  // RFC 7888 s5: the tagged BAD must have TOOBIG.
  if (literal && !synchronizing && size > limits_.non_sync_octets)
    return refuse_line("non-synchronizing literal too long", "TOOBIG");
  const std::string tag = append_tag_.empty() ? std::string(readable_tag(command_)) : append_tag_;
  reset();
  append_events_ = std::move(line.events);
  if (literal) {
    append_tag_ = tag;
    append_place_ = line.next;
    remaining_ = size;
    synchronizing_ = synchronizing;
    binary_ = line.binary;
    single_ = line.single;
    append_events_.emplace_back(AppendLiteral{size, synchronizing, binary_});
    state_ = State::AppendDecision;
  } else {
    append_events_.emplace_back(AppendEnd{});
  }
  std::ranges::reverse(append_events_);
  return std::nullopt;
}

std::optional<ParserEvent> Parser::finish_command() {
  if (command_.size() == 2) return refuse("empty line", {}, false, Rest::Nothing);
  Cursor cursor(std::string_view(command_).substr(0, command_.size() - 2), limits_, utf8_);
  Command command = parse_command(cursor);
  if (cursor.failure()) {
    const Failure failure = *cursor.failure();
    ParserEvent refused = refuse(failure.text, failure.code, failure.no, Rest::Nothing);
    std::get<CommandError>(refused).empties_saved_result = failure.no && failure.saves_result;
    return refused;
  }
  reset();
  return command;
}

std::optional<ParserEvent> Parser::read_literal() {
  if (remaining_ == 0) {
    state_ = State::Line;
    line_start_ = command_.size();
    return std::nullopt;
  }
  if (input_.empty()) return NeedInput{};
  const std::string_view piece = input_.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input_.size())));
  const std::size_t nul = piece.find('\0');
  if (nul != std::string_view::npos && !literal8_) {
    input_.remove_prefix(nul);
    remaining_ -= nul;
    return refuse("NUL is not allowed", {}, false, Rest::Literal);
  }
  command_ += piece;
  input_.remove_prefix(piece.size());
  remaining_ -= piece.size();
  return std::nullopt;
}

void Parser::accept_append() {
  if (state_ != State::AppendDecision) return;
  state_ = State::AppendOctets;
}

void Parser::refuse_append() {
  if (state_ != State::AppendDecision) return;
  if (synchronizing_) return reset();
  const std::uint64_t announced = remaining_;
  reset();
  remaining_ = announced;
  state_ = State::SkipLiteral;
}

std::optional<ParserEvent> Parser::read_append() {
  if (remaining_ == 0) {
    state_ = State::Line;
    return std::nullopt;
  }
  if (input_.empty()) return NeedInput{};
  const std::string_view piece = input_.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input_.size())));
  const std::size_t nul = binary_ ? std::string_view::npos : piece.find('\0');
  if (nul == 0) return refuse("NUL is not allowed in a message", {}, false, Rest::Literal);
  const std::string_view clean = piece.substr(0, nul);
  input_.remove_prefix(clean.size());
  remaining_ -= clean.size();
  return AppendPiece{clean};
}

std::optional<ParserEvent> Parser::count_swallowed(std::uint64_t octets) {
  swallowed_ += octets;
  if (swallowed_ <= limits_.swallowed_octets) return std::nullopt;
  fatal_ = true;
  CommandError error;
  error.text = "command too long";
  error.fatal = true;
  return error;
}

std::optional<ParserEvent> Parser::skip_line() {
  if (input_.empty()) return NeedInput{};
  const std::size_t line_feed = input_.find('\n');
  const std::size_t length = line_feed == std::string_view::npos ? input_.size() : line_feed + 1;
  keep_tail(tail_, input_.substr(0, length));
  input_.remove_prefix(length);
  auto event = count_swallowed(length);
  if (event || !tail_.ends_with("\r\n")) return event;
  const auto mark = trailing_literal(std::string_view(tail_).substr(0, tail_.size() - 2));
  tail_.clear();
  if (!mark || mark->synchronizing) {
    reset();
    return std::nullopt;
  }
  remaining_ = mark->size;
  state_ = State::SkipLiteral;
  return std::nullopt;
}

std::optional<ParserEvent> Parser::skip_literal() {
  if (remaining_ == 0) {
    state_ = State::SkipLine;
    tail_.clear();
    return std::nullopt;
  }
  if (!fatal_ && remaining_ > limits_.swallowed_octets)
    return count_swallowed(limits_.swallowed_octets + 1);
  if (input_.empty()) return NeedInput{};
  const std::uint64_t length = std::min<std::uint64_t>(remaining_, input_.size());
  input_.remove_prefix(static_cast<std::size_t>(length));
  remaining_ -= length;
  return count_swallowed(length);
}

}  // namespace restante::imap
