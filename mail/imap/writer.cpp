// Strings, status responses and their codes. See writer.h; mailboxes and searches are in
// mailbox_writer.cpp.
#include "mail/imap/writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/octets.h"
#include "mail/imap/parser.h"
#include "mail/message/charset.h"

namespace restante::imap {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kMaxQuotedOctets = 1000;

// What of a text decides its form: nothing, an octet to be escaped, or one that no quoted string
// may hold.
enum Octet : std::uint8_t { kPlain = 0, kEscaped = 1, kUnquotable = 2 };

constexpr std::array<std::uint8_t, 256> octet_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < classes.size(); ++c) {
    const bool quotable = (c >= ' ' || c == '\t') && c < 0x7f;
    classes[c] = !quotable ? kUnquotable : c == '"' || c == '\\' ? kEscaped : kPlain;
  }
  return classes;
}
constexpr std::array<std::uint8_t, 256> kOctetClasses = octet_classes();

// Every class that occurs in it.
unsigned classes_of(std::string_view text) {
  unsigned found = kPlain;
  for (const char c : text) found |= kOctetClasses[static_cast<unsigned char>(c)];
  return found;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_literal(std::string& out, std::string_view octets) {
  out += '{';
  append_number(out, octets.size());
  out += "}\r\n";
  for (const char c : octets) out += c == '\0' ? '?' : c;
}

// Text of ours; whatever could end the line is made harmless.
void append_text(std::string& out, std::string_view text) {
  for (const char c : text) out += c >= ' ' && c < 0x7f ? c : '?';
}

void append_two_digits(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10 % 10);
  out += static_cast<char>('0' + number % 10);
}

std::string_view condition_name(Condition condition) {
  switch (condition) {
    case Condition::Ok:
      return "OK";
    case Condition::No:
      return "NO";
    case Condition::Bad:
      return "BAD";
    case Condition::Bye:
      return "BYE";
    case Condition::PreAuth:
      return "PREAUTH";
  }
  return "BAD";
}

void append_words(std::string& out, std::span<const std::string_view> words) {
  for (const std::string_view word : words) {
    out += ' ';
    append_text(out, word);
  }
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

void append_string(std::string& out, std::string_view octets) {
  const unsigned classes =
      octets.size() <= kMaxQuotedOctets ? classes_of(octets) : unsigned{kUnquotable};
  if (classes == kPlain) {
    out += '"';
    out += octets;
    out += '"';
  } else if ((classes & kUnquotable) == 0) {
    append_quoted(out, octets);
  } else {
    append_literal(out, octets);
  }
}

void append_nstring(std::string& out, const std::optional<std::string>& octets) {
  if (octets) {
    append_string(out, *octets);
  } else {
    out += "NIL";
  }
}

void append_astring(std::string& out, std::string_view octets) {
  const bool atom = !octets.empty() && octets.size() <= kMaxQuotedOctets &&
                    std::all_of(octets.begin(), octets.end(), is_astring_char) &&
                    !equals(octets, "NIL");
  if (atom) {
    out += octets;
  } else {
    append_string(out, octets);
  }
}

void append_mailbox(std::string& out, std::string_view utf8_name, bool utf8) {
  if (!utf8) return append_string(out, encode_modified_utf7(utf8_name));
  const bool quotable = message::is_utf8(utf8_name) &&
                        std::none_of(utf8_name.begin(), utf8_name.end(),
                                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  if (quotable) {
    append_quoted(out, utf8_name);
  } else {
    append_string(out, utf8_name);
  }
}

void append_date_time(std::string& out, std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const int year = std::clamp(static_cast<int>(date.year()), 0, 9999);
  out += '"';
  append_two_digits(out, static_cast<unsigned>(date.day()));
  out += '-';
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += '-';
  append_two_digits(out, static_cast<unsigned>(year) / 100);
  append_two_digits(out, static_cast<unsigned>(year));
  out += ' ';
  append_two_digits(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(clock.seconds().count()));
  out += " +0000\"";
}

void append_status(std::string& out, std::string_view tag, Condition condition,
                   std::string_view code, std::string_view text) {
  if (tag.empty()) {
    out += '*';
  } else {
    append_text(out, tag);
  }
  out += ' ';
  out += condition_name(condition);
  out += ' ';
  if (!code.empty()) {
    out += '[';
    append_text(out, code);
    out += "] ";
  }
  append_text(out, text);
  out += "\r\n";
}

void append_completed(std::string& out, const Command& command, std::string_view code) {
  append_status(out, command.tag, Condition::Ok, code, command.name + " completed");
}

void append_error(std::string& out, const CommandError& error) {
  append_status(out, error.tag, error.no ? Condition::No : Condition::Bad, error.code, error.text);
}

void append_failure(std::string& out, std::string_view tag, const Error& error) {
  append_status(out, tag, Condition::No, response_code(error.kind()), error.message());
}

void append_continuation(std::string& out, std::string_view text) {
  out += "+ ";
  append_text(out, text);
  out += "\r\n";
}

std::string_view response_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:
      return "NONEXISTENT";
    case ErrorKind::Exists:
      return "ALREADYEXISTS";
    case ErrorKind::Invalid:
      return "CANNOT";
    case ErrorKind::OverQuota:
      return "OVERQUOTA";
    case ErrorKind::Denied:
      return "NOPERM";
    case ErrorKind::Busy:
      return "UNAVAILABLE";
    case ErrorKind::Corrupt:
      return "CORRUPTION";
    case ErrorKind::Io:
      return "UNAVAILABLE";
  }
  return "SERVERBUG";
}

