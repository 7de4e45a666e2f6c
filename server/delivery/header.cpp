#include "server/delivery/header.h"

#include <algorithm>
#include <span>

#include "mail/message/address.h"
#include "server/delivery/address.h"
#include "server/delivery/author.h"
#include "server/delivery/recipient.h"

namespace restante::delivery {
namespace {

constexpr std::size_t kMaxReceived = 100;  // RFC 5321 s6.3

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_name(std::string_view text, std::string_view lower_name) {
  return std::ranges::equal(text, lower_name, {}, lower);
}

// Length of the field name that line begins with, blanks before the colon not counted (RFC 5322
// s4.5); 0: no field.
std::size_t name_length(std::string_view line, std::size_t& colon) {
  std::size_t at = 0;
  while (at < line.size() && line[at] > 0x20 && line[at] < 0x7f && line[at] != ':') ++at;
  const std::size_t length = at;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  if (length == 0 || at == line.size() || line[at] != ':') return 0;
  colon = at;
  return length;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void note_field(HeaderFacts& facts, std::string_view message, FieldRange range, std::size_t length,
                std::size_t colon) {
  const std::string_view name = message.substr(range.begin, length);
  const std::string_view body = message.substr(colon + 1, range.end - colon - 1);
  switch (lower(name.front())) {
    case 'b':
      if (is_name(name, "bcc")) facts.bcc.push_back(range);
      break;
    case 'd':
      if (is_name(name, "date")) facts.has_date = true;
      break;
    case 'f':
      if (is_name(name, "from")) facts.from.push_back(body);
      break;
    case 'm':
      if (is_name(name, "message-id") && !facts.has_message_id) {
        facts.has_message_id = true;
        facts.message_id = trimmed(body);
      }
      break;
    case 'r':
      if (is_name(name, "received")) ++facts.received;
      if (is_name(name, "return-path")) facts.return_path.push_back(range);
      break;
    case 's':
      if (is_name(name, "sender")) facts.sender.push_back(body);
      break;
    default:
      break;
  }
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_word) {
  return !std::ranges::search(text, lower_word, {}, lower).empty();
}

}  // namespace

HeaderFacts scan_header(std::string_view message) {
  HeaderFacts facts;
  std::size_t at = 0;
  FieldRange field{0, 0};
  std::size_t length = 0;  // of the name of the present field; 0: none yet
  std::size_t colon = 0;
  while (at < message.size()) {
    const std::size_t line_feed = message.find('\n', at);
    const std::size_t next = line_feed == std::string_view::npos ? message.size() : line_feed + 1;
    const std::string_view line = message.substr(at, next - at);
    if (line == "\r\n") break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (length == 0) facts.well_formed = false;
      field.end = next;
    } else {
      if (length > 0) note_field(facts, message, field, length, colon);
      field = {at, next};
      std::size_t colon_in_line = 0;
      length = name_length(line, colon_in_line);
      colon = at + colon_in_line;
      if (length == 0) facts.well_formed = false;
    }
    at = next;
  }
  if (length > 0) note_field(facts, message, field, length, colon);
  facts.end = at;
  return facts;
}

std::optional<smtp::Refusal> check_header(const HeaderFacts& facts, smtp::Mode mode) {
  if (facts.received > kMaxReceived) return smtp::Refusal::Loop;
  if (facts.from.size() > 1 || facts.sender.size() > 1) return smtp::Refusal::FromSeveral;
  if (mode == smtp::Mode::Transfer) return std::nullopt;
  if (!facts.well_formed) return smtp::Refusal::BadHeader;
  if (facts.from.empty()) return smtp::Refusal::FromMissing;
  return std::nullopt;
}

std::optional<std::vector<smtp::Mailbox>> authors_of(const HeaderFacts& facts) {
  std::vector<smtp::Mailbox> all;
  for (const auto* fields : {&facts.from, &facts.sender}) {
    for (const auto body : *fields) {
      auto authors = parse_authors(body);
      if (!authors) return std::nullopt;
      for (auto& author : *authors) {
        if (std::ranges::find(all, author) == all.end()) all.push_back(std::move(author));
      }
    }
  }
  return all;
}

bool claims_local_author(const HeaderFacts& facts, std::span<const std::string> local_domains) {
  const auto is_local = [&](std::string_view domain) {
    const auto canonical = canonical_domain(domain);
    return canonical && is_local_domain(*canonical, local_domains);
  };
  for (const auto body : facts.from) {
    if (const auto authors = parse_authors(body)) {
      for (const auto& author : *authors) {
        if (is_local(author.domain)) return true;
      }
      continue;
    }
    // Readers are lenient: what any of them may see as our domain counts.
    for (const auto& address : message::parse_address_list(body)) {
      if (is_local(address.host)) return true;
    }
    for (const auto& domain : local_domains) {
      if (contains_ignoring_case(body, '@' + domain)) return true;
    }
  }
  return false;
}

void rewrite_header(std::string& octets, std::size_t start, const HeaderFacts& facts,
                    const MissingFields* missing) {
  std::vector<FieldRange> removed = facts.return_path;
  std::string header;
  if (missing != nullptr) {
    removed.insert(removed.end(), facts.bcc.begin(), facts.bcc.end());
    std::ranges::sort(removed, {}, &FieldRange::begin);
    if (!facts.has_date) header += missing->date;
    if (!facts.has_message_id) header += missing->message_id;
  }
  if (removed.empty()) {
    if (!header.empty()) octets.insert(start, header);
    return;
  }
  const std::string_view old_header = std::string_view(octets).substr(start, facts.end);
  std::size_t at = 0;
  for (const auto& range : removed) {
    header += old_header.substr(at, range.begin - at);
    at = range.end;
  }
  header += old_header.substr(at);
  octets.replace(start, facts.end, header);
}

}  // namespace restante::delivery
