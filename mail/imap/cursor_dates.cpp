// Dates and flags of a command (RFC 9051 s9 date, date-time, flag). See cursor.h.
#include <algorithm>
#include <array>

#include "mail/imap/cursor.h"
#include "mail/imap/octets.h"

namespace restante::imap {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

unsigned Cursor::fixed_number(std::size_t digits) {
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(peek())) {
      fail("invalid date");
      return 0;
    }
    value = value * 10 + static_cast<unsigned>(peek() - '0');
    rest_.remove_prefix(1);
  }
  return value;
}

std::chrono::month Cursor::month() {
  const std::string_view name = ok() ? rest_.substr(0, 3) : std::string_view{};
  const auto found = std::find_if(kMonths.begin(), kMonths.end(),
                                  [name](std::string_view known) { return equals(known, name); });
  if (found == kMonths.end()) {
    fail("invalid date");
    return std::chrono::January;
  }
  rest_.remove_prefix(3);
  return std::chrono::month(static_cast<unsigned>(found - kMonths.begin()) + 1);
}

std::chrono::sys_days Cursor::date() {
  const bool quoted = take('"');
  unsigned day = fixed_number(1);
  if (is_digit(peek())) day = day * 10 + fixed_number(1);
  expect('-');
  const std::chrono::month in_month = month();
  expect('-');
  const unsigned year = fixed_number(4);
  if (quoted) expect('"');
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)), in_month,
                                         std::chrono::day(day));
  if (!date.ok()) {
    fail("no such date");
    return {};
  }
  return std::chrono::sys_days(date);
}

std::chrono::sys_seconds Cursor::date_time() {
  expect('"');
  const unsigned day = take(' ') ? fixed_number(1) : fixed_number(2);
  expect('-');
  const std::chrono::month in_month = month();
  expect('-');
  const unsigned year = fixed_number(4);
  space();
  const unsigned hour = fixed_number(2);
  expect(':');
  const unsigned minute = fixed_number(2);
  expect(':');
  const unsigned second = fixed_number(2);
  space();
  const bool west = peek() == '-';
  if (!take('-')) expect('+');
  const unsigned zone_hour = fixed_number(2);
  const unsigned zone_minute = fixed_number(2);
  expect('"');
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)), in_month,
                                         std::chrono::day(day));
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || zone_hour > 23 || zone_minute > 59) {
    fail("no such date");
    return {};
  }
  const std::chrono::seconds zone =
      std::chrono::hours(zone_hour) + std::chrono::minutes(zone_minute);
  const std::chrono::sys_seconds local = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                         std::chrono::minutes(minute) +
                                         std::chrono::seconds(second);
  return west ? local + zone : local - zone;
}

void Cursor::flag(FlagList& into) {
  if (take('\\')) {
    const std::string name = "\\" + std::string(atom("a flag"));
    const auto known = system_flag(name);
    if (!known) return fail("flag cannot be stored");
    return into.set(*known);
  }
  const std::string_view keyword = atom("a flag");
  if (keyword.size() > kMaxKeywordOctets) return fail("keyword too long", "LIMIT", true);
  const bool there =
      std::any_of(into.keywords.begin(), into.keywords.end(),
                  [keyword](const std::string& other) { return equals(other, keyword); });
  if (there || !ok()) return;
  if (into.keywords.size() == kMaxKeywords) return fail("too many keywords", "LIMIT", true);
  into.keywords.emplace_back(keyword);
}

FlagList Cursor::flag_list() {
  FlagList flags;
  expect('(');
  if (take(')')) return flags;
  do {
    flag(flags);
  } while (take(' '));
  expect(')');
  return flags;
}

}  // namespace restante::imap
