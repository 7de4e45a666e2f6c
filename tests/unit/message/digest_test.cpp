#include "mail/message/digest.h"

#include <catch2/catch.hpp>

#include "mail/message/base_subject.h"
#include "mail/message/casemap.h"
#include "tests/unit/message/sample.h"

using namespace restante;
using namespace restante::message;

namespace {

std::string base(std::string_view subject) {
  return base_subject(subject).text;
}

bool is_reply(std::string_view subject) {
  return base_subject(subject).is_reply_or_forward;
}

}  // namespace

TEST_CASE("the base subject is what is left of the artifacts of replies and forwards") {
  CHECK(base("hello world") == "hello world");
  CHECK(base("Re: hello") == "hello");
  CHECK(base("re: RE : Fwd:FW: hello (fwd) (FWD) ") == "hello");
  CHECK(base("Re[2]: hello") == "hello");
  CHECK(base("Re [list]  : hello") == "hello");
  CHECK(base("[list] Re: hello") == "hello");
  CHECK(base("[list] hello") == "hello");
  CHECK(base("[a] [b] re: [c] hello") == "hello");
  CHECK(base("[only blob]") == "[only blob]");
  CHECK(base("[a][b]") == "[b]");
  CHECK(base("Re: [b] ") == "[b]");
  CHECK(base("[Fwd: hello]") == "hello");
  CHECK(base("[fwd: Re: [fwd: [x] hello (fwd)]]") == "hello");
  CHECK(base("[fwd: a] b") == "b");
  CHECK(base("hello\t\r\n  there") == "hello there");
  CHECK(base("  ").empty());
  CHECK(base("Re:").empty());
  CHECK(base("Re").starts_with("Re"));
  CHECK(base("regarding: x") == "regarding: x");
  CHECK(base("[[x] Re: y") == "[[x] Re: y");
}

TEST_CASE("a subject is a reply or forward where an artifact of one was removed") {
  CHECK(is_reply("Re: x"));
  CHECK(is_reply("[list] fw: x"));
  CHECK(is_reply("x (fwd)"));
  CHECK(is_reply("[fwd: x]"));
  CHECK_FALSE(is_reply("[list] x"));
  CHECK_FALSE(is_reply("x"));
  CHECK_FALSE(is_reply("return: x"));
}

TEST_CASE("a long subject is cut, and its artifacts cost no more than their length") {
  CHECK(base(std::string(5000, 'x')).size() == kSubjectOctets);
  std::string blobs;
  for (int i = 0; i < 300; ++i) blobs += "[a]";
  CHECK(base(blobs + "end") == "end");
  CHECK(base(blobs) == "[a]");
}

TEST_CASE("casemap gives equal octets to what i;unicode-casemap holds equal") {
  CHECK(casemap("Hello") == "HELLO");
  CHECK(casemap("é") == casemap("E\xcc\x81"));
  CHECK(casemap("Ǆ") == casemap("ǆ"));
  CHECK(casemap("ﬁ") == "fi");  // decomposed after it got its case (RFC 5051 s2)
  CHECK(casemap("ß") == "ß");
  CHECK(casemap("각") == "각");
  CHECK(casemap("\xe9") == casemap("é"));
  CHECK(casemap("日本語", 7) == "日本");
  CHECK(casemap("zebra") > casemap("apple"));
  CHECK(casemap("_") > casemap("Z"));
}

TEST_CASE("message identifiers have one key however they are quoted") {
  CHECK(message_id_key("\"01KF8JCEOCBS0045PS\"@xxx.yyy.com") ==
        message_id_key("01KF8JCEOCBS0045PS@xxx.yyy.com"));
  CHECK(message_id_key("\"a\\\"b\"@c") != message_id_key("ab@c"));
  CHECK(message_id_key("A@x") != message_id_key("a@x"));
  CHECK(message_id_key("a") != subject_key("a"));
}

TEST_CASE("a digest has what sorting and threading ask") {
  const Index indexed = index(
      "From: \"Ann O'Nym\" <ann@example.org>, bob@example.org\r\nTo: group: x@y;\r\n"
      "Cc: Carol@example.org\r\nSubject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
      "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <3@x>\r\n"
      "In-Reply-To: <2@x> from <bob@example.org>\r\nReferences: <1@x> <2@x>\r\n\r\n");
  const std::string stored = encode_digest(indexed);
  const Result<Digest> digest = decode_digest(stored);
  REQUIRE(digest);
  CHECK(digest->is_reply_or_forward);
  CHECK(digest->sent == indexed.date);
  CHECK(digest->message_id == message_id_key("3@x"));
  CHECK(digest->in_reply_to == message_id_key("2@x"));
  REQUIRE(digest->references.size() == 2);
  CHECK(digest->references[0] == message_id_key("1@x"));
  CHECK(digest->references[1] == message_id_key("2@x"));
  CHECK(digest->subject == casemap("Grüße"));
  CHECK(digest->from == "ANN");
  CHECK(digest->to == "GROUP");
  CHECK(digest->cc == "CAROL");
  CHECK(digest->display_from == "ANN O'NYM");
  CHECK(digest->display_to == "GROUP");
  for (std::size_t length = 0; length < stored.size(); ++length)
    CHECK_FALSE(decode_digest(std::string_view(stored).substr(0, length)));
  CHECK_FALSE(decode_digest(stored + "x"));
}

TEST_CASE("a digest of a message without header fields is empty") {
  const std::string stored = encode_digest(index("just text\r\n"));
  const Result<Digest> digest = decode_digest(stored);
  REQUIRE(digest);
  CHECK_FALSE(digest->sent);
  CHECK(digest->message_id == 0);
  CHECK_FALSE(digest->has_references());
  CHECK(digest->subject.empty());
  CHECK(digest->display_from.empty());
}

TEST_CASE("of many references the first and the last count") {
  std::string field = "References:";
  for (int i = 0; i < 200; ++i) field += " <" + std::to_string(i) + "@x>\r\n";
  const std::string stored = encode_digest(index(field + "\r\n"));
  const Result<Digest> digest = decode_digest(stored);
  REQUIRE(digest);
  REQUIRE(digest->references.size() == kFirstReferences + kLastReferences);
  CHECK(digest->references[7] == message_id_key("7@x"));
  CHECK(digest->references[8] == message_id_key("144@x"));
  CHECK(digest->references[63] == message_id_key("199@x"));
}
