// CONDSTORE (RFC 7162 s3.1).
#include <regex>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// The first number behind a word; 0 where it does not stand there.
std::uint64_t number_after(const std::string& text, const std::string& word) {
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return 0;
  return std::stoull(text.substr(text.find_first_of("0123456789", at + word.size())));
}

std::uint64_t highest(ImapClient& client) {
  return number_after(client.ask("STATUS INBOX (HIGHESTMODSEQ)"), "HIGHESTMODSEQ");
}

std::string text_of(std::uint64_t number) {
  return std::to_string(number);
}

struct TwoClients {
  explicit TwoClients(int messages) {
    for (int i = 0; i < messages; ++i) house.deliver(house.ann, kImapMessage);
  }
  ImapHouse house;
  ImapClient client{house, house.ann};
  ImapClient other{house, house.ann};
};

}  // namespace

TEST_CASE("before a CONDSTORE enabling command no MODSEQ is sent, after it always", "[imap]") {
  TwoClients two(2);
  ImapClient& client = two.client;
  CHECK(contains(client.ask("SELECT INBOX"), "* OK [HIGHESTMODSEQ "));
  two.other.ask("SELECT INBOX");
  two.other.ask("STORE 1 +FLAGS (\\Flagged)");
  CHECK_FALSE(contains(client.ask("NOOP"), "MODSEQ"));
  CHECK(client.ask("STORE 1 +FLAGS (work)") ==
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work)\n"
        "* 1 FETCH (FLAGS (\\Recent \\Flagged work))\nOK STORE completed");

  SECTION("ENABLE") {
    const std::string enabled = client.ask("ENABLE CONDSTORE");
    CHECK(contains(enabled, "* ENABLED CONDSTORE\n"));
    CHECK(contains(enabled, "* OK [HIGHESTMODSEQ "));
    CHECK_FALSE(contains(client.ask("ENABLE CONDSTORE"), "HIGHESTMODSEQ"));
  }
  SECTION("FETCH MODSEQ") {
    const std::string fetched = client.ask("FETCH 1 MODSEQ");
    CHECK(fetched.starts_with("* OK [HIGHESTMODSEQ "));
    CHECK(contains(fetched, "* 1 FETCH (MODSEQ ("));
  }
  SECTION("FETCH CHANGEDSINCE") {
    CHECK(client.ask("FETCH 1 FLAGS (CHANGEDSINCE 1)").starts_with("* OK [HIGHESTMODSEQ "));
  }
  SECTION("SEARCH MODSEQ") {
    CHECK(client.ask("SEARCH MODSEQ 1").starts_with("* OK [HIGHESTMODSEQ "));
  }
  SECTION("STORE UNCHANGEDSINCE") {
    CHECK(client.ask("STORE 2 (UNCHANGEDSINCE 1) +FLAGS (x)").starts_with("* OK [HIGHESTMODSEQ "));
  }
  SECTION("STATUS HIGHESTMODSEQ") {
    CHECK(client.ask("STATUS Sent (HIGHESTMODSEQ)").starts_with("* OK [HIGHESTMODSEQ "));
  }
  SECTION("LIST RETURN (STATUS (HIGHESTMODSEQ))") {
    CHECK(contains(client.ask("LIST \"\" Sent RETURN (STATUS (HIGHESTMODSEQ))"),
                   "* OK [HIGHESTMODSEQ "));
  }
  SECTION("SELECT") {
    const std::string selected = client.ask("SELECT INBOX (CONDSTORE)");
    CHECK(selected.starts_with("* OK [CLOSED] "));
    CHECK(contains(selected, "* OK [HIGHESTMODSEQ "));
  }
  two.other.ask("STORE 1 -FLAGS (\\Flagged)");
  CHECK(std::regex_match(client.ask("NOOP"),
                         std::regex("\\* 1 FETCH \\(UID 1 FLAGS \\((\\\\Recent )?work\\) MODSEQ "
                                    "\\(\\d+\\)\\)\nOK NOOP completed")));
}

