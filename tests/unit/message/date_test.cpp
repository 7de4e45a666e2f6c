#include "mail/message/date.h"

#include <catch2/catch.hpp>

using namespace restante::message;
using namespace std::chrono;

namespace {

long long seconds_of(const char* text) {
  const auto date = parse_date(text);
  return date ? static_cast<long long>(date->time.time_since_epoch().count()) : -1;
}

}  // namespace

TEST_CASE("a date of RFC 5322 is read with its zone") {
  const auto date = parse_date("Fri, 21 Nov 1997 09:55:06 -0600");
  REQUIRE(date);
  CHECK(date->time.time_since_epoch().count() == 880127706);
  CHECK(date->zone == minutes(-360));
  CHECK(date->local() == local_days(1997y / November / 21) + 9h + 55min + 6s);
}

TEST_CASE("obsolete and sloppy forms are read") {
  CHECK(seconds_of("21 Nov 97 09:55:06 GMT") == 880106106);
  CHECK(seconds_of("Fri, 21 Nov 97 09:55:06 CST") == 880127706);
  CHECK(seconds_of("Fri 21 Nov 1997 09(comment (nested)):55:06 -0600") == -1);
  CHECK(seconds_of("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n  -0330 "
                   "(Newfoundland Time)") == -27723480);
  CHECK(seconds_of("Fri Nov 21 09:55:06 1997") == 880106106);
  CHECK(seconds_of("21-Nov-1997 09:55:06 -0600") == 880127706);
  CHECK(seconds_of("Fri, 21 Nov 1997 09:55 -0600") == 880127700);
  CHECK(seconds_of("21 november 1997") == 880070400);
  CHECK(seconds_of("Fri, 21 Nov 1997 09:55:06 -06:00") == 880127706);
  CHECK(seconds_of("Wed, 01 Jan 2020 00:00:00 Z") == 1577836800);
  CHECK(seconds_of("Sat, 31 Dec 2016 23:59:60 +0000") == 1483228800);
  CHECK(parse_date("1 Jan 49 00:00 GMT")->time == sys_days(2049y / January / 1));
  CHECK(parse_date("1 Jan 50 00:00 GMT")->time == sys_days(1950y / January / 1));
  CHECK(parse_date("1 Jan 104 00:00 GMT")->time == sys_days(2004y / January / 1));
}

TEST_CASE("what is no date is none") {
  for (const char* text :
       {"", "yesterday", "31 Feb 2020 00:00:00 +0000", "1 Jan 2020 24:00:00 +0000",
        "1 Jan 2020 10:61:00 +0000", "1 Jan 99999 00:00", "Jan", "2020", "((((", "0 Jan 2020",
        "99999999999999999999 Jan 2020"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("a nonsense zone counts as none") {
  CHECK(seconds_of("1 Jan 2020 00:00:00 +9999") == 1577836800);
  CHECK(seconds_of("1 Jan 2020 00:00:00 Q") == 1577836800);
}

TEST_CASE("a date is written as RFC 5322 has it and reads back") {
  const sys_seconds time{880127706s};
  CHECK(format_date(time, minutes(-360)) == "Fri, 21 Nov 1997 09:55:06 -0600");
  CHECK(format_date(time) == "Fri, 21 Nov 1997 15:55:06 +0000");
  CHECK(format_date(time, minutes(330)) == "Fri, 21 Nov 1997 21:25:06 +0530");
  for (const int zone : {-720, -210, 0, 345, 840}) {
    const auto again = parse_date(format_date(time, minutes(zone)));
    REQUIRE(again);
    CHECK(again->time == time);
    CHECK(again->zone == minutes(zone));
  }
}