std::string code_uid_validity(std::uint32_t uid_validity) {
  return "UIDVALIDITY " + std::to_string(uid_validity);
}

std::string code_uid_next(std::uint32_t uid_next) {
  return "UIDNEXT " + std::to_string(uid_next);
}

std::string code_permanent_flags(std::uint8_t system, const std::vector<std::string>& keywords,
                                 bool more) {
  std::string out = "PERMANENTFLAGS ";
  append_flag_list(out, system, keywords);
  if (more) out.insert(out.size() - 1, out.ends_with("()") ? "\\*" : " \\*");
  return out;
}

std::string code_append_uid(std::uint32_t uid_validity, std::span<const std::uint32_t> uids) {
  return "APPENDUID " + std::to_string(uid_validity) + ' ' + format_sequence_set(uids);
}

// Runs are joined only where both sides rise together, so that the two sets stay in step.
std::string code_copy_uid(std::uint32_t uid_validity, std::span<const UidPair> pairs) {
  if (pairs.empty()) return {};
  std::string from;
  std::string to;
  const auto add = [](std::string& set, std::uint32_t first, std::uint32_t last) {
    if (!set.empty()) set += ',';
    append_number(set, first);
    if (last == first) return;
    set += ':';
    append_number(set, last);
  };
  for (std::size_t i = 0; i < pairs.size();) {
    std::size_t last = i;
    while (last + 1 < pairs.size() && pairs[last + 1].from == pairs[last].from + 1 &&
           pairs[last + 1].to == pairs[last].to + 1)
      ++last;
    add(from, pairs[i].from, pairs[last].from);
    add(to, pairs[i].to, pairs[last].to);
    i = last + 1;
  }
  return "COPYUID " + std::to_string(uid_validity) + ' ' + from + ' ' + to;
}

std::string code_highest_modseq(std::uint64_t modseq) {
  return "HIGHESTMODSEQ " + std::to_string(modseq);
}

std::string code_modified(std::span<const SequenceRange> failed) {
  return "MODIFIED " + format_sequence_set(failed);
}

std::string code_mailbox_id(std::uint64_t mailbox) {
  return "MAILBOXID (F" + std::to_string(mailbox) + ')';
}

std::string code_capability(std::span<const std::string_view> capabilities) {
  std::string out = "CAPABILITY";
  append_words(out, capabilities);
  return out;
}

void append_capability(std::string& out, std::span<const std::string_view> capabilities) {
  out += "* CAPABILITY";
  append_words(out, capabilities);
  out += "\r\n";
}

void append_enabled(std::string& out, std::span<const std::string_view> capabilities) {
  out += "* ENABLED";
  append_words(out, capabilities);
  out += "\r\n";
}

}  // namespace restante::imap
