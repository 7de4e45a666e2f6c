// Lines, literals and limits of the stream (RFC 9051 s4.3, RFC 7888).
#include "mail/imap/parser.h"

#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante::imap;
using Log = std::vector<std::string>;
using namespace std::string_literals;

TEST_CASE("Commands come one by one") {
  const Heard heard = listen("a1 CAPABILITY\r\na2 noop\r\na3 Logout\r\n");
  CHECK(heard.log == Log{"a1 CAPABILITY", "a2 NOOP", "a3 LOGOUT"});
}

TEST_CASE("A synchronizing literal asks for a continuation, the other kind does not") {
  CHECK(listen("A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n").log ==
        Log{"+", "+", "A001 LOGIN"});
  const Heard heard = listen("A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man\r\n");
  REQUIRE(heard.log == Log{"A001 LOGIN"});
  const auto& login = std::get<Login>(heard.commands[0].body);
  CHECK(login.user == "FRED FOOBAR");
  CHECK(login.password == "fat man");
}

TEST_CASE("Literals that end in literal marks are not read twice") {
  const Heard heard = listen("a LOGIN {5+}\r\n{3+}\r {4+}\r\n{\"\r\n\r\nb NOOP\r\n");
  REQUIRE(heard.log == Log{"a LOGIN", "b NOOP"});
  CHECK(std::get<Login>(heard.commands[0].body).user == "{3+}\r");
  CHECK(std::get<Login>(heard.commands[0].body).password == "{\"\r\n");
}

TEST_CASE("Errors have the tag where it can be read, and the next command is understood") {
  CHECK(listen("a FOO\r\nb NOOP\r\n").log == Log{"a BAD |unknown command", "b NOOP"});
  CHECK(listen("\r\nb NOOP\r\n").log == Log{" BAD |empty line", "b NOOP"});
  CHECK(listen("+ NOOP\r\nb NOOP\r\n").log == Log{" BAD |expected a tag", "b NOOP"});
  CHECK(listen("a\r\nb NOOP\r\n").log == Log{" BAD |missing argument", "b NOOP"});
  CHECK(listen("a NOOP x\r\nb NOOP\r\n").log ==
        Log{"a BAD |unexpected characters at the end of the command", "b NOOP"});
}

TEST_CASE("The literals of a broken command are skipped with it") {
  CHECK(listen("a FOO {7+}\r\nx NOOP\n {3+}\r\nabc\r\nb NOOP\r\n").log ==
        Log{"a BAD |unknown command", "b NOOP"});
  CHECK(listen("a FOO {7}\r\nb NOOP\r\n").log == Log{"a BAD |unknown command", "b NOOP"});
  CHECK(listen("a LOGIN \"x {7+}\r\nc NOOP\n\r\nb NOOP\r\n").log ==
        Log{"a BAD |unterminated quoted string", "b NOOP"});
}

TEST_CASE("Bare LF, bare CR and NUL are refused") {
  CHECK(listen("a NOOP\nb NOOP\r\nc NOOP\r\n").log == Log{"a BAD |lines end with CRLF", "c NOOP"});
  CHECK(listen("a NO\rOP\r\nc NOOP\r\n").log ==
        Log{"a BAD |CR is not allowed within a line", "c NOOP"});
  CHECK(listen("a NO\0OP\r\nc NOOP\r\n"s).log == Log{"a BAD |NUL is not allowed", "c NOOP"});
  CHECK(listen("a LOGIN {3+}\r\nx\0y z\r\nc NOOP\r\n"s).log ==
        Log{"a BAD |NUL is not allowed", "c NOOP"});
}

