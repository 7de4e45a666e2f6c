// What a client is told of its mailbox, and the names LIST answers with: pure values.
#include <catch2/catch.hpp>

#include "server/session/imap/mailbox_list.h"
#include "server/session/imap/mailbox_view.h"
#include "storage/uid_set.h"

namespace restante::session {
namespace {

constexpr std::size_t kNoLimit = 1'000'000;

storage::Mailbox mailbox(std::uint64_t modseq = 10) {
  storage::Mailbox made;
  made.id = MailboxId(3);
  made.highest_modseq = ModSeq(modseq);
  return made;
}

MailboxView view_of(std::initializer_list<std::uint32_t> uids) {
  std::vector<Uid> list;
  for (const auto uid : uids) list.emplace_back(uid);
  MailboxView view(mailbox(), {}, UidSequence(list), false);
  view.mark_announced();
  return view;
}

storage::UidSet uids_of(std::initializer_list<std::uint32_t> uids) {
  storage::UidSet made;
  for (const auto uid : uids) storage::append(made, Uid(uid));
  return made;
}

std::string told(MailboxView& view, bool expunges = true, bool vanished = false) {
  std::string out;
  Telling telling;
  telling.expunges = expunges;
  telling.vanished = vanished;
  REQUIRE(view.announce(out, telling, kNoLimit));
  return out;
}

using Ranges = std::vector<imap::SequenceRange>;

imap::SequenceSet set(std::string_view text) {
  return imap::SequenceSet::parse(text).value();
}

}  // namespace

TEST_CASE("a view numbers its uids and finds the messages of a set", "[imap]") {
  const MailboxView view = view_of({2, 5, 6, 7, 20});
  CHECK(view.size() == 5);
  CHECK(view.uid_at(5) == Uid(20));
  CHECK(view.sequence_number(Uid(6)) == 3);
  CHECK(view.sequence_number(Uid(8)) == 0);
  CHECK(view.positions(set("2:3,5"), false) == Ranges{{2, 3}, {5, 5}});
  CHECK(view.positions(set("1:3,6:10"), true) == Ranges{{1, 1}, {3, 4}});
  CHECK(view.positions(set("100:*"), true) == Ranges{{5, 5}});
  CHECK(view.positions(set("3:4"), true).empty());
  const auto uids = view.uids_of({{2, 4}});
  REQUIRE(uids.size() == 1);
  CHECK(uids[0].first == Uid(5));
  CHECK(uids[0].last == Uid(7));
}

TEST_CASE("an empty view has no messages for any set", "[imap]") {
  const MailboxView view = view_of({});
  CHECK(view.positions(set("1:*"), true).empty());
  CHECK(view.positions(set("*"), true).empty());
}

TEST_CASE("expunges are told with the numbers of their moment, or later", "[imap]") {
  MailboxView view = view_of({1, 2, 3, 4, 5});
  storage::Changes changes;
  changes.expunged = uids_of({2, 3, 5, 99});
  changes.highest_modseq = ModSeq(11);
  view.apply(changes, {});
  CHECK(told(view, false).empty());
  CHECK(view.withholds_expunges());
  view.mark_told();
  CHECK(view.told_modseq() == ModSeq(10));
  CHECK(view.size() == 5);
  CHECK(told(view) == "* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n* 3 EXPUNGE\r\n");
  view.mark_told();
  CHECK(view.told_modseq() == ModSeq(11));
  CHECK(view.size() == 2);
  CHECK(view.sequence_number(Uid(4)) == 2);
  CHECK(told(view).empty());
}

TEST_CASE("VANISHED names what the client has seen, in ranges", "[imap]") {
  MailboxView view = view_of({1, 2, 3, 7, 9});
  storage::Changes changes;
  changes.expunged = uids_of({2, 3, 4, 5, 6, 7, 99});
  view.apply(changes, {});
  CHECK(told(view, true, true) == "* VANISHED 2:3,7\r\n");
  CHECK(view.size() == 2);
  CHECK(told(view, true, true).empty());
}

TEST_CASE("what arrives while expunges are withheld counts on top of them", "[imap]") {
  MailboxView view = view_of({1, 2});
  storage::Changes changes;
  changes.expunged = uids_of({1});
  changes.changed = uids_of({7});
  view.apply(changes, {});
  CHECK(told(view, false) == "* 3 EXISTS\r\n");
  CHECK(told(view) == "* 1 EXPUNGE\r\n");
  CHECK(view.size() == 2);
}

TEST_CASE("flags changed elsewhere are told once", "[imap]") {
  MailboxView view = view_of({4, 9});
  view.told(ModSeq(12));
  CHECK(view.told_modseqs() == std::vector<ModSeq>{ModSeq(12)});
  storage::Changes changes;
  changes.changed = uids_of({9, 10});
  changes.highest_modseq = ModSeq(12);
  view.apply(changes, {});
  CHECK(view.told_modseqs().empty());
  CHECK(told(view) == "* 3 EXISTS\r\n");
  CHECK(view.take_changed() == Ranges{{2, 2}});
  CHECK(view.take_changed().empty());
  CHECK(view.modseq() == ModSeq(12));
}

TEST_CASE("a message that is gone is not told as changed", "[imap]") {
  MailboxView view = view_of({4, 9});
  storage::Changes changes;
  changes.changed = uids_of({9});
  view.apply(changes, {});
  changes.changed.clear();
  changes.expunged = uids_of({9});
  view.apply(changes, {});
  SECTION("told") {
    CHECK(told(view) == "* 2 EXPUNGE\r\n");
  }
  SECTION("withheld") {
    CHECK(told(view, false).empty());
  }
  CHECK(view.take_changed().empty());
}

TEST_CASE("new keywords are told by FLAGS before anything names them", "[imap]") {
  MailboxView view = view_of({4});
  storage::Changes changes;
  changes.changed = uids_of({4});
  view.apply(changes, {"later"});
  CHECK(told(view) == "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft later)\r\n");
  CHECK(view.take_changed() == Ranges{{1, 1}});
}

TEST_CASE("recent messages are counted and shown", "[imap]") {
  MailboxView view = view_of({4, 5});
  storage::Changes changes;
  changes.changed = uids_of({6, 8});
  view.apply(changes, {});
  view.add_recent(Uid(6), Uid(8));
  view.add_recent(Uid(7), Uid(8));
  CHECK(view.recent_count() == 2);
  CHECK(view.is_recent(Uid(8)));
  CHECK_FALSE(view.is_recent(Uid(5)));
  CHECK(told(view) == "* 4 EXISTS\r\n* 2 RECENT\r\n");
}

TEST_CASE("many expunges are told in bounded pieces", "[imap]") {
  std::vector<Uid> uids;
  storage::Changes changes;
  for (std::uint32_t uid = 1; uid <= 5000; ++uid) {
    uids.emplace_back(uid);
    if (uid % 2 == 0) storage::append(changes.expunged, Uid(uid));
  }
  MailboxView view(mailbox(), {}, UidSequence(uids), false);
  view.mark_announced();
  view.apply(changes, {});
  std::string all;
  int pieces = 0;
  Telling telling;
  telling.expunges = true;
  for (bool done = false; !done; ++pieces) {
    std::string out;
    done = view.announce(out, telling, 4096);
    CHECK(out.size() < 30'000);
    all += out;
  }
  CHECK(pieces > 2);
  CHECK(std::count(all.begin(), all.end(), '\n') == 2500);
  CHECK(all.starts_with("* 2 EXPUNGE\r\n* 3 EXPUNGE\r\n* 4 EXPUNGE\r\n"));
  CHECK(all.ends_with("* 2501 EXPUNGE\r\n"));
  CHECK(view.size() == 2500);
}

namespace {

storage::Mailbox named(std::string name, storage::SpecialUse use = storage::SpecialUse::None) {
  storage::Mailbox made = mailbox();
  made.name = std::move(name);
  made.special_use = use;
  return made;
}

std::string listed(const MailboxList& list, const imap::List& command) {
  std::string out;
  for (const auto& match : list.list(command)) imap::append_list(out, match.entry, false);
  return out;
}

imap::List all(std::string pattern) {
  imap::List command;
  command.patterns = {std::move(pattern)};
  return command;
}

}  // namespace

TEST_CASE("LIST shows missing levels above mailboxes as not existing", "[imap]") {
  const MailboxList list({named("INBOX"), named("a/b/c"), named("a/d")}, {});
  const std::string top = listed(list, all("%"));
  CHECK(top.find("\"a\"") + top.find(" a\r\n") != 0);
  CHECK(top.find("\\NonExistent") != std::string::npos);
  CHECK(top.find("\\HasChildren") != std::string::npos);
  CHECK(top.find("INBOX") != std::string::npos);
  CHECK(top.find("a/") == std::string::npos);
  const std::string below = listed(list, all("a/%"));
  CHECK(below.find("a/b") != std::string::npos);
  CHECK(below.find("a/d") != std::string::npos);
  CHECK(below.find("a/b/c") == std::string::npos);
}

TEST_CASE("LIST selects subscribed names, and with RECURSIVEMATCH those above them", "[imap]") {
  const MailboxList list({named("INBOX"), named("a"), named("a/b")}, {"a/b", "gone"});
  imap::List command = all("*");
  command.extended = command.select_subscribed = true;
  std::string out = listed(list, command);
  CHECK(out.find("INBOX") == std::string::npos);
  CHECK(out.find("\\Subscribed") != std::string::npos);
  CHECK(out.find("gone") != std::string::npos);
  CHECK(out.find("\\NonExistent") != std::string::npos);
  command.patterns = {"%"};
  command.select_recursive_match = true;
  out = listed(list, command);
  CHECK(out.find("CHILDINFO") != std::string::npos);
}

TEST_CASE("LIST selects special uses", "[imap]") {
  const MailboxList list({named("INBOX"), named("Sent", storage::SpecialUse::Sent)}, {});
  imap::List command = all("*");
  command.extended = command.select_special_use = true;
  const std::string out = listed(list, command);
  CHECK(out.find("\\Sent") != std::string::npos);
  CHECK(out.find("INBOX") == std::string::npos);
}

TEST_CASE("LSUB with % shows the level above a subscribed name", "[imap]") {
  const MailboxList list({named("a/b")}, {"a/b", "c"});
  imap::Lsub command;
  command.patterns = {"%"};
  const auto matches = list.lsub(command);
  REQUIRE(matches.size() == 2);
  CHECK(matches[0].entry.name == "a");
  CHECK(matches[0].entry.no_select);
  CHECK(matches[1].entry.name == "c");
  command.patterns = {"*"};
  const auto deep = list.lsub(command);
  REQUIRE(deep.size() == 2);
  CHECK(deep[0].entry.name == "a/b");
}

}  // namespace restante::session
