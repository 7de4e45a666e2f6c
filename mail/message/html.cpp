// HTML reduced to its text in one pass: what a search index and a terminal need, never a renderer.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "mail/message/charset.h"
#include "mail/message/header.h"
#include "mail/message/text.h"

namespace restante::message {
namespace {

constexpr std::size_t kLongestEntity = 32;

struct Entity {
  std::string_view name;
  char32_t code;
};
constexpr std::array kEntities = {
    Entity{"amp", '&'},       Entity{"lt", '<'},       Entity{"gt", '>'},
    Entity{"quot", '"'},      Entity{"apos", '\''},    Entity{"ensp", ' '},
    Entity{"emsp", ' '},      Entity{"thinsp", ' '},   Entity{"zwnj", 0x200c},
    Entity{"zwj", 0x200d},    Entity{"ndash", 0x2013}, Entity{"mdash", 0x2014},
    Entity{"lsquo", 0x2018},  Entity{"rsquo", 0x2019}, Entity{"sbquo", 0x201a},
    Entity{"ldquo", 0x201c},  Entity{"rdquo", 0x201d}, Entity{"bdquo", 0x201e},
    Entity{"dagger", 0x2020}, Entity{"bull", 0x2022},  Entity{"hellip", 0x2026},
    Entity{"permil", 0x2030}, Entity{"prime", 0x2032}, Entity{"lsaquo", 0x2039},
    Entity{"rsaquo", 0x203a}, Entity{"euro", 0x20ac},  Entity{"trade", 0x2122},
    Entity{"larr", 0x2190},   Entity{"uarr", 0x2191},  Entity{"rarr", 0x2192},
    Entity{"darr", 0x2193},   Entity{"minus", 0x2212}, Entity{"infin", 0x221e},
    Entity{"ne", 0x2260},     Entity{"le", 0x2264},    Entity{"ge", 0x2265},
    Entity{"OElig", 0x0152},  Entity{"oelig", 0x0153}, Entity{"Scaron", 0x0160},
    Entity{"scaron", 0x0161}, Entity{"Yuml", 0x0178},  Entity{"fnof", 0x0192},
    Entity{"circ", 0x02c6},   Entity{"tilde", 0x02dc}, Entity{"check", 0x2713}};

// U+00A0 to U+00FF in order.
constexpr std::array<std::string_view, 96> kLatin1 = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

constexpr std::array<std::string_view, 5> kHidden = {"script", "style", "title", "template",
                                                     "noscript"};
constexpr std::array<std::string_view, 27> kBlocks = {
    "div",   "tr",   "table",  "ul",     "ol",     "li",      "dl",       "dt",      "dd",
    "hr",    "form", "body",   "header", "footer", "section", "article",  "address", "main",
    "aside", "nav",  "figure", "center", "tbody",  "thead",   "fieldset", "caption", "html"};
constexpr std::array<std::string_view, 9> kParagraphs = {"p",  "h1", "h2",  "h3",        "h4",
                                                         "h5", "h6", "pre", "blockquote"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// The character of an entity's name without & and ;, 0 where it is unknown.
char32_t entity_code(std::string_view name) {
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    int base = 10;
    if (!name.empty() && lower(name[0]) == 'x') {
      name.remove_prefix(1);
      base = 16;
    }
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    if (name.empty() || end == name.data()) return 0;
    if (error != std::errc{} || code > 0x10ffff || code == 0) return 0xfffd;
    return code == 0xa0 ? U' ' : static_cast<char32_t>(code);
  }
  for (const Entity& entity : kEntities) {
    if (entity.name == name) return entity.code;
  }
  for (std::size_t i = 0; i < kLatin1.size(); ++i) {
    if (kLatin1[i] == name) return i == 0 ? U' ' : static_cast<char32_t>(0xa0 + i);
  }
  return 0;
}

class HtmlReducer {
 public:
  HtmlReducer(std::string_view html, std::size_t limit) : html_(html), limit_(limit) {}

  std::string run() {
    while (at_ < html_.size() && out_.size() < limit_) {
      const char c = html_[at_];
      if (c == '<') {
        markup();
      } else if (c == '&') {
        entity();
      } else if (is_space(c)) {
        ++at_;
        space(c);
      } else {
        const std::size_t end = std::min(html_.find_first_of("<& \t\n\r\f", at_), html_.size());
        text(html_.substr(at_, end - at_));
        at_ = end;
      }
    }
    if (out_.size() > limit_) out_.resize(utf8_boundary(out_, limit_));
    return std::move(out_);
  }

