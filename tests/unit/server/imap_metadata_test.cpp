// Annotations (RFC 5464) and quotas (RFC 9208).
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

bool starts(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

void set_quota(ImapHouse& house, AccountId account, std::uint64_t octets, std::uint64_t messages) {
  std::promise<bool> done;
  house.store->set_quota(account, octets, messages,
                         [&](Result<void> result) { done.set_value(result.has_value()); });
  REQUIRE(done.get_future().get());
}

}  // namespace

TEST_CASE("Annotations are set, read and removed", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  CHECK(ann.ask("GETMETADATA INBOX /shared/comment") ==
        "* METADATA \"INBOX\" (/shared/comment NIL)\nOK GETMETADATA completed");
  CHECK(ann.ask("SETMETADATA INBOX (/shared/comment \"all\" /PRIVATE/Comment \"mine\")") ==
        "OK SETMETADATA completed");
  CHECK(ann.ask("GETMETADATA \"INBOX\" (/shared/comment /private/comment)") ==
        "* METADATA \"INBOX\" (/private/comment \"mine\")\n"
        "* METADATA \"INBOX\" (/shared/comment \"all\")\nOK GETMETADATA completed");
  CHECK(contains(ann.ask("GETMETADATA INBOX /shared/comment /private/comment"), "\"mine\""));
  CHECK(starts(ann.ask("SETMETADATA INBOX (/shared/comment NIL)"), "OK"));
  CHECK(contains(ann.ask("GETMETADATA INBOX /shared/comment"), "(/shared/comment NIL)"));
  CHECK(starts(ann.ask("SETMETADATA INBOX (/private/comment {12+}\r\ntwo\r\nlines\r\n)"), "OK"));
  CHECK(contains(ann.ask("GETMETADATA INBOX /private/comment"),
                 "(/private/comment {12}\ntwo\nlines\n)\n"));
  CHECK(starts(ann.ask("SETMETADATA none (/private/comment \"x\")"), "NO [NONEXISTENT]"));
}

TEST_CASE("A literal8 keeps NUL", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  const std::string octets("a\0b", 3);
  CHECK(starts(ann.ask("SETMETADATA INBOX (/private/comment ~{3+}\r\n" + octets + ")"), "OK"));
  CHECK(contains(ann.ask("GETMETADATA INBOX /private/comment"),
                 "(/private/comment ~{3}\n" + octets + ")\n"));
  // Elsewhere NUL stays refused.
  CHECK(starts(ann.ask("SETMETADATA INBOX (/private/comment {3+}\r\n" + octets + ")"), "BAD"));
}

TEST_CASE("DEPTH and MAXSIZE bound what is answered", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  ann.ask(
      "SETMETADATA INBOX (/private/filters/values/small \"SMALLER 5000\" "
      "/private/filters/values/boss \"FROM x\" /private/filters/values/boss/old \"no\")");
  const std::string below = ann.ask("GETMETADATA INBOX (DEPTH 1) (/private/filters/values)");
  CHECK(below ==
        "* METADATA \"INBOX\" (/private/filters/values/boss \"FROM x\")\n"
        "* METADATA \"INBOX\" (/private/filters/values/small \"SMALLER 5000\")\n"
        "OK GETMETADATA completed");
  CHECK(ann.ask("GETMETADATA (DEPTH 1) INBOX /private/filters/values") == below);
  CHECK(contains(ann.ask("GETMETADATA INBOX (DEPTH infinity) /private"), "boss/old"));
  CHECK(ann.ask("GETMETADATA INBOX (DEPTH infinity MAXSIZE 6) (/private)") ==
        "* METADATA \"INBOX\" (/private/filters/values/boss \"FROM x\")\n"
        "* METADATA \"INBOX\" (/private/filters/values/boss/old \"no\")\n"
        "OK [METADATA LONGENTRIES 12] GETMETADATA completed");
  CHECK(ann.ask("GETMETADATA INBOX (MAXSIZE 1) /private/filters/values/small") ==
        "OK [METADATA LONGENTRIES 12] GETMETADATA completed");
  for (const std::string wrong : {"/private/a//b", "/private/a/", "/other/x", "/private/*",
                                  "/private", "comment", "/shared/vendor/x"}) {
    CAPTURE(wrong);
    CHECK(starts(ann.ask("SETMETADATA INBOX (\"" + wrong + "\" \"v\")"), "BAD"));
  }
  CHECK(starts(ann.ask("GETMETADATA INBOX (DEPTH 2) /private/a"), "BAD"));
  CHECK(starts(ann.ask("SETMETADATA INBOX (/shared/vendor/x/y \"v\")"), "OK"));
}

