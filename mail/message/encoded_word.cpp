// RFC 2047 encoded-words: one scan, look-ahead positions are remembered so that it stays linear.
#include "mail/message/encoded_word.h"

#include <algorithm>
#include <optional>

#include "mail/message/header.h"
#include "mail/message/transfer_encoding.h"

namespace restante::message {
namespace {

constexpr std::size_t kLongestCharset = 64;
constexpr std::size_t kWordOctets = 75;  // RFC 2047 s2
constexpr std::string_view kPrefixQ = "=?utf-8?q?";
constexpr std::string_view kPrefixB = "=?utf-8?b?";
constexpr std::string_view kHex = "0123456789ABCDEF";

struct Word {
  std::string_view charset;
  char encoding;
  std::string_view text;
  std::size_t end;  // position after "?="
};

// Finds encoded-words in one text.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // The encoded-word that begins at position at, if one does.
  std::optional<Word> word_at(std::size_t at) {
    if (text_.substr(at, 2) != "=?") return std::nullopt;
    const std::string_view window = text_.substr(at + 2, kLongestCharset + 1);
    const std::size_t mark = window.find('?');
    if (mark == std::string_view::npos || mark == 0) return std::nullopt;
    std::string_view charset = window.substr(0, mark);
    if (charset.find_first_of(" \t=") != std::string_view::npos) return std::nullopt;
    const std::size_t encoding_at = at + 2 + mark + 1;
    const std::size_t text_at = encoding_at + 2;
    if (text_at > text_.size() || text_[encoding_at + 1] != '?') return std::nullopt;
    const char encoding = static_cast<char>(text_[encoding_at] | 0x20);
    if (encoding != 'q' && encoding != 'b') return std::nullopt;
    const std::size_t end = find_end(text_at);
    if (end == std::string_view::npos) return std::nullopt;
    charset = charset.substr(0, charset.find('*'));  // language (RFC 2231 s5)
    return Word{charset, encoding, text_.substr(text_at, end - text_at), end + 2};
  }

 private:
  std::size_t find_end(std::size_t from) {
    if (!known_ || (next_end_ != std::string_view::npos && next_end_ < from)) {
      next_end_ = text_.find("?=", from);
      known_ = true;
    }
    return next_end_;
  }

  std::string_view text_;
  bool known_ = false;
  std::size_t next_end_ = 0;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The "Q" encoding (RFC 2047 s4.2): like quoted-printable, but "_" is a blank and no blank is lost.
std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '_' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string decode_octets(const Word& word) {
  return word.encoding == 'b' ? decode_base64(word.text) : decode_q(word.text);
}

}  // namespace

std::string decode_words(std::string_view text, std::size_t limit) {
  std::string unfolded;
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    unfolded = unfold(text);
    text = unfolded;
  }
  std::string out;
  std::string pending;  // octets of adjacent words of one charset
  std::string_view charset;
  const auto flush = [&] {
    if (!pending.empty()) out.append(to_utf8(pending, charset));
    pending.clear();
  };
  Words words(text);
  std::size_t done = 0;  // everything before it is written or pending
  bool after_word = false;
  for (std::size_t at = 0; out.size() < limit;) {
    at = text.find("=?", at);
    if (at == std::string_view::npos) break;
    const std::optional<Word> word = words.word_at(at);
    if (!word) {
      at += 2;
      continue;
    }
    const std::string_view between = text.substr(done, at - done);
    const bool blank = between.find_first_not_of(" \t") == std::string_view::npos;
    if (!(after_word && blank)) {
      flush();
      out.append(guess_utf8(between));
    } else if (!equal_ignoring_case(charset, word->charset)) {
      flush();
    }
    charset = word->charset;
    pending.append(decode_octets(*word));
    done = at = word->end;
    after_word = true;
  }
  flush();
  if (out.size() < limit) out.append(guess_utf8(text.substr(done)));
  for (char& c : out) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  if (out.size() > limit) out.resize(utf8_boundary(out, limit));
  return out;
}

namespace {

bool plain_in_q(char c) {  // RFC 2047 s5 (3): safe in every place
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '!' ||
         c == '*' || c == '+' || c == '-' || c == '/';
}

std::size_t q_width(std::string_view character) {
  if (character.size() == 1 && (plain_in_q(character[0]) || character[0] == ' ')) return 1;
  return 3 * character.size();
}

void append_q(std::string& out, std::string_view character) {
  for (const char c : character) {
    if (plain_in_q(c)) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('_');
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out.push_back('=');
      out.push_back(kHex[octet >> 4]);
      out.push_back(kHex[octet & 15]);
    }
  }
}

}  // namespace

std::string encode_words(std::string_view utf8, std::size_t column) {
  std::size_t q_total = 0;
  for (const char c : utf8) q_total += q_width(std::string_view(&c, 1));
  const bool q = 2 * q_total <= 3 * ((utf8.size() + 2) / 3 * 4);  // readable unless far longer
  std::string out;
  std::string word;
  std::size_t width = 0;  // of the word's encoded text
  const auto flush = [&] {
    out.append(q ? kPrefixQ : kPrefixB);
    out.append(q ? word : encode_base64(word, 0));
    out.append("?=");
    word.clear();
    width = 0;
  };
  // A line holds 76 octets (RFC 2047 s2); the shortest useful word has 20.
  std::size_t room = column + 20 < kWordOctets ? kWordOctets - column : kWordOctets;
  for (std::size_t i = 0; i < utf8.size();) {
    std::size_t next = i + 1;
    while (next < utf8.size() && next - i < 4 &&
           (static_cast<unsigned char>(utf8[next]) & 0xc0) == 0x80) {
      ++next;
    }
    const std::string_view character = utf8.substr(i, next - i);
    const std::size_t grown =
        q ? width + q_width(character) : (word.size() + character.size() + 2) / 3 * 4;
    if (!word.empty() && grown + kPrefixQ.size() + 2 > room) {
      flush();
      out.append("\r\n ");
      room = kWordOctets;
      continue;
    }
    if (q) {
      append_q(word, character);
    } else {
      word.append(character);
    }
    width = grown;
    i = next;
  }
  if (!word.empty()) flush();
  return out;
}

}  // namespace restante::message
