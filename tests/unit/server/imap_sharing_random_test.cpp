// Three accounts use one mailbox at random while its owner gives and takes rights at random: every
// command is answered as the rights of that moment say, and the store is consistent in the end.
#include <memory>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

constexpr std::string_view kLetters = "lrswipkxtea";
const std::string kBox = "\"Other Users/ann@example.org/box\"";

// A client of an account that is given rights, and what it knows of them.
class Guest {
 public:
  Guest(ImapHouse& house, storage::Account account) : house_(house), account_(account) {
    connect();
  }

  void connect() {
    client = std::make_unique<ImapClient>(house_, account_);
    selected = false;
  }
  bool may(char right) const { return rights.find(right) != std::string::npos; }
  bool may_change() const { return rights.find_first_of("ieswt") != std::string::npos; }
  // The answer; where the session ended, which it may only without r, there is a new one.
  std::string ask(const std::string& command) {
    const std::string answer = client->ask(command);
    INFO(account_.address << ' ' << rights << ": " << command << " -> " << answer);
    if (contains(answer, "* BYE")) {
      CHECK(selected);
      CHECK_FALSE(may('r'));
      connect();
      return "BYE";
    }
    CHECK_FALSE(contains(answer, "BAD "));
    return answer;
  }
  void expect(const std::string& command, bool allowed) {
    const std::string answer = ask(command);
    if (answer == "BYE") return;
    INFO(account_.address << ' ' << rights << ": " << command << " -> " << answer);
    CHECK(contains(answer, "NO [") == !allowed);
  }

  std::string rights;
  bool selected = false;
  bool read_only = false;
  std::unique_ptr<ImapClient> client;

 private:
  ImapHouse& house_;
  storage::Account account_;
};

void step(Guest& guest, std::mt19937& random) {
  const std::string uid = std::to_string(random() % 30 + 1);
  switch (random() % 16) {
    case 0:
    case 1: {
      const std::string answer = guest.ask("SELECT " + kBox);
      if (answer == "BYE") return;
      CHECK(contains(answer, "OK [READ") == guest.may('r'));
      guest.selected = guest.may('r');
      guest.read_only = !guest.may_change();
      return;
    }
    case 2:
      return guest.expect("APPEND " + kBox + " (\\Seen \\Deleted \\Draft word) {5+}\r\na: b\n",
                          guest.may('i'));
    case 3:
      return guest.expect("STATUS " + kBox + " (MESSAGES DELETED DELETED-STORAGE)", guest.may('r'));
    case 4: {
      const std::string answer = guest.ask("LIST \"\" *");
      if (answer != "BYE") CHECK(contains(answer, "example.org/box") == guest.may('l'));
      return;
    }
    case 5:
      return guest.expect("GETACL " + kBox, guest.may('a'));
    case 6: {
      const bool may = guest.may('l') && guest.rights.find_first_of("rswip") != std::string::npos;
      return guest.expect("SETMETADATA " + kBox + " (/shared/comment \"x\" /private/y \"z\")", may);
    }
    case 7: {
      guest.ask("SELECT INBOX");
      guest.selected = false;
      guest.ask("APPEND INBOX {5+}\r\na: b\n");
      if (!guest.may('i')) return;
      guest.ask((random() % 2 == 0 ? "UID MOVE " : "UID COPY ") + uid + " " + kBox);
      return;
    }
    default:
      break;
  }
  if (!guest.selected) return;
  switch (random() % 8) {
    case 0:
    case 1: {
      // One message that is there: else there is nothing to be denied.
      const std::string found = guest.ask("UID SEARCH UID " + uid);
      if (found == "BYE" || !contains(found, "* SEARCH ")) return;
      return guest.expect("UID STORE " + uid + " +FLAGS (\\Deleted)",
                          guest.may('t') && !guest.read_only);
    }
    case 2:
      return guest.expect("EXPUNGE", guest.may('e') && !guest.read_only);
    case 3:
      guest.ask("UID FETCH 1:30 (UID FLAGS EMAILID BODY[])");
      return;
    case 4:
      guest.ask("UID STORE 1:30 -FLAGS.SILENT (\\Seen word)");
      return;
    case 5:
      guest.ask("UID COPY " + uid + " INBOX");
      return;
    case 6:
      guest.ask("UID MOVE " + uid + " INBOX");
      return;
    default:
      guest.ask("CLOSE");
      guest.selected = false;
      return;
  }
}

}  // namespace

TEST_CASE("accounts that share a mailbox at random see what their rights say", "[imap][sharing]") {
  for (const unsigned seed : {11u, 12u, 13u, 14u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ImapHouse house;
    ImapClient ann(house, house.ann);
    ann.ask("CREATE box");
    ann.ask("SELECT box");
    for (int i = 0; i < 8; ++i) house.deliver(house.ann, kImapMessage, "box");
    Guest bob(house, house.bob), carl(house, house.create("carl@example.org", 20'000));
    const std::vector<std::pair<Guest*, std::string>> guests{{&bob, "bob@example.org"},
                                                             {&carl, "carl@example.org"}};
    for (int round = 0; round < 250; ++round) {
      const auto& [guest, address] = guests[random() % guests.size()];
      if (random() % 5 == 0) {
        guest->rights.clear();
        for (const char letter : kLetters)
          if (random() % 3 != 0) guest->rights += letter;
        const std::string set = "SETACL box " + address + " \"" + guest->rights + "\"";
        REQUIRE(contains(ann.ask(set), "OK SETACL"));
      } else if (random() % 12 == 0) {
        ann.ask("UID STORE 1:* +FLAGS (\\Flagged)");
        ann.ask("EXPUNGE");
      } else {
        step(*guest, random);
      }
    }
    const auto problems = house.store->check();
    REQUIRE(problems);
    CHECK(*problems == std::vector<std::string>{});
  }
}

}  // namespace restante::session