TEST_CASE("Long lines and literals are refused in constant memory") {
  const std::string x(100'000, 'x');
  CHECK(listen("a LOGIN " + x + " y\r\nb NOOP\r\n", 999).log ==
        Log{"a BAD |line too long", "b NOOP"});
  CHECK(listen("a LOGIN " + x + " {7+}\r\nc NOOP\n\r\nb NOOP\r\n", 999).log ==
        Log{"a BAD |line too long", "b NOOP"});
  CHECK(listen("a LOGIN {9000}\r\nb NOOP\r\n").log ==
        Log{"a BAD LIMIT|literals too long", "b NOOP"});
  const std::string half = x.substr(0, 4096);
  CHECK(listen("a LOGIN {4096+}\r\n" + half + " {4096+}\r\n" + half + "{1+}\r\nx\r\nb NOOP\r\n")
            .log == Log{"a BAD LIMIT|literals too long", "b NOOP"});
  CHECK(listen("a LOGIN {5000+}\r\n" + x.substr(0, 5000) + " y\r\nb NOOP\r\n", 777).log ==
        Log{"a BAD LIMIT|non-synchronizing literal too long", "b NOOP"});
}

TEST_CASE("What is too long even to be skipped is fatal, once") {
  ParserLimits limits;
  limits.swallowed_octets = 1000;
  const std::string x(3000, 'x');
  CHECK(listen("a FOO {99999999999999999999999+}\r\n" + x, 100, true, limits).log ==
        Log{"a BAD |unknown command fatal"});
  CHECK(listen("a FOO {900+}\r\n" + x, 100, true, limits).log ==
        Log{"a BAD |unknown command", " BAD |command too long fatal"});
  CHECK(listen("a FOO {9+}\r\nxxxxxxxxx {2000+}\r\n" + x, 100, true, limits).log ==
        Log{"a BAD |unknown command", " BAD |command too long fatal"});
}

TEST_CASE("IDLE is ended by the next line") {
  CHECK(listen("a IDLE\r\nDONE\r\nb NOOP\r\n").log == Log{"a IDLE", "line DONE", "b NOOP"});
  CHECK(listen("a IDLE\r\nx {3}\r\nb NOOP\r\n").log == Log{"a IDLE", "line x {3}", "b NOOP"});
  CHECK(listen("a IDLE\r\nDONE\nb NOOP\r\nc NOOP\r\n").log ==
        Log{"a IDLE", " BAD |lines end with CRLF", "c NOOP"});
}

TEST_CASE("Fed octet by octet or whole, the same comes out") {
  const std::string x(70'000, 'x');
  for (const std::string& stream :
       {"a LOGIN {3}\r\nabc {4+}\r\nx\r\ny\r\nb NOOP\r\nc FOO {3+}\r\nabc\r\nd NOOP\r\n"s,
        "a APPEND x {5+}\r\nabcde\r\nb IDLE\r\nDONE\r\nc NOOP\r\n"s,
        "a APPEND x {5+}\r\nab\0de\r\nb NOOP\nc NOOP\r\nd NOOP\r\n"s,
        "a APPEND x ~{5+}\r\nab\0de (\\Seen) {2+}\r\nxy\r\nb NOOP\r\n"s,
        "a APPEND x CATENATE (TEXT {2+}\r\nxy URL {3+}\r\nabc) UTF8 (~{1+}\r\nz)\r\nb NOOP\r\n"s,
        "a LOGIN " + x + "{3+}\r\nb N\r\nc NOOP\r\n", "a \0b NOOP\r\n\n\r\nc NOOP\r\n"s,
        "a SEARCH TEXT {3+}\r\n\xff\xff\xff\r\nx NO\rOP {2+}\r\n\r\n\r\nz CHECK\r\n"s}) {
    const Log whole = listen(stream).log;
    for (const std::size_t chunk : {1, 2, 3, 7, 64, 1000})
      CHECK(listen(stream, chunk).log == whole);
  }
}

TEST_CASE("Unused input can be dropped before TLS") {
  Parser parser;
  parser.feed("a STARTTLS\r\nb LOGIN x y\r\n");
  const ParserEvent event = parser.next();
  CHECK(std::holds_alternative<Command>(event));
  CHECK(parser.has_input());
  parser.discard_input();
  CHECK(std::holds_alternative<NeedInput>(parser.next()));
}