TEST_CASE("STORE tells the new MODSEQ, .SILENT or not", "[imap]") {
  TwoClients two(3);
  ImapClient& client = two.client;
  client.ask("SELECT INBOX (CONDSTORE)");
  const std::string loud = client.ask("STORE 1 +FLAGS (\\Seen)");
  CHECK(contains(loud, "* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen) MODSEQ ("));
  const std::string silent = client.ask("STORE 1:2 +FLAGS.SILENT (\\Seen)");
  // Nothing changed at the first: adding a flag that is there is no change (RFC 7162 s3.1.11).
  CHECK(silent.starts_with("* 2 FETCH (UID 2 MODSEQ ("));
  CHECK_FALSE(contains(silent, "FLAGS ("));
  CHECK(number_after(silent, "MODSEQ") > number_after(loud, "MODSEQ"));
  CHECK(client.ask("STORE 1:2 +FLAGS.SILENT (\\Seen)") == "OK STORE completed");
  const std::string body = client.ask("FETCH 3 BODY[TEXT]");
  CHECK(std::regex_search(
      body, std::regex("FLAGS \\(\\\\Recent \\\\Seen\\) UID 3 MODSEQ \\(\\d+\\)\\)\n")));
  CHECK(client.ask("NOOP") == "OK NOOP completed");
}

TEST_CASE("a conditional STORE leaves what was changed later alone, and tells it", "[imap]") {
  TwoClients two(3);
  ImapClient& client = two.client;
  client.ask("SELECT INBOX (CONDSTORE)");
  two.other.ask("SELECT INBOX");
  const std::uint64_t known = highest(client);
  two.other.ask("STORE 2 +FLAGS (\\Flagged)");

  const std::string stored =
      client.ask("STORE 1:3 (UNCHANGEDSINCE " + text_of(known) + ") +FLAGS.SILENT (\\Deleted)");
  CHECK(contains(stored, "* 1 FETCH (UID 1 MODSEQ ("));
  CHECK(contains(stored, "* 2 FETCH (UID 2 FLAGS (\\Recent \\Flagged) MODSEQ ("));
  CHECK(contains(stored, "* 3 FETCH (UID 3 MODSEQ ("));
  CHECK(contains(stored, "\nOK [MODIFIED 2] STORE completed"));
  CHECK(contains(client.ask("SEARCH DELETED"), "* SEARCH 1 3\n"));

  const std::string by_uid =
      client.ask("UID STORE 1:3 (UNCHANGEDSINCE " + text_of(known) + ") FLAGS (\\Seen)");
  CHECK(contains(by_uid, "OK [MODIFIED 1:3] UID STORE completed"));
  // Zero never passes (RFC 7162 s3.1.3).
  CHECK(contains(client.ask("STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)"), "OK [MODIFIED 1]"));
  const std::string all =
      client.ask("STORE 1:3 (UNCHANGEDSINCE " + text_of(highest(client)) + ") +FLAGS (\\Seen)");
  CHECK(contains(all, "* 2 FETCH (UID 2 FLAGS (\\Recent \\Flagged \\Seen) MODSEQ ("));
  CHECK(contains(all, "\nOK STORE completed"));
}

TEST_CASE("a condition in the future does not hide what others changed", "[imap]") {
  TwoClients two(1);
  two.client.ask("SELECT INBOX (CONDSTORE)");
  two.other.ask("SELECT INBOX");
  two.other.ask("STORE 1 +FLAGS (\\Flagged)");
  const std::string stored =
      two.client.ask("STORE 1 (UNCHANGEDSINCE 9223372036854775807) +FLAGS.SILENT (\\Deleted)");
  CHECK(contains(stored, "FLAGS (\\Recent \\Flagged \\Deleted)"));
  CHECK(contains(stored, "\nOK STORE completed"));
}

