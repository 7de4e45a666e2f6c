// A lenient, linear scanner of address lists (RFC 5322 s3.4, s4.4) and the writing of mailboxes.
#include "mail/message/address.h"

#include <algorithm>

#include "mail/message/encoded_word.h"

namespace restante::message {
namespace {

using Kind = EnvelopeAddress::Kind;

bool is_space(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet <= ' ' || octet == 0x7f;
}

bool is_special(char c) {
  switch (c) {
    case '(':
    case ')':
    case '<':
    case '>':
    case '[':
    case ']':
    case ':':
    case ';':
    case '@':
    case ',':
    case '.':
    case '"':
      return true;
    default:
      return false;
  }
}

// Reads one list. Words outside angle brackets may turn out to be a name or a local part, so both
// readings are kept until "@", "<", ":" or the end of the element decides.
class AddressParser {
 public:
  AddressParser(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

  std::vector<EnvelopeAddress> parse() {
    while (at_ < text_.size() && !full_) step();
    finish_element();
    close_group();
    return std::move(list_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
      spaced_ = true;
      return;
    }
    switch (c) {
      case '(':
        return read_comment();
      case '"':
        return read_quoted();
      case '[':
        return read_literal();
      case '<':
        ++at_;
        return open_angle();
      case '>':
        ++at_;
        if (in_angle_) close_angle();
        return;
      case '@':
        ++at_;
        return at_sign();
      case ',':
        ++at_;
        return comma();
      case ';':
        ++at_;
        finish_element();
        close_group();
        return;
      case ':':
        ++at_;
        return colon();
      case '.':
        ++at_;
        return dot();
      default:
        break;
    }
    const std::size_t start = at_;
    ++at_;  // a stray ")" or "]" counts as a letter
    while (at_ < text_.size() && !is_space(text_[at_]) && !is_special(text_[at_])) ++at_;
    word(text_.substr(start, at_ - start));
  }

  // Takes an atom, the content of a quoted string or a literal.
  void word(std::string_view text) {
    if (in_angle_ || in_domain_) {
      std::string& target = in_domain_ ? host_ : local_;
      // Two words in a row are no address: the second is dropped from a domain.
      if (!in_domain_ || after_dot_ || host_.empty()) target.append(text);
    } else {
      const bool joins = after_dot_ && !local_.empty();
      if (!joins) {
        before_local_ = phrase_.size();
        local_.clear();
      }
      if (!phrase_.empty() && (!joins || spaced_)) phrase_.push_back(' ');
      phrase_.append(text);
      local_.append(text);
      ++words_;
    }
    after_dot_ = false;
    spaced_ = false;
  }

  void dot() {
    if (in_domain_) {
      host_.push_back('.');
    } else {
      local_.push_back('.');
      if (!in_angle_) phrase_.push_back('.');
    }
    after_dot_ = true;
    spaced_ = false;
  }

  void at_sign() {
    if (in_domain_) {  // a second "@": the last one counts, so that nothing passes for the first
      local_.append("@").append(host_);
      host_.clear();
    } else if (!in_angle_) {
      emit_complete();
      phrase_.resize(before_local_);
    }
    in_domain_ = true;
    after_dot_ = false;
    spaced_ = false;
  }

  void open_angle() {
    if (in_angle_) return;
    emit_complete();
    if (in_domain_) {  // `a@b <c@d>`: the first is the name of the second
      if (!phrase_.empty()) phrase_.push_back(' ');
      phrase_.append(local_).append("@").append(host_);
    }
    name_ = std::move(phrase_);
    phrase_.clear();
    local_.clear();
    host_.clear();
    before_local_ = 0;
    in_domain_ = false;
    in_angle_ = true;
    after_dot_ = spaced_ = false;
  }

  void close_angle() {
    complete_ =
        EnvelopeAddress{Kind::Mailbox, std::move(name_), std::move(local_), std::move(host_)};
    has_complete_ = true;
    comment_.clear();
    reset_words();
    in_angle_ = false;
  }

  void comma() {
    if (in_angle_ && local_.empty() && in_domain_) {  // a route: <@a,@b:c@d>
      host_.clear();
      in_domain_ = false;
      return;
    }
    finish_element();
  }

  void colon() {
    if (in_angle_) {  // the end of a route
      local_.clear();
      host_.clear();
      in_domain_ = false;
      return;
    }
    if (in_domain_) {
      host_.push_back(':');
      after_dot_ = true;
      return;
    }
    emit_complete();
    if (!in_group_ && list_.size() + 2 <= limit_) {
      list_.push_back(EnvelopeAddress{Kind::GroupStart, {}, std::move(phrase_), {}});
      in_group_ = true;
    }
    reset_words();
    comment_.clear();
  }

  void finish_element() {
    if (in_angle_) close_angle();
    if (has_complete_) {  // words after ">" are nobody's
      emit_complete();
    } else if (in_domain_) {
      emit(EnvelopeAddress{Kind::Mailbox, std::move(phrase_), std::move(local_), std::move(host_)});
    } else if (!phrase_.empty()) {
      std::string mailbox = words_ > 1 ? std::move(phrase_) : std::move(local_);
      emit(EnvelopeAddress{Kind::Mailbox, {}, std::move(mailbox), {}});
    }
    reset_words();
    comment_.clear();
  }

  void emit_complete() {
    if (!has_complete_) return;
    has_complete_ = false;
    emit(std::move(complete_));
    comment_.clear();
  }

  void emit(EnvelopeAddress address) {
    if (address.mailbox.empty() && address.host.empty() && address.name.empty()) return;
    if (address.name.empty()) address.name = std::move(comment_);
    if (list_.size() + (in_group_ ? 1 : 0) >= limit_) {
      full_ = true;
      return;
    }
    list_.push_back(std::move(address));
  }

  void close_group() {
    if (!in_group_) return;
    list_.push_back(EnvelopeAddress{Kind::GroupEnd, {}, {}, {}});
    in_group_ = false;
  }

  void reset_words() {
    phrase_.clear();
    local_.clear();
    host_.clear();
    before_local_ = 0;
    words_ = 0;
    in_domain_ = after_dot_ = spaced_ = false;
  }

  void read_comment() {
    std::size_t depth = 0;
    comment_.clear();
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        c = text_[++at_];
      } else if (c == '(' && depth++ == 0) {
        continue;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        break;
      }
      if (c != '\r' && c != '\n' && c != '\0') comment_.push_back(c);
    }
    while (!comment_.empty() && is_space(comment_.back())) comment_.pop_back();
    comment_.erase(0, std::min(comment_.find_first_not_of(" \t"), comment_.size()));
    spaced_ = true;
  }