 private:
  void space(char c) {
    if (preformatted_ == 0) {
      blank_ = true;
    } else if (c == '\n') {
      flush_breaks();
      out_.push_back('\n');
    } else if (c != '\r') {
      flush_breaks();
      out_.push_back(c);
    }
  }

  void flush_breaks() {
    if (breaks_ > 0 && !out_.empty()) {
      std::size_t have = 0;
      while (have < breaks_ && have < out_.size() && out_[out_.size() - 1 - have] == '\n') ++have;
      out_.append(breaks_ - have, '\n');
    } else if (blank_ && !out_.empty() && out_.back() != '\n') {
      out_.push_back(' ');
    }
    breaks_ = 0;
    blank_ = false;
  }

  void text(std::string_view words) {
    flush_breaks();
    out_.append(words);
  }

  void line_break(std::size_t count) { breaks_ = std::max(breaks_, count); }

  void entity() {
    const std::string_view window = html_.substr(at_ + 1, kLongestEntity);
    std::size_t length = 0;
    while (length < window.size() &&
           (is_letter(window[length]) || (window[length] >= '0' && window[length] <= '9') ||
            (length == 0 && window[length] == '#'))) {
      ++length;
    }
    const char32_t code = entity_code(window.substr(0, length));
    if (code == 0) {
      text("&");
      ++at_;
      return;
    }
    at_ += 1 + length;
    if (at_ < html_.size() && html_[at_] == ';') ++at_;
    if (code == ' ') {
      space(' ');
    } else if (code != 0xad) {  // a soft hyphen is not there
      flush_breaks();
      append_utf8(out_, code == 0 ? 0xfffd : code);
    }
  }

  // A "<": a comment, a tag or just that character.
  void markup() {
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
    if (html_.substr(at_, 4) == "<!--") {
      const std::size_t end = html_.find("-->", at_ + 4);
      at_ = end == std::string_view::npos ? html_.size() : end + 3;
      return;
    }
    if (next == '!' || next == '?') {
      const std::size_t end = html_.find('>', at_);
      at_ = end == std::string_view::npos ? html_.size() : end + 1;
      return;
    }
    const bool closing = next == '/';
    std::size_t name_at = at_ + (closing ? 2 : 1);
    if (name_at >= html_.size() || !is_letter(html_[name_at])) {
      text("<");
      ++at_;
      return;
    }
    std::string name;
    while (name_at < html_.size() && !is_space(html_[name_at]) && html_[name_at] != '>' &&
           html_[name_at] != '/') {
      if (name.size() < kLongestEntity) name.push_back(lower(html_[name_at]));
      ++name_at;
    }
    at_ = end_of_tag(name_at);
    tag(name, closing);
  }

  // The position after the ">" of a tag; quotes count after "=" only, as stray ones are common.
  std::size_t end_of_tag(std::size_t from) const {
    bool after_equals = false;
    for (std::size_t i = from; i < html_.size(); ++i) {
      const char c = html_[i];
      if (c == '>') return i + 1;
      if (after_equals && (c == '"' || c == '\'')) {
        i = html_.find(c, i + 1);
        if (i == std::string_view::npos) return html_.size();
      }
      if (!is_space(c)) after_equals = c == '=';
    }
    return html_.size();
  }

  void tag(std::string_view name, bool closing) {
    if (!closing && contains(kHidden, name)) return skip_hidden(name);
    if (name == "br") {
      flush_line_break();
    } else if (contains(kParagraphs, name)) {
      line_break(2);
      if (name == "pre")
        preformatted_ =
            closing ? preformatted_ - std::min<std::size_t>(preformatted_, 1) : preformatted_ + 1;
    } else if (contains(kBlocks, name)) {
      line_break(1);
      if (name == "li" && !closing) text("* ");
    } else if (name == "td" || name == "th") {
      blank_ = true;
    }
  }

  void flush_line_break() {  // several <br> are several lines
    if (out_.empty()) return;
    flush_breaks();
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_.push_back('\n');
  }

  // Skips to the end tag of an element whose content is not shown; without one, all is content.
  void skip_hidden(std::string_view name) {
    while (at_ < html_.size()) {
      at_ = html_.find("</", at_);
      if (at_ == std::string_view::npos) break;
      if (equal_ignoring_case(html_.substr(at_ + 2, name.size()), name)) return;
      at_ += 2;
    }
    at_ = html_.size();
  }

  std::string_view html_;
  std::size_t limit_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t breaks_ = 0;  // line ends owed before the next text
  bool blank_ = false;      // a blank owed
  std::size_t preformatted_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html, std::size_t limit) {
  return HtmlReducer(html, limit).run();
}

}  // namespace restante::message
