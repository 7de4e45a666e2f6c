// Dates of header fields: words are told apart by their look, so that most orders are understood.
#include "mail/message/date.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace restante::message {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::size_t kLongestDate = 1000;  // octets looked at

struct ZoneName {
  std::string_view name;
  int hours;
};
constexpr std::array<ZoneName, 11> kZones = {{{"ut", 0},
                                              {"gmt", 0},
                                              {"utc", 0},
                                              {"est", -5},
                                              {"edt", -4},
                                              {"cst", -6},
                                              {"cdt", -5},
                                              {"mst", -7},
                                              {"mdt", -6},
                                              {"pst", -8},
                                              {"pdt", -7}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

bool same_start(std::string_view word, std::string_view name) {  // three letters, any case
  if (word.size() < 3) return false;
  for (std::size_t i = 0; i < 3; ++i) {
    if (lower(word[i]) != lower(name[i])) return false;
  }
  return true;
}

class DateParser {
 public:
  explicit DateParser(std::string_view text) : text_(text.substr(0, kLongestDate)) {}

  std::optional<DateTime> parse() {
    while (at_ < text_.size()) {
      if (!step()) return std::nullopt;
    }
    return result();
  }

 private:
  bool step() {
    const char c = text_[at_];
    if (c == '(') return skip_comment();
    if (is_digit(c)) return number();
    if (is_letter(c)) return name();
    if ((c == '+' || c == '-') && hour_ >= 0 && at_ + 1 < text_.size() &&
        is_digit(text_[at_ + 1])) {
      return offset();
    }
    ++at_;
    return true;
  }

  bool skip_comment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        ++at_;
        break;
      }
    }
    return true;
  }

  std::string_view digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  static int value_of(std::string_view digits) {
    int value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} ? value : -1;
  }

  bool number() {
    const std::string_view text = digits();
    const int value = value_of(text);
    if (value < 0) return false;
    if (at_ < text_.size() && text_[at_] == ':' && hour_ < 0) return time(value);
    if (day_ < 0 && text.size() <= 2) {
      day_ = value;
    } else if (year_ < 0) {
      year_ = value;
      if (text.size() <= 2) year_ += value < 50 ? 2000 : 1900;  // RFC 5322 s4.3
      if (text.size() == 3) year_ += 1900;
    }
    return true;
  }

  bool time(int hour) {
    hour_ = hour;
    ++at_;
    minute_ = value_of(digits());
    second_ = 0;
    if (at_ + 1 < text_.size() && text_[at_] == ':' && is_digit(text_[at_ + 1])) {
      ++at_;
      second_ = value_of(digits());
      if (at_ < text_.size() && text_[at_] == '.') {  // fractions
        ++at_;
        digits();
      }
    }
    return hour_ <= 23 && minute_ >= 0 && minute_ <= 59 && second_ >= 0 && second_ <= 60;
  }

  bool name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (month_ == 0) {
      for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (same_start(word, kMonths[i])) month_ = static_cast<int>(i) + 1;
      }
      if (month_ != 0) return true;
    }
    if (hour_ >= 0 && !numeric_zone_) named_zone(word);
    return true;
  }

  void named_zone(std::string_view word) {
    std::string small;
    for (const char c : word) small.push_back(lower(c));
    for (const ZoneName& zone : kZones) {
      if (zone.name == small) zone_ = minutes(zone.hours * 60);
    }
  }

  bool offset() {
    const bool west = text_[at_] == '-';
    ++at_;
    std::string all(digits());
    if (at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      all.append(digits());
    }
    if (all.size() <= 2) all.append("00");
    if (all.size() == 3) all.insert(0, "0");
    const int value = all.size() == 4 ? value_of(all) : -1;
    if (value < 0 || value % 100 > 59) return true;  // nonsense: as if there were none
    zone_ = minutes((value / 100 * 60 + value % 100) * (west ? -1 : 1));
    numeric_zone_ = true;
    return true;
  }

  std::optional<DateTime> result() const {
    if (day_ < 1 || month_ == 0 || year_ < 1 || year_ > 9999) return std::nullopt;
    const year_month_day date(year(year_), month(static_cast<unsigned>(month_)),
                              day(static_cast<unsigned>(day_)));
    if (!date.ok()) return std::nullopt;
    DateTime out;
    out.time = sys_days(date);
    if (hour_ >= 0) out.time += hours(hour_) + minutes(minute_) + seconds(second_);
    if (year_month_day(floor<days>(out.time)).year() > year(9999)) return std::nullopt;
    out.zone = zone_;
    out.time -= zone_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int day_ = -1;
  int month_ = 0;
  int year_ = -1;
  int hour_ = -1;
  int minute_ = 0;
  int second_ = 0;
  minutes zone_{0};
  bool numeric_zone_ = false;
};

}  // namespace

std::optional<DateTime> parse_date(std::string_view field_body) {
  return DateParser(field_body).parse();
}

std::string format_date(sys_seconds time, minutes zone) {
  const sys_seconds local = time + zone;
  const sys_days midnight = floor<days>(local);
  const year_month_day date(midnight);
  const hh_mm_ss clock(local - midnight);
  const auto offset = zone < minutes(0) ? -zone : zone;
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} {}{:02}{:02}",
                     kDays[weekday(midnight).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), zone < minutes(0) ? '-' : '+',
                     offset.count() / 60 % 100, offset.count() % 60);
}

}  // namespace restante::message
