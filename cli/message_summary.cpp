// Walks the flat tokens of FETCH; whatever is missing or odd leaves a field empty.
#include "cli/message_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "mail/message/address.h"
#include "mail/message/date.h"
#include "mail/message/encoded_word.h"

namespace restante::cli {
namespace {

using Tokens = std::vector<ImapToken>;
using Kind = ImapToken::Kind;

std::string text_or_empty(const ImapToken& token) {
  return token.kind == Kind::String || (token.kind == Kind::Atom && !token.is_nil())
             ? token.text
             : std::string();
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const ImapToken token{Kind::Atom, std::string(left)};
  return token.is(right);
}

std::string without_brackets(std::string id) {
  const std::size_t begin = id.find('<');
  const std::size_t end = id.rfind('>');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return id;
  return id.substr(begin + 1, end - begin - 1);
}

// INTERNALDATE: "17-Jul-1996 02:44:25 -0700" (RFC 9051 s9, date-time).
std::optional<std::chrono::sys_seconds> internal_date(std::string text) {
  for (const std::size_t dash : {std::size_t{2}, std::size_t{6}}) {
    if (text.size() > dash && text[dash] == '-') text[dash] = ' ';
  }
  const auto parsed = message::parse_date(text);
  if (!parsed) return std::nullopt;
  return parsed->time;
}

// The addresses of one envelope field, from the position of its value.
std::vector<message::Mailbox> addresses(const Tokens& tokens, std::size_t at, std::size_t end) {
  std::vector<message::Mailbox> found;
  if (at >= end || tokens[at].kind != Kind::Open) return found;
  for (++at; at + 5 < end && tokens[at].kind == Kind::Open; at = skip_value(tokens, at)) {
    message::EnvelopeAddress address;
    address.name = text_or_empty(tokens[at + 1]);
    address.mailbox = text_or_empty(tokens[at + 3]);
    address.host = text_or_empty(tokens[at + 4]);
    if (address.mailbox.empty() || tokens[at + 4].is_nil()) continue;  // a group's mark
    message::Mailbox mailbox;
    mailbox.name = message::display_name(address);
    mailbox.address = message::addr_spec(address);
    found.push_back(std::move(mailbox));
  }
  return found;
}

// RFC 9051 s7.5.2: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id.
void read_envelope(const Tokens& tokens, std::size_t at, std::size_t end, MessageSummary& summary) {
  if (at >= end || tokens[at].kind != Kind::Open) return;
  std::size_t field = 0;
  for (++at; at < end && tokens[at].kind != Kind::Close; at = skip_value(tokens, at), ++field) {
    const std::string text = text_or_empty(tokens[at]);
    if (field == 0) {
      if (const auto date = message::parse_date(text)) summary.date = date->time;
    } else if (field == 1) {
      summary.subject = message::decode_words(text);
    } else if (field == 2) {
      summary.from = addresses(tokens, at, end);
    } else if (field == 5) {
      summary.to = addresses(tokens, at, end);
    } else if (field == 6) {
      summary.cc = addresses(tokens, at, end);
    } else if (field == 9) {
      summary.message_id = without_brackets(text);
    }
  }
}

// A disposition is the list ("attachment" ...), wherever it stands in the structure.
std::uint32_t count_attachments(const Tokens& tokens, std::size_t at, std::size_t end) {
  std::uint32_t count = 0;
  for (; at + 1 < end; ++at) {
    if (tokens[at].kind == Kind::Open && tokens[at + 1].kind == Kind::String &&
        equal_ignoring_case(tokens[at + 1].text, "attachment")) {
      ++count;
    }
  }
  return count;
}

void read_flags(const Tokens& tokens, std::size_t at, std::size_t end, MessageSummary& summary) {
  for (; at < end; ++at) {
    summary.seen = summary.seen || tokens[at].is("\\Seen");
    summary.flagged = summary.flagged || tokens[at].is("\\Flagged");
    summary.answered = summary.answered || tokens[at].is("\\Answered");
  }
}

std::tm local_parts(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();  // to_time_t overflows after 2262
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::string formatted(const std::tm& parts, const char* format) {
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

}  // namespace

std::string summary_items(bool object_ids) {
  return std::string("(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE") +
         (object_ids ? " EMAILID THREADID)" : ")");
}

std::uint64_t object_number(std::string_view id, char letter) {
  if (id.size() < 2 || id[0] != letter) return 0;
  return imap_number(id.substr(1)).value_or(0);
}

std::optional<MessageSummary> parse_summary(const ImapResponse& response) {
  const Tokens& tokens = response.tokens;
  if (tokens.size() < 4 || !tokens[1].is("FETCH") || tokens[2].kind != Kind::Open) {
    return std::nullopt;
  }
  MessageSummary summary;
  for (std::size_t at = 3; at + 1 < tokens.size() && tokens[at].kind == Kind::Atom;) {
    const ImapToken& item = tokens[at];
    const std::size_t value = at + 1;
    const std::size_t end = skip_value(tokens, value);
    const ImapToken& first = tokens[value];
    if (item.is("UID")) {
      const auto uid = imap_number(first.text);
      if (uid && *uid <= UINT32_MAX) summary.uid = static_cast<std::uint32_t>(*uid);
    } else if (item.is("FLAGS")) {
      read_flags(tokens, value, end, summary);
    } else if (item.is("INTERNALDATE")) {
      summary.received = internal_date(first.text);
    } else if (item.is("RFC822.SIZE")) {
      summary.size = imap_number(first.text).value_or(0);
    } else if (item.is("ENVELOPE")) {
      read_envelope(tokens, value, end, summary);
    } else if (item.is("BODYSTRUCTURE")) {
      summary.attachments = count_attachments(tokens, value, end);
    } else if (item.is("EMAILID") && value + 1 < end) {
      summary.number = object_number(tokens[value + 1].text, 'M');
    } else if (item.is("THREADID") && value + 1 < end) {
      summary.thread = object_number(tokens[value + 1].text, 'T');
    }
    at = end;
  }
  if (summary.uid == 0) return std::nullopt;
  return summary;
}

std::string rfc3339(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();  // to_time_t overflows after 2262
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return formatted(parts, "%Y-%m-%dT%H:%M:%SZ");
}

std::string relative_time(std::chrono::sys_seconds time, std::chrono::sys_seconds now) {
  const std::tm then = local_parts(time);
  const std::tm today = local_parts(now);
  const bool future = time > now;
  if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday) {
    return fmt::format("{:02}:{:02}", then.tm_hour, then.tm_min);
  }
  if (!future && now - time < std::chrono::days(6)) return kDays[then.tm_wday];
  if (!future && then.tm_year == today.tm_year) {
    return fmt::format("{} {}", then.tm_mday, kMonths[then.tm_mon]);
  }
  return formatted(then, "%Y-%m-%d");
}

std::string full_time(std::chrono::sys_seconds time) {
  const std::tm parts = local_parts(time);
  return fmt::format("{} {} {} {}", kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon],
                     formatted(parts, "%Y %H:%M %z"));
}

std::string person(const message::Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  if (mailbox.name.find('@') == std::string::npos) return mailbox.name;
  return fmt::format("{} <{}>", mailbox.name, mailbox.address);
}

Json mailboxes_json(const std::vector<message::Mailbox>& mailboxes) {
  Json list = Json::array();
  for (const message::Mailbox& mailbox : mailboxes) {
    Json one;
    one["name"] = mailbox.name;
    one["address"] = mailbox.address;
    list.push_back(std::move(one));
  }
  return list;
}

Json summary_json(const MessageSummary& summary) {
  Json object;
  object["id"] = summary.number;
  if (summary.thread != 0) object["thread"] = summary.thread;
  object["message_id"] = summary.message_id;
  object["mailbox"] = summary.mailbox;
  object["uid"] = summary.uid;
  object["from"] = mailboxes_json(summary.from);
  object["to"] = mailboxes_json(summary.to);
  object["cc"] = mailboxes_json(summary.cc);
  object["subject"] = summary.subject;
  object["date"] = summary.date ? Json(rfc3339(*summary.date)) : Json(nullptr);
  object["received"] = summary.received ? Json(rfc3339(*summary.received)) : Json(nullptr);
  object["seen"] = summary.seen;
  object["flagged"] = summary.flagged;
  object["answered"] = summary.answered;
  object["size"] = summary.size;
  object["attachments"] = summary.attachments;
  return object;
}

Table summary_table(const std::vector<MessageSummary>& summaries, std::chrono::sys_seconds now,
                    bool show_recipient) {
  Table table({{"  #"},
               {"WHEN"},
               {show_recipient ? "TO" : "FROM", false, true},
               {"SUBJECT", false, true},
               {""},
               {""},
               {""}});
  std::size_t digits = 1;
  for (const MessageSummary& one : summaries) {
    digits = std::max(digits, std::to_string(one.number).size());
  }
  for (const MessageSummary& one : summaries) {
    const auto& people = show_recipient ? one.to : one.from;
    const message::Mailbox first = people.empty() ? message::Mailbox{} : people.front();
    table.add(
        {Cell(fmt::format("{} {:>{}}", one.seen ? ' ' : '*', one.number, digits),
              std::to_string(one.number)),
         one.received ? Cell(relative_time(*one.received, now), rfc3339(*one.received)) : Cell(""),
         Cell(person(first), first.address), Cell(one.subject),
         Cell(one.attachments > 0 ? fmt::format("@{}", one.attachments) : "",
              std::to_string(one.attachments)),
         Cell(one.thread != 0 ? fmt::format("t{}", one.thread) : ""),
         Cell("", one.seen ? "seen" : "new")},
        !one.seen);
  }
  return table;
}

}  // namespace restante::cli
