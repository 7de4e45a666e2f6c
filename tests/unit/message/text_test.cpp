#include "mail/message/text.h"

#include <catch2/catch.hpp>

#include "tests/unit/message/sample.h"

using namespace restante::message;

namespace {

std::string readable(std::string_view octets) {
  return readable_text(octets, index(octets));
}

}  // namespace

TEST_CASE("text is decoded to UTF-8 with LF line ends") {
  CHECK(readable(sample("plain")) == "Shall we eat at noon?\n\nAda\n");
  CHECK(readable(sample("encoded_words")) == "André says hello\n=\n");
  CHECK(readable(sample("eight_bit_latin")) == "Grüße aus Köln\n");
  CHECK(readable(sample("iso2022jp")) == "日本語\n");
}

TEST_CASE("plain text is preferred among alternatives, HTML is reduced where there is none") {
  CHECK(readable(sample("alternative")) == "Größe: 5 €");
  CHECK(readable("Content-Type: text/html\r\n\r\n<p>one</p><p>two") == "one\n\ntwo");
  CHECK(readable("Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: "
                 "text/html\r\n\r\n<b>h</b>\r\n"
                 "--x\r\nContent-Type: multipart/related; boundary=y\r\n\r\n--y\r\nContent-Type: "
                 "text/html\r\n\r\nrelated\r\n--y--\r\n--x--\r\n") == "h");
}

TEST_CASE("all inline texts are shown, attachments and embedded messages are not") {
  CHECK(readable(sample("attachment")) == "see attached\n");
  CHECK(readable(sample("forwarded")) == "here it is");
  CHECK(readable("Content-Type: multipart/mixed; "
                 "boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Disposition: "
                 "attachment\r\n\r\nno\r\n--x\r\n\r\ntwo\r\n--x--\r\n") == "one\ntwo");
}

TEST_CASE("where there is nothing else, embedded and attached text is shown") {
  CHECK(readable("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner\r\n") == "inner\n");
  CHECK(readable("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
                 "attachment\r\n\r\nonly\r\n--x--\r\n") == "only");
  CHECK(readable("Content-Type: image/png\r\n\r\nxyz").empty());
  CHECK(readable_part(index("Content-Type: image/png\r\n\r\nxyz")) == kNone);
}

TEST_CASE("limits cut between characters") {
  const std::string octets = "Content-Type: text/plain; charset=utf-8\r\n\r\n日本語";
  CHECK(readable_text(octets, index(octets), 7) == "日本");
  CHECK(decoded_text(octets, index(octets).parts[0], 3) == "日");
}

TEST_CASE("a range beyond the octets is cut") {
  CHECK(slice("abc", Range{1, 100}) == "bc");
  CHECK(slice("abc", Range{9, 1}).empty());
}

TEST_CASE("HTML is reduced to its text") {
  CHECK(html_to_text("<html><head><title>t</title><style>p{}</style></head><body>a <b>b</b>\n "
                     "c</body></html>") == "a b c");
  CHECK(html_to_text("<script>if (a<b) x();</script>y") == "y");
  CHECK(html_to_text("one<br>two<br/><br />three") == "one\ntwo\n\nthree");
  CHECK(html_to_text("<ul><li>a<li>b</ul>c") == "* a\n* b\nc");
  CHECK(html_to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c") == "a b\nc");
  CHECK(html_to_text("<pre>a\n  b</pre>") == "a\n  b");
  CHECK(html_to_text("&lt;&amp;&eacute;&#8364;&#x20ac;&nbsp;&unknown;&") == "<&é€€ &unknown;&");
  CHECK(html_to_text("<!-- no --><a title=\"a>b\" href='x'>link</a> 1 < 2") == "link 1 < 2");
  CHECK(html_to_text("a<!-- never closed") == "a");
  CHECK(html_to_text("a<b never closed") == "a");
  CHECK(html_to_text("it's <p class=x>don't").ends_with("don't"));
  CHECK(html_to_text("&#0;&#xd800;&#99999999999;") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(html_to_text("").empty());
}

TEST_CASE("hostile HTML takes linear time and bounded space") {
  for (const char* piece :
       {"<", "<a", "<!--", "<a href=\"", "&", "&#", "<script>", "</", "<p>", "<pre>", "<br>"}) {
    std::string html;
    while (html.size() < 1'000'000) html += piece;
    CHECK(html_to_text(html).size() <= html.size());
    CHECK(html_to_text(html, 100).size() <= 100);
  }
}

TEST_CASE("text for search holds subject, addresses, file names and all texts") {
  const std::string octets = sample("attachment");
  const std::string text = search_text(octets, index(octets), 10000);
  for (const char* word :
       {"With a file", "Ada ada@example.org", "bob@example.org", "see attached", "Übersicht.pdf"}) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
  const std::string forwarded = sample("forwarded");
  CHECK(search_text(forwarded, index(forwarded), 10000).find("inner text") != std::string::npos);
  CHECK(search_text(forwarded, index(forwarded), 10000).find("inner html") != std::string::npos);
  CHECK(search_text(octets, index(octets), 10).size() <= 10);
  CHECK(search_text(octets, index(octets), 0).empty());
}

TEST_CASE("a preview is one line of bounded length without controls") {
  const std::string octets =
      "\r\n" + std::string("a\x1b[31m  b\xc2\x85\r\n\tc ") + std::string(1000, 'x');
  const std::string preview = index(octets).preview;
  CHECK(preview.starts_with("a [31m b c"));
  CHECK(preview.size() <= 200);
}
