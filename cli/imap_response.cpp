// Two passes: where a response ends (lines and literals), then what it says (tokens).
#include "cli/imap_response.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace restante::cli {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// The length announced by "{n}", "{n+}" or "~{n}" at the end of a line; nullopt: none.
std::optional<std::uint64_t> announced_literal(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  line.remove_suffix(1);
  if (line.ends_with('+')) line.remove_suffix(1);
  std::size_t digits = line.size();
  while (digits > 0 && line[digits - 1] >= '0' && line[digits - 1] <= '9') --digits;
  if (digits == 0 || line[digits - 1] != '{' || digits == line.size()) return std::nullopt;
  const auto number = imap_number(line.substr(digits));
  return number ? *number : UINT64_MAX;  // too large for a number: too large at all
}

bool is_status(std::string_view word) {
  return same(word, "OK") || same(word, "NO") || same(word, "BAD") || same(word, "BYE") ||
         same(word, "PREAUTH");
}

// Whether a first line is free text to its end: a status or a continuation, where "{5}" is no
// literal.
bool is_free_text(std::string_view line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  if (line.substr(0, space) == "+") return true;
  const std::string_view rest = line.substr(std::min(space + 1, line.size()));
  return is_status(rest.substr(0, rest.find(' ')));
}

// Splits "OK [CODE] text" after the status word; free text is never cut into tokens.
void read_status(std::string_view rest, ImapResponse& response) {
  if (rest.starts_with('[')) {
    bool quoted = false;
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (quoted && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && rest[i] == ']') {
        response.code = rest.substr(1, i - 1);
        rest.remove_prefix(i + 1);
        break;
      }
    }
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  response.text = rest;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const ImapResponseLimits& limits)
      : text_(text), limits_(limits) {}

  std::expected<std::vector<ImapToken>, std::string> run() {
    while (at_ < text_.size()) {
      if (tokens_.size() >= limits_.tokens) return std::unexpected("too many words");
      const char c = text_[at_];
      const char* wrong = nullptr;
      if (c == ' ') {
        ++at_;
      } else if (c == '(') {
        wrong = open();
      } else if (c == ')') {
        wrong = close();
      } else if (c == '"') {
        wrong = quoted();
      } else if (c == '{' || (c == '~' && text_.substr(at_ + 1).starts_with('{'))) {
        wrong = literal();
      } else {
        wrong = atom();
      }
      if (wrong != nullptr) return std::unexpected(wrong);
    }
    if (depth_ != 0) return std::unexpected("a list is not closed");
    return std::move(tokens_);
  }

 private:
  const char* open() {
    if (++depth_ > limits_.depth) return "lists are too deep";
    tokens_.push_back({ImapToken::Kind::Open, {}});
    ++at_;
    return nullptr;
  }

  const char* close() {
    if (depth_-- == 0) return "a list is closed that was not opened";
    tokens_.push_back({ImapToken::Kind::Close, {}});
    ++at_;
    return nullptr;
  }

  const char* quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      if (text_[at_] == '\r' || text_[at_] == '\n') return "a quoted string has a line end";
      value += text_[at_];
    }
    if (at_ == text_.size()) return "a quoted string does not end";
    ++at_;
    tokens_.push_back({ImapToken::Kind::String, std::move(value)});
    return nullptr;
  }

  const char* literal() {
    const std::size_t end = text_.find("\r\n", at_);
    if (end == std::string_view::npos) return "a brace that is no literal";
    const auto length = announced_literal(text_.substr(at_, end - at_));
    if (!length || *length > text_.size() - end - 2) return "a literal that is not there";
    tokens_.push_back({ImapToken::Kind::String, std::string(text_.substr(end + 2, *length))});
    at_ = end + 2 + static_cast<std::size_t>(*length);
    return nullptr;
  }

  // An atom may carry a section: BODY[HEADER.FIELDS (TO CC)]<0>.
  const char* atom() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '(' && text_[at_] != ')' &&
           text_[at_] != '"') {
      if (text_[at_] == '\r' || text_[at_] == '\n' || text_[at_] == '\0') return "a stray control";
      if (text_[at_] == '[') {
        const std::size_t end = text_.find(']', at_);
        if (end == std::string_view::npos) return "a section does not end";
        at_ = end;
      }
      ++at_;
    }
    tokens_.push_back({ImapToken::Kind::Atom, std::string(text_.substr(begin, at_ - begin))});
    return nullptr;
  }

  std::string_view text_;
  const ImapResponseLimits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<ImapToken> tokens_;
};

}  // namespace

