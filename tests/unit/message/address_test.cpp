#include "mail/message/address.h"

#include <catch2/catch.hpp>

#include "mail/message/encoded_word.h"
#include "mail/message/header.h"

using namespace restante::message;
using Kind = EnvelopeAddress::Kind;

namespace {

// One line per element: kind, name|mailbox|host.
std::string shown(std::string_view body, std::size_t limit = 100) {
  std::string out;
  for (const EnvelopeAddress& address : parse_address_list(body, limit)) {
    if (!out.empty()) out += "; ";
    if (address.kind == Kind::GroupEnd) {
      out += "end";
      continue;
    }
    out += (address.kind == Kind::GroupStart ? "group " : "") + address.name + "|" +
           address.mailbox + "|" + address.host;
  }
  return out;
}

}  // namespace

TEST_CASE("the examples of RFC 5322 appendix A are read") {
  CHECK(shown("John Doe <jdoe@machine.example>") == "John Doe|jdoe|machine.example");
  CHECK(shown("\"Joe Q. Public\" <john.q.public@example.com>") ==
        "Joe Q. Public|john.q.public|example.com");
  CHECK(shown("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>") ==
        "Mary Smith|mary|x.test; |jdoe|example.org; Who?|one|y.test");
  CHECK(shown("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>") ==
        "|boss|nil.test; Giant; \"Big\" Box|sysservices|example.net");
  CHECK(shown("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;") ==
        "group |A Group|; Ed Jones|c|a.test; |joe|where.test; John|jdoe|one.test; end");
  CHECK(shown("Undisclosed recipients:;") == "group |Undisclosed recipients|; end");
  CHECK(shown("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>") ==
        "Pete|pete|silly.test");
  CHECK(shown("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;") ==
        "group |Hidden recipients|; end");
}

TEST_CASE(
    "obsolete forms are read: routes, blanks around dots, empty elements, names in comments") {
  CHECK(shown("Joe <@machine.tld,@b:mary@example.net>") == "Joe|mary|example.net");
  CHECK(shown("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example") ==
        "Mary Smith|mary|example.net; |jdoe|test.example");
  CHECK(shown("john . doe @ example . org") == "|john.doe|example.org");
  CHECK(shown("john@example.org (John Doe)") == "John Doe|john|example.org");
  CHECK(shown("John Q. Public <j@x>") == "John Q. Public|j|x");
  CHECK(shown("J. R. R. <j@x>") == "J. R. R.|j|x");
  CHECK(shown(",,a@b,,") == "|a|b");
}

TEST_CASE("quoted local parts, literals and 8-bit text are read") {
  CHECK(shown("\"john doe\"@example.org") == "|john doe|example.org");
  CHECK(shown("\"a@b\"@example.org") == "|a@b|example.org");
  CHECK(shown("x@[127.0.0.1]") == "|x|[127.0.0.1]");
  CHECK(shown("Jøran <jøran@blåbær.example>") == "Jøran|jøran|blåbær.example");
  CHECK(shown("=?utf-8?q?J=C3=B8ran?= <j@x>") == "=?utf-8?q?J=C3=B8ran?=|j|x");
}

TEST_CASE("broken lists give what is in them") {
  CHECK(shown("<a@b> <c@d>") == "|a|b; |c|d");
  CHECK(shown("A <a@b> B <c@d>") == "A|a|b; B|c|d");
  CHECK(shown("a@b; c@d") == "|a|b; |c|d");
  CHECK(shown("A <a@b, B <c@d>") == "A|a|b; B|c|d");
  CHECK(shown("a@b <c@d>") == "a@b|c|d");
  CHECK(shown("John Doe john@x") == "John Doe|john|x");
  CHECK(shown("root") == "|root|");
  CHECK(shown("John Doe") == "|John Doe|");
  CHECK(shown("<>") == "");
  CHECK(shown("\"unfinished <a@b>") == "|unfinished <a@b>|");
  CHECK(shown("(unfinished a@b") == "");
  CHECK(shown("a:b:c@d") == "group |a|; |c|d; end");
  CHECK(shown("[never closed, a@b") == "|[neverclosed|; |a|b");
  CHECK(shown("") == "");
}

TEST_CASE("of several at signs the last one counts, so that nothing passes for the first") {
  CHECK(shown("me@good.example@evil.example") == "|me@good.example|evil.example");
  CHECK(shown("<me@good.example@evil.example>") == "|me@good.example|evil.example");
}

TEST_CASE("a limit bounds the list and groups stay closed") {
  CHECK(parse_address_list("a@b,c@d,e@f", 2).size() == 2);
  CHECK(shown("g:a@b,c@d,e@f;", 3) == "group |g|; |a|b; end");
  CHECK(parse_address_list("g:a@b;", 1).size() <= 1);
}

TEST_CASE("hostile lists take linear time") {
  for (const char* piece :
       {"(", "<", "@", ":", "\"", "[", "a@", "<a", "a:", ".", "(()", ";", "a b "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    CHECK(parse_address_list(text).size() <= 10'000);
  }
}

TEST_CASE("an address is written with its local part quoted where needed") {
  CHECK(addr_spec(parse_address_list("\"john doe\"@x")[0]) == "\"john doe\"@x");
  CHECK(addr_spec(parse_address_list("john.doe@x")[0]) == "john.doe@x");
  CHECK(addr_spec(parse_address_list("root")[0]) == "root");
  CHECK(addr_spec(parse_address_list("g:;")[0]).empty());
}

TEST_CASE("a mailbox is written plainly, quoted or encoded") {
  CHECK(format_mailbox("", "a@b") == "a@b");
  CHECK(format_mailbox("John Doe", "a@b") == "John Doe <a@b>");
  CHECK(format_mailbox("Doe, John", "a@b") == "\"Doe, John\" <a@b>");
  CHECK(format_mailbox("a \"b\" \\c", "a@b") == "\"a \\\"b\\\" \\\\c\" <a@b>");
  CHECK(format_mailbox("Jøran", "a@b") == "=?utf-8?q?J=C3=B8ran?= <a@b>");
  CHECK(format_mailbox("Jøran", "a@b", true) == "Jøran <a@b>");
  CHECK(format_mailbox("=?utf-8?q?x?=", "a@b") != "=?utf-8?q?x?= <a@b>");
}

TEST_CASE("a written mailbox reads back as it was") {
  for (const char* name : {"John Doe", "Doe, John", "a \"b\" \\c", "Jøran <x@y>", "日本 語", "a  b",
                           " x", "(no comment)", "a.b"}) {
    const auto list = parse_address_list(unfold(format_mailbox(name, "me@example.org")));
    REQUIRE(list.size() == 1);
    CHECK(display_name(list[0]) == name);
    CHECK(addr_spec(list[0]) == "me@example.org");
  }
}
