// Three sessions on one mailbox do random things; each keeps what it was told, as a client does. No
// untagged response may contradict that, and in the end all have been told the same.
#include <map>
#include <regex>
#include <sstream>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

// A client that believes what it is told.
class Believer {
 public:
  Believer(ImapHouse& house) : client(house, house.ann) { ask("SELECT INBOX"); }

  std::string ask(const std::string& command) {
    const std::string answer = client.ask(command);
    std::istringstream lines(answer);
    static const std::regex count("\\* (\\d+) (EXISTS|EXPUNGE|FETCH)(.*)");
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, count)) continue;
      INFO(command << " -> " << answer);
      believe(command, static_cast<std::size_t>(std::stoul(match[1])), match[2], match[3]);
    }
    if (command == "SELECT INBOX") ask("FETCH 1:* (UID FLAGS)");
    return answer;
  }

  struct Message {
    std::uint32_t uid = 0;  // 0: not told yet
    std::string flags;
    bool operator==(const Message&) const = default;
  };
  ImapClient client;
  std::vector<Message> messages;

 private:
  void believe(const std::string& command, std::size_t number, const std::string& what,
               const std::string& rest) {
    if (what == "EXISTS") {
      REQUIRE(number >= messages.size());
      messages.resize(number);
      return;
    }
    REQUIRE(number >= 1);
    REQUIRE(number <= messages.size());
    if (what == "EXPUNGE") {
      CHECK_FALSE(command.starts_with("FETCH"));
      CHECK_FALSE(command.starts_with("STORE"));
      CHECK_FALSE(command.starts_with("SEARCH"));
      messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(number) - 1);
      return;
    }
    static const std::regex uid("UID (\\d+)"), flags("FLAGS \\(([^)]*)\\)");
    Message& message = messages[number - 1];
    std::smatch match;
    if (std::regex_search(rest, match, uid)) {
      const auto told = static_cast<std::uint32_t>(std::stoul(match[1]));
      CHECK((message.uid == 0 || message.uid == told));
      message.uid = told;
    }
    // \Recent belongs to one session.
    if (std::regex_search(rest, match, flags)) {
      message.flags = std::regex_replace(match[1].str(), std::regex("\\\\Recent ?"), "");
    }
  }
};

std::string random_command(std::mt19937& random, std::size_t messages) {
  auto pick = [&](std::size_t count) { return std::to_string(random() % count + 1); };
  const std::string number = pick(std::max<std::size_t>(messages, 1));
  const std::string uids = pick(60) + ":" + pick(60);
  static const std::vector<std::string> kFlags{"\\Seen", "\\Flagged", "\\Answered", "work"};
  const std::string flag = kFlags[random() % kFlags.size()];
  switch (random() % 13) {
    case 0:
    case 1:
    case 2:
      return "APPEND INBOX {5+}\r\na: b\n";
    case 3:
      return "STORE " + number + " +FLAGS (\\Deleted)";
    case 4:
      return "UID STORE " + uids + " +FLAGS.SILENT (" + flag + ")";
    case 5:
      return "STORE " + number + " -FLAGS (" + flag + ")";
    case 6:
      return "EXPUNGE";
    case 7:
      return "UID EXPUNGE " + uids;
    case 8:
      return "FETCH 1:" + number + " (UID FLAGS)";
    case 9:
      return "UID FETCH " + uids + " BODY[]";
    case 10:
      return "SEARCH UNSEEN";
    case 11:
      return "UID MOVE " + number + " INBOX";
    default:
      return "NOOP";
  }
}

// What a silent STORE does, a client has to know by itself: it asks.
void settle(Believer& believer) {
  believer.ask("NOOP");
  if (!believer.messages.empty()) believer.ask("FETCH 1:* (UID FLAGS)");
}

}  // namespace

TEST_CASE("sessions that change one mailbox at random agree in the end", "[imap]") {
  for (const unsigned seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ImapHouse house;
    for (int i = 0; i < 10; ++i) house.deliver(house.ann, kImapMessage);
    Believer one(house), two(house), three(house);
    const std::vector<Believer*> all{&one, &two, &three};
    for (int round = 0; round < 150; ++round) {
      Believer& who = *all[random() % all.size()];
      who.ask(random_command(random, who.messages.size()));
      if (random() % 10 == 0) house.deliver(house.ann, kImapMessage);
    }
    for (Believer* who : all) settle(*who);
    for (Believer* who : all) settle(*who);
    CHECK(one.messages.size() == two.messages.size());
    CHECK((one.messages == two.messages));
    CHECK((one.messages == three.messages));
  }
}

TEST_CASE("what is told without asking is all a client needs", "[imap]") {
  std::mt19937 random(4);
  ImapHouse house;
  for (int i = 0; i < 10; ++i) house.deliver(house.ann, kImapMessage);
  Believer watcher(house), actor(house);
  for (int round = 0; round < 100; ++round) {
    actor.ask(random_command(random, actor.messages.size()));
    if (round % 7 == 0) watcher.ask("NOOP");
  }
  watcher.ask("NOOP");
  settle(actor);
  REQUIRE(watcher.messages.size() == actor.messages.size());
  // New messages come without flags (RFC 9051 s7.4.1): those the watcher has not been told of.
  for (std::size_t i = 0; i < actor.messages.size(); ++i) {
    if (watcher.messages[i].uid == 0) continue;
    CHECK((watcher.messages[i] == actor.messages[i]));
  }
}

}  // namespace restante::session