TEST_CASE("Too large and too many annotations are refused whole", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  const std::string large(storage::kAnnotationOctets + 1, 'x');
  CHECK(starts(ann.ask("SETMETADATA INBOX (/private/a \"v\" /private/b {" +
                       std::to_string(large.size()) + "+}\r\n" + large + ")"),
               "NO [METADATA MAXSIZE 65536]"));
  CHECK(contains(ann.ask("GETMETADATA INBOX /private/a"), "NIL"));
  for (std::size_t i = 0; i < storage::kAnnotationEntries; ++i)
    ann.ask("SETMETADATA INBOX (/private/vendor/v/" + std::to_string(i) + " \"v\")");
  CHECK(starts(ann.ask("SETMETADATA INBOX (/shared/comment \"v\" /private/b \"v\")"),
               "NO [METADATA TOOMANY]"));
  CHECK(contains(ann.ask("GETMETADATA INBOX /shared/comment"), "NIL"));
}

TEST_CASE("Annotations of the server", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  ImapClient bob(house, house.bob);
  CHECK(starts(ann.ask("SETMETADATA \"\" (/shared/comment \"v\")"), "NO [NOPERM]"));
  CHECK(starts(ann.ask("SETMETADATA \"\" (/private/vendor/v/x \"ann's\")"), "OK"));
  CHECK(contains(ann.ask("GETMETADATA \"\" (/private/vendor/v/x /shared/admin)"),
                 "* METADATA \"\" (/private/vendor/v/x \"ann's\")\n"
                 "* METADATA \"\" (/shared/admin NIL)\n"));
  CHECK(contains(bob.ask("GETMETADATA \"\" /private/vendor/v/x"), "NIL"));
}

TEST_CASE("Annotations ask for rights, and follow the mailbox", "[imap][metadata]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  ImapClient bob(house, house.bob);
  ann.ask("CREATE box");
  const std::string box = "\"Other Users/ann@example.org/box\"";
  const auto give = [&](const std::string& rights) {
    REQUIRE(starts(ann.ask("SETACL box bob@example.org \"" + rights + "\""), "OK"));
  };
  give("lkxtea");
  CHECK(starts(bob.ask("GETMETADATA " + box + " /shared/comment"), "NO [NOPERM]"));
  CHECK(starts(bob.ask("SETMETADATA " + box + " (/shared/comment \"v\")"), "NO [NOPERM]"));
  give("rswip");
  CHECK(starts(bob.ask("GETMETADATA " + box + " /shared/comment"), "NO [NONEXISTENT]"));
  for (const char right : std::string("rswip")) {
    give(std::string("l") + right);
    CHECK(starts(bob.ask("SETMETADATA " + box + " (/shared/comment \"" + right +
                         "\" /private/comment \"bob's\")"),
                 "OK"));
    CHECK(contains(ann.ask("GETMETADATA box /shared/comment"), std::string("\"") + right + "\""));
  }
  CHECK(contains(ann.ask("GETMETADATA box /private/comment"), "NIL"));
  ann.ask("RENAME box moved");
  CHECK(contains(ann.ask("GETMETADATA moved /shared/comment"), "\"p\""));
  ann.ask("DELETE moved");
  ann.ask("CREATE moved");
  CHECK(contains(ann.ask("GETMETADATA moved /shared/comment"), "NIL"));
  // RENAME of INBOX copies them.
  ann.ask("SETMETADATA INBOX (/shared/comment \"in\")");
  ann.ask("RENAME INBOX old");
  CHECK(contains(ann.ask("GETMETADATA INBOX /shared/comment"), "\"in\""));
  CHECK(contains(ann.ask("GETMETADATA old /shared/comment"), "\"in\""));
}