  void read_quoted() {
    std::string content;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      if (text_[at_] != '\r' && text_[at_] != '\n' && text_[at_] != '\0') {
        content.push_back(text_[at_]);
      }
    }
    if (at_ < text_.size()) ++at_;
    word(content);
  }

  void read_literal() {
    std::string content;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (!is_space(c)) content.push_back(c);
      if (c == ']') {
        ++at_;
        break;
      }
      if (c == ',' || c == ';' || c == '<' || c == '>') {  // never closed
        content.pop_back();
        break;
      }
    }
    word(content);
  }

  std::string_view text_;
  std::size_t limit_;
  std::size_t at_ = 0;
  std::vector<EnvelopeAddress> list_;
  bool full_ = false;
  bool in_group_ = false;

  std::string phrase_;            // the words so far, joined by single blanks
  std::size_t before_local_ = 0;  // length of phrase_ before the run that is in local_
  std::size_t words_ = 0;
  std::string local_;
  std::string host_;
  std::string name_;     // before "<"
  std::string comment_;  // the last one
  bool in_angle_ = false;
  bool in_domain_ = false;
  bool after_dot_ = false;
  bool spaced_ = false;
  EnvelopeAddress complete_;  // read up to ">", not yet emitted: a comment may follow
  bool has_complete_ = false;
};

bool is_atext(char c, bool utf8) {
  const auto octet = static_cast<unsigned char>(c);
  if (octet >= 0x80) return utf8;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

bool is_dot_atom(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(),
                     [](char c) { return c == '.' || is_atext(c, true); });
}

}  // namespace

std::vector<EnvelopeAddress> parse_address_list(std::string_view field_body, std::size_t limit) {
  return AddressParser(field_body, limit).parse();
}

std::string addr_spec(const EnvelopeAddress& address) {
  if (address.kind != Kind::Mailbox) return {};
  std::string out = is_dot_atom(address.mailbox) || address.host.empty() ? address.mailbox
                                                                         : quote(address.mailbox);
  if (!address.host.empty()) out.append("@").append(address.host);
  return out;
}

std::string display_name(const EnvelopeAddress& address) {
  return address.name.empty() ? std::string() : decode_words(address.name);
}

std::string format_mailbox(std::string_view name, std::string_view addr_spec, bool utf8) {
  if (name.empty()) return std::string(addr_spec);
  const bool printable = std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= ' ' && c < '\x7f') || (utf8 && static_cast<unsigned char>(c) >= 0x80);
  });
  std::string written;
  if (!printable || name.find("=?") != std::string_view::npos) {
    written = encode_words(name);
  } else {
    const bool plain = name.front() != ' ' && name.back() != ' ' &&
                       name.find("  ") == std::string_view::npos &&
                       std::all_of(name.begin(), name.end(),
                                   [&](char c) { return c == ' ' || is_atext(c, utf8); });
    written = plain ? std::string(name) : quote(name);
  }
  return written + " <" + std::string(addr_spec) + ">";
}

}  // namespace restante::message
