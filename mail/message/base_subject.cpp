#include "mail/message/base_subject.h"

#include "mail/message/charset.h"
#include "mail/message/header.h"

namespace restante::message {

namespace {

constexpr std::string_view kForwardHead = "[fwd:";
constexpr std::string_view kForwardTrailer = "(fwd)";

bool starts_with(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && equal_ignoring_case(text.substr(0, lower.size()), lower);
}

bool ends_with(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         equal_ignoring_case(text.substr(text.size() - lower.size()), lower);
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// Step 1: every run of blanks, tabs and line ends as one blank.
std::string with_single_blanks(std::string_view subject) {
  std::string out;
  out.reserve(subject.size());
  for (const char c : subject) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      out.push_back(c);
    } else if (out.empty() || out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return out;
}

// subj-blob = "[" *BLOBCHAR "]" *WSP
bool skip_blob(std::string_view& text) {
  if (text.empty() || text.front() != '[') return false;
  const std::size_t end = text.find_first_of("[]", 1);
  if (end == std::string_view::npos || text[end] != ']') return false;
  text.remove_prefix(end + 1);
  skip_blanks(text);
  return true;
}

// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
bool skip_reply_or_forward(std::string_view& text) {
  std::string_view rest = text;
  if (starts_with(rest, "fwd")) {
    rest.remove_prefix(3);
  } else if (starts_with(rest, "re") || starts_with(rest, "fw")) {
    rest.remove_prefix(2);
  } else {
    return false;
  }
  skip_blanks(rest);
  skip_blob(rest);
  if (rest.empty() || rest.front() != ':') return false;
  text = rest.substr(1);
  return true;
}

// Step 2: subj-trailer = "(fwd)" / WSP
void remove_trailers(std::string_view& text, bool& is_reply_or_forward) {
  for (;;) {
    if (!text.empty() && text.back() == ' ') {
      text.remove_suffix(1);
    } else if (ends_with(text, kForwardTrailer)) {
      text.remove_suffix(kForwardTrailer.size());
      is_reply_or_forward = true;
    } else {
      return;
    }
  }
}

// Step 3, one match: subj-leader = (*subj-blob subj-refwd) / WSP. blobs: where the text behind the
// leading blobs stood when they last led to no subj-refwd, so that they are read once only.
bool remove_leader(std::string_view& text, std::string_view& after_blobs, bool& is_reply) {
  if (!text.empty() && text.front() == ' ') {
    skip_blanks(text);
    return true;
  }
  if (after_blobs.data() < text.data()) {
    after_blobs = text;
    while (skip_blob(after_blobs)) {
    }
  }
  std::string_view rest = after_blobs;
  if (!skip_reply_or_forward(rest)) return false;
  text = rest;
  is_reply = true;
  return true;
}

// Steps 3 to 5.
void remove_leaders(std::string_view& text, bool& is_reply_or_forward) {
  std::string_view after_blobs;
  for (;;) {
    if (remove_leader(text, after_blobs, is_reply_or_forward)) continue;
    std::string_view rest = text;
    if (!skip_blob(rest) || rest.empty()) return;
    text = rest;
  }
}

}  // namespace

BaseSubject base_subject(std::string_view subject) {
  const std::string_view counted = subject.substr(0, utf8_boundary(subject, kSubjectOctets));
  const std::string line = with_single_blanks(counted);
  std::string_view text = line;
  BaseSubject base;
  for (;;) {
    remove_trailers(text, base.is_reply_or_forward);
    remove_leaders(text, base.is_reply_or_forward);
    if (!starts_with(text, kForwardHead) || !text.ends_with(']')) break;  // step 6
    text = text.substr(kForwardHead.size(), text.size() - kForwardHead.size() - 1);
    base.is_reply_or_forward = true;
  }
  base.text = text;
  return base;
}

}  // namespace restante::message