TEST_CASE("Changes of annotations by others are told after ENABLE", "[imap][metadata]") {
  ImapHouse house;
  ImapClient one(house, house.ann);
  ImapClient two(house, house.ann);
  ImapClient bob(house, house.bob);
  one.ask("CREATE box");
  one.ask("SETACL box bob@example.org lrs");
  two.ask("SETMETADATA box (/shared/comment \"1\")");
  CHECK(contains(one.ask("ENABLE METADATA"), "* ENABLED METADATA\n"));
  CHECK(contains(bob.ask("ENABLE METADATA"), "* ENABLED METADATA\n"));
  CHECK(one.ask("NOOP") == "OK NOOP completed");
  CHECK(one.ask("SETMETADATA box (/shared/comment \"2\")") == "OK SETMETADATA completed");
  two.ask("SETMETADATA box (/shared/comment \"3\" /private/comment \"p\")");
  CHECK(
      one.ask("NOOP") ==
      "* METADATA \"box\" /shared/comment\n* METADATA \"box\" /private/comment\nOK NOOP completed");
  CHECK(one.ask("NOOP") == "OK NOOP completed");
  // Of another's mailbox, while it is selected.
  bob.ask("SELECT \"Other Users/ann@example.org/box\"");
  bob.send("i IDLE\r\n");
  bob.line();
  two.ask("SETMETADATA INBOX (/shared/comment \"4\")");
  two.ask("SETMETADATA box (/shared/comment \"4\" /private/comment \"q\")");
  CHECK(bob.line() == "* METADATA \"Other Users/ann@example.org/box\" /shared/comment");
  bob.send("DONE\r\n");
  CHECK(bob.answer("i") == "OK IDLE completed");
}

TEST_CASE("Quotas are told, and set by the operator only", "[imap][quota]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  CHECK(ann.ask("GETQUOTAROOT INBOX") ==
        "* QUOTAROOT \"INBOX\" ann@example.org\n* QUOTA ann@example.org ()\n"
        "OK GETQUOTAROOT completed");
  set_quota(house, house.ann.id, 10'000, 3);
  ann.append(kImapMessage);
  CHECK(ann.ask("GETQUOTA ann@example.org") ==
        "* QUOTA ann@example.org (STORAGE 1 10 MESSAGE 1 3)\nOK GETQUOTA completed");
  CHECK(starts(ann.ask("GETQUOTAROOT \"not yet there\""), "* QUOTAROOT \"not yet there\" ann"));
  CHECK(starts(ann.ask("GETQUOTA bob@example.org"), "NO [NONEXISTENT]"));
  CHECK(starts(ann.ask("SETQUOTA ann@example.org (STORAGE 512 MESSAGE 9)"), "NO [NOPERM]"));
  CHECK(starts(ann.ask("SETQUOTA ann@example.org ()"), "NO [NOPERM]"));
  ann.append(kImapMessage);
  ann.ask("SELECT INBOX");
  CHECK(contains(ann.ask("COPY 1 Archive"), "OK"));
  CHECK(starts(ann.ask("COPY 1 Archive"), "NO [OVERQUOTA]"));
  CHECK(starts(ann.append(kImapMessage), "NO [OVERQUOTA]"));
  CHECK(contains(ann.ask("MOVE 1 Archive"), "OK"));
}

TEST_CASE("STATUS tells what EXPUNGE would free", "[imap][quota]") {
  ImapHouse house;
  ImapClient ann(house, house.ann);
  ann.append(kImapMessage, "INBOX", "(\\Deleted) ");
  ann.append(kImapMessage);
  CHECK(contains(ann.ask("STATUS INBOX (DELETED DELETED-STORAGE)"),
                 "(DELETED 1 DELETED-STORAGE " + std::to_string(kImapMessage.size()) + ")"));
  ann.ask("SELECT INBOX");
  ann.ask("COPY 1 Archive");
  CHECK(contains(ann.ask("STATUS INBOX (DELETED-STORAGE)"), "(DELETED-STORAGE 0)"));
}

}  // namespace restante::session
