// APPEND and REPLACE as the parser announces them: literals, several messages, CATENATE, UTF8.
#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

namespace restante::imap {
namespace {

using Log = std::vector<std::string>;
using namespace std::string_literals;

// What is said of a stream whose APPENDs are accepted.
Log said(std::string_view stream) {
  return listen(stream).log;
}

}  // namespace

TEST_CASE("APPEND is announced before its octets and comes in pieces") {
  const std::string stream =
      "a APPEND Sent (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5}\r\nab\r\nc"
      "\r\nb NOOP\r\n";
  const Heard heard = listen(stream);
  REQUIRE(heard.log == Log{"a APPEND", "5", "end |ab\r\nc", "b NOOP"});
  CHECK(heard.appends[0].command.mailbox == "Sent");
  CHECK_FALSE(heard.appends[0].command.replaces);
  CHECK(heard.messages[0].flags.has(SystemFlag::Seen));
  REQUIRE(heard.messages[0].internal_date);
  CHECK(heard.messages[0].internal_date->time_since_epoch().count() == 837596665);
}

TEST_CASE("A refused APPEND takes nothing of a synchronizing literal and skips the other kind") {
  CHECK(listen("a APPEND x {5}\r\nb NOOP\r\n", 1 << 20, false).log ==
        Log{"a APPEND", "5", "b NOOP"});
  CHECK(listen("a APPEND x {5+}\r\nabcde\r\nb NOOP\r\n", 1 << 20, false).log ==
        Log{"a APPEND", "5+", "b NOOP"});
  CHECK(listen("a APPEND x {5+}\r\nabcde {3+}\r\nxyz\r\nb NOOP\r\n", 1 << 20, false).log ==
        Log{"a APPEND", "5+", "b NOOP"});
  ParserLimits limits;
  limits.non_sync_octets = ~0ULL;
  CHECK(listen("a APPEND x {99999999999+}\r\nabcde\r\nb NOOP\r\n", 1 << 20, false, limits).log ==
        Log{"a APPEND", "99999999999+", " BAD |command too long fatal"});
}

TEST_CASE("Broken APPENDs get no continuation") {
  CHECK(said("a APPEND x {5000+}\r\n" + std::string(5000, 'x') + "\r\nb NOOP\r\n") ==
        Log{"a BAD TOOBIG|non-synchronizing literal too long", "b NOOP"});
  CHECK(said("a APPEND x (\\Foo) {5}\r\nb NOOP\r\n") ==
        Log{"a BAD |flag cannot be stored", "b NOOP"});
  CHECK(said("a APPEND &x {5}\r\nb NOOP\r\n") ==
        Log{"a NO CANNOT|mailbox name is not valid modified UTF-7", "b NOOP"});
  CHECK(said("a APPEND x\r\nb NOOP\r\n") == Log{"a BAD |APPEND needs a literal", "b NOOP"});
  CHECK(said("a APPEND x foo\r\nb NOOP\r\n") ==
        Log{"a BAD |expected the literal of the message", "b NOOP"});
  CHECK(said("a APPEND x {3+}\r\na\0b\r\nb NOOP\r\n"s) ==
        Log{"a APPEND", "3+", "a BAD |NUL is not allowed in a message", "b NOOP"});
  CHECK(said("a APPEND x {3+}\r\nabcd\r\nb NOOP\r\n") ==
        Log{"a APPEND", "3+", "a BAD |unexpected characters after the message", "b NOOP"});
  CHECK(said("a APPEND x {3}\r\nabc foo {4+}\r\nefgh\r\nb NOOP\r\n") ==
        Log{"a APPEND", "3", "a BAD |expected the literal of the message", "b NOOP"});
  CHECK(said("a APPEND x {3} {4}\r\nb NOOP\r\n").back() == "b NOOP");
}

TEST_CASE("The mailbox of APPEND may be a literal, an empty message is announced") {
  CHECK(said("a APPEND {4}\r\nSent {3}\r\nabc\r\n") == Log{"+", "a APPEND", "3", "end |abc"});
  CHECK(said("a APPEND {0+}\r\n {0+}\r\n\r\n") == Log{"a APPEND", "0+", "end |"});
}

TEST_CASE("APPEND takes several messages, each with its flags and date") {
  const Heard whole = listen(
      "a APPEND x {3}\r\nabc (\\Draft $Work) {2+}\r\nde \"17-Jul-1996 02:44:25 -0700\" "
      "~{1}\r\nf\r\nb NOOP\r\n");
  CHECK(whole.log == Log{"a APPEND", "3", "2+", "~1", "end |abc|de|f", "b NOOP"});
  REQUIRE(whole.messages.size() == 3);
  CHECK(whole.messages[1].flags.has(SystemFlag::Draft));
  CHECK_FALSE(whole.messages[2].flags.has(SystemFlag::Draft));
  CHECK(whole.messages[2].internal_date);
}

TEST_CASE("A literal8 may hold NUL") {
  CHECK(said("a APPEND x ~{3+}\r\na\0b\r\n"s) == Log{"a APPEND", "~3+", "end |a\0b"s});
  CHECK(said("a APPEND x UTF8 (~{3}\r\na\0b)\r\n"s) == Log{"a APPEND", "~3", "end |a\0b"s});
  CHECK(said("a APPEND x UTF8 ({3}\r\nb NOOP\r\n") == Log{"a BAD |expected a literal8", "b NOOP"});
  CHECK(said("a APPEND x UTF8 (~{3}\r\nabc\r\nb NOOP\r\n") ==
        Log{"a APPEND", "~3", "a BAD |expected )", "b NOOP"});
}

TEST_CASE("CATENATE joins texts and URLs") {
  CHECK(said("a APPEND x CATENATE (URL \"/y/;UID=1\")\r\nb NOOP\r\n") ==
        Log{"a APPEND", "end |</y/;UID=1>", "b NOOP"});
  CHECK(said("a APPEND x (\\Seen) CATENATE (TEXT {2}\r\nab URL /y TEXT {1+}\r\nc URL {2}\r\n/z "
             "UTF8 (~{1}\r\nd)) CATENATE (TEXT {0}\r\n) {1}\r\ne\r\n") ==
        Log{"a APPEND", "2", "1+", "+", "~1", "0", "1", "end |ab</y>c</z>d||e"});
  CHECK(said("a APPEND x CATENATE ()\r\nb NOOP\r\n") ==
        Log{"a BAD |expected TEXT or URL", "b NOOP"});
  CHECK(said("a APPEND x CATENATE (TEXT {1}\r\na\r\nb NOOP\r\n") ==
        Log{"a APPEND", "1", "a BAD |missing argument", "b NOOP"});
  CHECK(said("a APPEND x CATENATE (URL /y TEXT abc)\r\nb NOOP\r\n").size() == 2);
}

TEST_CASE("REPLACE names one message and takes one") {
  const Heard heard = listen("a REPLACE 4 Drafts (\\Draft) {3}\r\nabc\r\n");
  CHECK(heard.log == Log{"a REPLACE", "3", "end |abc"});
  REQUIRE(heard.appends[0].command.replaces);
  CHECK(heard.appends[0].command.replaces->ranges()[0].first == 4);
  CHECK_FALSE(heard.appends[0].command.uid);
  const Heard by_uid = listen("a uid replace 7 x CATENATE (URL /y TEXT {1}\r\na)\r\nb NOOP\r\n");
  CHECK(by_uid.log == Log{"a UID REPLACE", "1", "end |</y>a", "b NOOP"});
  CHECK(by_uid.appends[0].command.uid);
  CHECK(said("a REPLACE 4:5 x {3}\r\nb NOOP\r\n") ==
        Log{"a BAD |REPLACE takes one message", "b NOOP"});
  CHECK(said("a REPLACE 4 x {3}\r\nabc {3}\r\nb NOOP\r\n") ==
        Log{"a REPLACE", "3", "a BAD |unexpected characters after the message", "b NOOP"});
  CHECK(said("a REPLACE 4 x\r\nb NOOP\r\n") == Log{"a BAD |REPLACE needs a literal", "b NOOP"});
}

}  // namespace restante::imap
