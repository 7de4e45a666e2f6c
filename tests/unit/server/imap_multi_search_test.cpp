// ESEARCH: one search in many mailboxes (RFC 7377).
#include "server/session/imap/mailbox_filter.h"
#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// ann with messages in INBOX, a, a/b and a/b/c, one of each flagged.
class Mailboxes {
 public:
  Mailboxes() : client(house, house.ann) {
    for (const char* name : {"a", "a/b", "a/b/c"}) client.ask(std::string("CREATE ") + name);
    for (const char* name : {"INBOX", "a", "a/b", "a/b/c"}) {
      client.append(kImapMessage, name);
      client.append(kImapMessage, name, "(\\Flagged) ");
    }
  }
  std::string ask(const std::string& command) { return client.ask(command); }
  // The mailboxes of ESEARCH's answer, in order, and whether it ended with OK.
  std::string found(const std::string& sources) {
    const std::string answer = ask("ESEARCH IN (" + sources + ") RETURN (ALL) FLAGGED");
    std::string names;
    for (std::size_t at = 0; (at = answer.find("MAILBOX ", at)) != std::string::npos;) {
      at += 8;
      names += answer.substr(at, answer.find(" UIDVALIDITY", at) - at) + " ";
    }
    return names + answer.substr(answer.rfind('\n') + 1).substr(0, 3);
  }
  ImapHouse house;
  ImapClient client;
};

}  // namespace

TEST_CASE("ESEARCH answers for each mailbox with matches, by uid", "[imap]") {
  Mailboxes all;
  const std::string answer = all.ask("ESEARCH IN (mailboxes (a INBOX)) FLAGGED");
  CHECK(contains(answer, " MAILBOX \"INBOX\" UIDVALIDITY "));
  CHECK(contains(answer, ") UID ALL 2\n"));
  CHECK(answer.ends_with("OK ESEARCH completed"));
  CHECK(all.ask("ESEARCH IN (personal) SUBJECT nowhere") == "OK ESEARCH completed");
  const std::string part = all.ask("ESEARCH IN (subtree a) RETURN (COUNT PARTIAL -1:-1) ALL");
  CHECK(contains(part, ") UID COUNT 2 PARTIAL (-1:-1 2)\n"));
}

TEST_CASE("ESEARCH searches the mailboxes that its sources mean, each once", "[imap]") {
  Mailboxes all;
  CHECK(all.found("mailboxes a") == "\"a\" OK ");
  CHECK(all.found("mailboxes (a a gone) mailboxes a") == "\"a\" OK ");
  CHECK(all.found("subtree a") == "\"a\" \"a/b\" \"a/b/c\" OK ");
  CHECK(all.found("subtree-one a") == "\"a\" \"a/b\" OK ");
  CHECK(all.found("subtree-one (a/b INBOX)") == "\"INBOX\" \"a/b\" \"a/b/c\" OK ");
  CHECK(all.found("personal") == "\"INBOX\" \"a\" \"a/b\" \"a/b/c\" OK ");
  CHECK(all.found("inboxes") == all.found("personal"));
  CHECK(all.found("subscribed") == "\"INBOX\" OK ");
  all.ask("SUBSCRIBE a/b");
  CHECK(all.found("subscribed") == "\"INBOX\" \"a/b\" OK ");
  CHECK(all.found("mailboxes a*") == "BAD");
  CHECK(all.found("mailboxes \"a*\"") == "OK ");
  CHECK(all.found("selected") == "BAD");
  CHECK(all.found("selected-delayed") == "BAD");
  CHECK(all.found("somewhere") == "BAD");
}

TEST_CASE("ESEARCH in the selected mailbox is the default and may save", "[imap]") {
  Mailboxes all;
  CHECK(contains(all.ask("ESEARCH FLAGGED"), "BAD "));
  all.ask("SELECT a");
  CHECK(contains(all.ask("ESEARCH FLAGGED"), " MAILBOX \"a\" UIDVALIDITY "));
  CHECK(all.ask("ESEARCH RETURN (SAVE) FLAGGED") == "OK ESEARCH completed");
  CHECK(all.ask("SEARCH $") == "* SEARCH 2\nOK SEARCH completed");
  CHECK(contains(all.ask("ESEARCH IN (selected) RETURN (SAVE COUNT) 1"), "COUNT 1"));
  CHECK(all.ask("SEARCH $") == "* SEARCH 1\nOK SEARCH completed");
  CHECK(contains(all.ask("ESEARCH IN (selected personal) RETURN (SAVE) ALL"), "BAD "));
  CHECK(contains(all.ask("ESEARCH IN (personal) RETURN (COUNT) $"), "\"a\" UIDVALIDITY "));
  CHECK(contains(all.ask("NOOP"), "OK "));
}

TEST_CASE("sequence numbers beyond a mailbox are no error of a search", "[imap]") {
  Mailboxes all;
  all.ask("SELECT a");
  CHECK(all.ask("SEARCH 7:9") == "* SEARCH\nOK SEARCH completed");
  CHECK(all.found("personal") == all.found("inboxes"));
  CHECK(all.ask("ESEARCH IN (personal) 3:9") == "OK ESEARCH completed");
}

TEST_CASE("ESEARCH sees another account's mailboxes not at all", "[imap]") {
  Mailboxes all;
  ImapClient bob(all.house, all.house.bob);
  CHECK(bob.ask("ESEARCH IN (personal subtree a mailboxes (a INBOX)) ALL") ==
        "OK ESEARCH completed");
}

}  // namespace restante::session