TEST_CASE("a conditional STORE of messages that are gone is NO with MODIFIED", "[imap]") {
  TwoClients two(3);
  two.client.ask("SELECT INBOX (CONDSTORE)");
  two.other.ask("SELECT INBOX");
  const std::uint64_t known = highest(two.client);
  two.other.ask("STORE 2 +FLAGS (\\Flagged)");
  two.other.ask("STORE 3 +FLAGS.SILENT (\\Deleted)");
  two.other.ask("EXPUNGE");
  const std::string stored =
      two.client.ask("STORE 1:3 (UNCHANGEDSINCE " + text_of(known) + ") +FLAGS (\\Seen)");
  CHECK(contains(stored, "\nNO [MODIFIED 2] "));
  CHECK_FALSE(contains(stored, "EXPUNGE\n"));
  // The expunge is not told yet: the client may not keep the modseqs it has seen (RFC 7162 s3.2).
  CHECK(number_after(stored, "* OK [HIGHESTMODSEQ ") == known);
  const std::string noop = two.client.ask("NOOP");
  CHECK(contains(noop, "* 3 EXPUNGE\n"));
  CHECK_FALSE(contains(noop, "HIGHESTMODSEQ"));
}

TEST_CASE("CHANGEDSINCE and SEARCH MODSEQ find what changed", "[imap]") {
  TwoClients two(5);
  ImapClient& client = two.client;
  client.ask("SELECT INBOX (CONDSTORE)");
  const std::uint64_t before = highest(client);
  client.ask("STORE 2 +FLAGS (\\Seen)");
  const std::uint64_t between = highest(client);
  client.ask("STORE 4 +FLAGS (\\Seen)");
  const std::uint64_t last = highest(client);

  const std::string fetched =
      client.ask("FETCH 1:* (FLAGS) (CHANGEDSINCE " + text_of(before) + ")");
  CHECK(fetched.starts_with("* 2 FETCH (FLAGS (\\Recent \\Seen) MODSEQ (" + text_of(between) +
                            "))\n* 4 FETCH (FLAGS "));
  CHECK(client.ask("UID FETCH 1:* FLAGS (CHANGEDSINCE " + text_of(last) + ")") ==
        "OK UID FETCH completed");
  CHECK(client.ask("FETCH 1:3 FLAGS (CHANGEDSINCE " + text_of(between) + ")") ==
        "OK FETCH completed");

  CHECK(client.ask("SEARCH MODSEQ " + text_of(between)) ==
        "* SEARCH 2 4 (MODSEQ " + text_of(last) + ")\nOK SEARCH completed");
  CHECK(contains(client.ask("SEARCH MODSEQ \"/flags/\\\\seen\" all " + text_of(last)),
                 "* SEARCH 4 (MODSEQ " + text_of(last) + ")\n"));
  CHECK(contains(client.ask("SEARCH MODSEQ " + text_of(last + 1)), "* SEARCH\n"));
  CHECK(contains(client.ask("UID SEARCH RETURN (MIN) MODSEQ " + text_of(between)),
                 " MIN 2 MODSEQ " + text_of(between) + "\n"));
  CHECK(contains(client.ask("SEARCH RETURN (MIN MAX) MODSEQ " + text_of(between)),
                 " MIN 2 MAX 4 MODSEQ " + text_of(last) + "\n"));
  CHECK(contains(client.ask("SEARCH RETURN (MIN COUNT) MODSEQ 1"),
                 " COUNT 5 MODSEQ " + text_of(last) + "\n"));
  // No MODSEQ where the key was not used.
  CHECK_FALSE(contains(client.ask("SEARCH RETURN (ALL) SEEN"), "MODSEQ"));
}

TEST_CASE("mod-sequences have 63 bits", "[imap]") {
  TwoClients two(1);
  two.client.ask("SELECT INBOX");
  CHECK(contains(two.client.ask("FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775807)"), "OK FETCH"));
  CHECK(two.client.ask("FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)").starts_with("BAD"));
  CHECK(two.client.ask("SEARCH MODSEQ -1").starts_with("BAD"));
  CHECK(two.client.ask("STORE 1 (UNCHANGEDSINCE) +FLAGS (x)").starts_with("BAD"));
  CHECK(two.client.ask("STORE 1 (X-OTHER 1) +FLAGS (x)").starts_with("BAD"));
  CHECK(two.client.ask("SELECT INBOX (X-OTHER)").starts_with("BAD"));
}

}  // namespace restante::session