bool ImapToken::is_nil() const {
  return is("NIL");
}

bool ImapToken::is(std::string_view word) const {
  return kind == Kind::Atom && same(text, word);
}

std::optional<std::uint64_t> imap_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    return std::nullopt;
  }
  return value;
}

std::size_t skip_value(const std::vector<ImapToken>& tokens, std::size_t position) {
  std::size_t depth = 0;
  for (; position < tokens.size(); ++position) {
    if (tokens[position].kind == ImapToken::Kind::Open) ++depth;
    if (tokens[position].kind == ImapToken::Kind::Close && depth > 0) --depth;
    if (depth == 0) return position + 1;
  }
  return position;
}

std::expected<ImapResponse, std::string> parse_imap_response(std::string_view response,
                                                             const ImapResponseLimits& limits) {
  ImapResponse result;
  const std::size_t space = std::min(response.find(' '), response.size());
  const std::string_view first = response.substr(0, space);
  std::string_view rest = response.substr(std::min(space + 1, response.size()));
  if (first == "+") {
    result.kind = ImapResponse::Kind::Continuation;
    result.text = rest;
    return result;
  }
  const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
  if (is_status(word)) {
    result.status = upper(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    read_status(rest, result);
  }
  if (first != "*") {
    if (first.empty() || result.status.empty()) return std::unexpected("no response");
    result.kind = ImapResponse::Kind::Tagged;
    result.tag = first;
    return result;
  }
  if (!result.status.empty()) return result;
  auto tokens = Tokenizer(rest, limits).run();
  if (!tokens) return std::unexpected(tokens.error());
  result.tokens = std::move(*tokens);
  return result;
}

void ImapResponseReader::feed(std::string_view octets) {
  if (start_ > 0 && start_ >= buffer_.size() / 2) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    line_begin_ -= start_;
    start_ = 0;
  }
  buffer_ += octets;
}

// Whether a whole response is there; then scanned_ stands behind its last line end.
std::expected<bool, std::string> ImapResponseReader::find_end() {
  while (true) {
    if (scanned_ > buffer_.size()) return false;  // inside a literal
    const std::size_t end = buffer_.find('\n', scanned_);
    const std::size_t known = end == std::string::npos ? buffer_.size() : end;
    if (known - start_ - std::min(known - start_, literal_total_) > limits_.line_octets) {
      return std::unexpected("a response is too long");
    }
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      return false;
    }
    std::size_t line_end = end;
    const bool with_cr = line_end > line_begin_ && buffer_[line_end - 1] == '\r';
    if (with_cr) --line_end;
    const auto line = std::string_view(buffer_).substr(line_begin_, line_end - line_begin_);
    const bool literals = with_cr && !(line_begin_ == start_ && is_free_text(line));
    const auto literal = literals ? announced_literal(line) : std::nullopt;
    scanned_ = end + 1;
    line_begin_ = scanned_;
    if (!literal) return true;
    if (*literal > limits_.literal_octets - literal_total_) {
      return std::unexpected("a literal is too long");
    }
    literal_total_ += static_cast<std::size_t>(*literal);
    scanned_ += static_cast<std::size_t>(*literal);
    line_begin_ = scanned_;
  }
}

std::expected<std::optional<ImapResponse>, std::string> ImapResponseReader::next() {
  const auto whole = find_end();
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return std::nullopt;
  std::string_view octets = std::string_view(buffer_).substr(start_, scanned_ - start_);
  octets.remove_suffix(1);
  if (octets.ends_with('\r')) octets.remove_suffix(1);
  auto response = parse_imap_response(octets, limits_);
  start_ = scanned_;
  line_begin_ = scanned_;
  literal_total_ = 0;
  if (!response) return std::unexpected(response.error());
  return std::move(*response);
}

}  // namespace restante::cli
