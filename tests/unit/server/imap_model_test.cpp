// The model test: random commands by several sessions on shared mailboxes, against
// tests/unit/server/ imap_model.h. What every session was told must rebuild the model exactly, also
// of a client that was cut off in the middle of an answer and came back (RFC 7162 s6). A run is
// known by its seed: RESTANTE_MODEL_SEED is the first one, RESTANTE_MODEL_RUNS how many
// (tests/model).
#include "tests/unit/server/imap_model.h"

#include <cstdlib>
#include <random>

#include "tests/unit/server/imap_house.h"

namespace restante::session {
namespace {

using model::Belief;
using model::Change;
using model::Flags;
using model::Mailbox;
using model::Message;
using Uids = std::set<std::uint32_t>;

const std::vector<std::string> kNames{"INBOX", "Archive"};
const std::vector<std::string> kFlags{"\\Seen", "\\Flagged", "\\Deleted", "\\Deleted", "work"};

// What a client enables.
struct Kind {
  std::string enable;
  bool condstore = false;
  bool qresync = false;
  bool uid_only = false;
};

const std::vector<Kind> kKinds{
    {"", false, false, false},
    {"ENABLE IMAP4rev2", false, false, false},
    {"ENABLE CONDSTORE", true, false, false},
    {"ENABLE QRESYNC", true, true, false},
    {"ENABLE IMAP4rev2 QRESYNC", true, true, false},
    {"ENABLE UIDONLY CONDSTORE", true, false, true},
    {"ENABLE UIDONLY QRESYNC", true, true, true},
};

std::string text_of(const Uids& uids) {
  std::string text;
  for (const auto uid : uids) text += (text.empty() ? "" : ",") + std::to_string(uid);
  return text;
}

std::string text_of(const Flags& flags) {
  std::string text;
  for (const auto& flag : flags) text += (text.empty() ? "" : " ") + flag;
  return "(" + text + ")";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class Run {
 public:
  Run(ImapHouse& house, std::uint32_t seed) : house_(house), random_(seed), seed_(seed) {
    account_ = house.create("run" + std::to_string(seed) + "@example.org");
    for (const std::string& name : kNames) boxes_[name];
  }

  void run() {
    const std::size_t count = 2 + pick(2);
    for (std::size_t i = 0; i < count; ++i) {
      players_.push_back(std::make_unique<Player>(kKinds[pick(kKinds.size())]));
      connect(*players_.back());
      select(*players_.back(), kNames[pick(4) == 0 ? 1 : 0]);
    }
    for (int step = 0; step < 30 && going_well(); ++step) {
      if (pick(6) == 0) {
        burst();
      } else {
        act(*players_[pick(players_.size())]);
      }
    }
    for (auto& player : players_) end_idle(*player);
    for (auto& player : players_) {
      say(*player, "NOOP", true);
      compare(*player, "at the end");
    }
    players_.clear();
  }

  bool going_well() const { return problems_.empty(); }
  std::string problems() const {
    std::string text = "seed " + std::to_string(seed_) + "\n";
    for (const std::string& line : log_) text += line + "\n";
    for (const std::string& problem : problems_) text += "PROBLEM: " + problem + "\n";
    return text;
  }

 private:
  struct Player {
    explicit Player(Kind of) : kind(std::move(of)) {}
    Kind kind;
    std::unique_ptr<ImapClient> client;
    std::string box;
    bool idle = false;
    Belief belief;
  };

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::string name_of(const Player& player) const {
    for (std::size_t i = 0; i < players_.size(); ++i) {
      if (players_[i].get() == &player) return "client " + std::to_string(i + 1);
    }
    return "client";
  }
  void problem(const Player& player, const std::string& text) {
    problems_.push_back(name_of(player) + ": " + text);
  }

  // --- Talking

  // Hears an answer, all of it or the first lines only; gives the tagged line.
  std::string hear(Player& player, const std::string& answer, bool expunges,
                   std::size_t most = 1'000'000) {
    for (const std::string& line : lines_of(answer)) {
      if (most-- == 0) return {};
      log_.push_back(name_of(player) + " < " + line);
      if (!line.starts_with("* ")) {
        player.belief.complete(line);
        return line;
      }
      player.belief.hear(line, expunges);
      for (const auto& found : player.belief.problems) problem(player, found);
      player.belief.problems.clear();
    }
    problem(player, "no tagged answer");
    return {};
  }

  std::string say(Player& player, const std::string& command, bool expunges) {
    log_.push_back(name_of(player) + " > " + command);
    last_ = player.client->ask(command);
    const std::string tagged = hear(player, last_, expunges);
    fetch_unknown(player);
    return tagged;
  }

  // Asks for what EXISTS has told of.
  void fetch_unknown(Player& player) {
    if (player.belief.unknown() == 0) return;
    const std::string items = player.kind.condstore ? " (UID FLAGS MODSEQ)" : " (UID FLAGS)";
    const std::size_t first = player.belief.messages.size() - player.belief.unknown() + 1;
    std::string command = "FETCH " + std::to_string(first) + ":*" + items;
    if (player.kind.uid_only) {
      command = "UID FETCH " + std::to_string(player.belief.last_uid() + 1) + ":4294967295" + items;
    }
    log_.push_back(name_of(player) + " > " + command);
    hear(player, player.client->ask(command), player.kind.uid_only);
  }

  void connect(Player& player) {
    player.client = std::make_unique<ImapClient>(house_, account_);
    if (!player.kind.enable.empty()) player.client->ask(player.kind.enable);
  }

  void select(Player& player, const std::string& box) {
    player.box = box;
    player.belief = Belief();
    player.belief.names_unknown = player.kind.uid_only;
    say(player, "SELECT " + box + (player.kind.condstore ? " (CONDSTORE)" : ""), true);
    // What is known is asked for, not told.
    compare(player, "after SELECT");
  }

  // --- Comparing

  std::map<std::uint32_t, std::uint64_t> modseqs(const std::string& box) {
    std::map<std::uint32_t, std::uint64_t> found;
    for (const auto& row : placements(box)) found[row.uid.value()] = row.modseq.value();
    return found;
  }

  std::vector<storage::Placement> placements(const std::string& box) {
    std::vector<storage::Placement> rows;
    house_.store->read_here([&](storage::Reader& reader) {
      const auto mailbox = reader.find_mailbox(account_.id, box);
      const storage::UidSet all{{Uid(1), Uid(0xffffffff)}};
      if (mailbox) rows = reader.placements(mailbox->id, all).value();
      if (mailbox) uid_next_ = mailbox->uid_next.value();
    });
    return rows;
  }

  // After commands that ran at the same time the store says what became of them.
  void reload_model() {
    for (auto& [name, box] : boxes_) {
      box.messages.clear();
      for (const auto& row : placements(name)) {
        Flags flags(row.flags.keywords.begin(), row.flags.keywords.end());
        if (row.flags.has(storage::Flag::Seen)) flags.insert("\\Seen");
        if (row.flags.has(storage::Flag::Flagged)) flags.insert("\\Flagged");
        if (row.flags.has(storage::Flag::Deleted)) flags.insert("\\Deleted");
        box.messages.push_back(Message{row.uid.value(), std::move(flags), row.modseq.value()});
      }
      box.uid_next = uid_next_;
    }
  }

  // The client knows everything: the same messages in the same order, with the same flags and
  // modseqs.
  void compare(Player& player, const std::string& when) {
    const Mailbox& box = boxes_[player.box];
    const auto of_store = modseqs(player.box);
    const auto& told = player.belief.messages;
    if (told.size() != box.messages.size()) {
      return problem(player, when + ": " + std::to_string(told.size()) + " messages, not " +
                                 std::to_string(box.messages.size()));
    }
    for (std::size_t i = 0; i < told.size(); ++i) {
      const Message& right = box.messages[i];
      const std::string which = when + ": message " + std::to_string(i + 1);
      if (told[i].uid != right.uid) problem(player, which + " has another uid");
      if (told[i].flags != right.flags) {
        problem(player, which + " has " + text_of(told[i].flags) + ", not " + text_of(right.flags));
      }
      if (player.kind.condstore && told[i].modseq != of_store.at(right.uid)) {
        problem(player, which + " has another modseq");
      }
    }
  }

  // --- Acting

  // Some messages the client knows: by their numbers or uids, and which they are.
  struct Named {
    std::string prefix;  // "UID " or nothing
    std::string set;
    Uids uids;
    bool by_uid() const { return !prefix.empty(); }
  };

  Named some(Player& player) {
    Named named;
    const auto& known = player.belief.messages;
    if (player.kind.uid_only || pick(2) == 0) named.prefix = "UID ";
    const std::size_t count = 1 + pick(3);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = pick(known.size());
      const std::size_t to = std::min(known.size(), at + 1 + (pick(4) == 0 ? pick(5) : 0));
      std::string first = std::to_string(at + 1);
      std::string last = std::to_string(to);
      if (named.by_uid()) {
        first = std::to_string(known[at].uid);
        last = std::to_string(known[to - 1].uid);
      }
      named.set += (named.set.empty() ? "" : ",") + first + (to > at + 1 ? ":" + last : "");
      for (std::size_t n = at; n < to; ++n) named.uids.insert(known[n].uid);
    }
    return named;
  }

  Flags some_flags() {
    Flags flags;
    for (std::size_t i = 0; i < 1 + pick(2); ++i) flags.insert(kFlags[pick(kFlags.size())]);
    return flags;
  }

  void act(Player& player) {
    if (player.idle) {
      if (pick(2) == 0) end_idle(player);
      return;
    }
    const bool empty = player.belief.messages.empty();
    switch (empty ? pick(4) : pick(16)) {
      case 0:
      case 1:
        return append(player);
      case 2:
        return noop_or_idle(player);
      case 3:
        return reselect(player);
      case 4:
      case 5:
      case 6:
      case 7:
        return store(player);
      case 8:
      case 9:
        return expunge(player);
      case 10:
      case 11:
        return copy_or_move(player);
      case 12:
        return fetch(player);
      case 13:
        return search(player);
      default:
        return cut_off(player);
    }
  }

  void append(Player& player) {
    const std::string box = kNames[pick(3) == 0 ? 1 : 0];
    const Flags flags = some_flags();
    boxes_[box].append(flags);
    say(player, "APPEND " + box + " " + text_of(flags) + " {5+}\r\na: b\n", true);
    compare(player, "after APPEND");
  }

  void noop_or_idle(Player& player) {
    if (pick(3) != 0) {
      say(player, "NOOP", true);
      return compare(player, "after NOOP");
    }
    log_.push_back(name_of(player) + " > IDLE");
    player.client->send("i IDLE\r\n");
    std::string line;
    while (!(line = player.client->line()).starts_with("+ ")) player.belief.hear(line, true);
    player.idle = true;
  }

  void end_idle(Player& player) {
    if (!player.idle) return;
    player.idle = false;
    log_.push_back(name_of(player) + " > DONE");
    player.client->send("DONE\r\n");
    hear(player, player.client->answer("i"), true);
    fetch_unknown(player);
    compare(player, "after IDLE");
  }

  void reselect(Player& player) {
    if (pick(3) == 0) {
      say(player, "CLOSE", true);
      Uids all;
      for (const Message& message : boxes_[player.box].messages) all.insert(message.uid);
      boxes_[player.box].expunge(all);
    }
    select(player, kNames[pick(3) == 0 ? 1 : 0]);
  }

  void store(Player& player) {
    const Named named = some(player);
    const Flags flags = some_flags();
    const auto how = static_cast<Change>(pick(3));
    const bool silent = pick(2) == 0;
    std::string condition;
    Uids uids = named.uids;
    if (player.kind.condstore && pick(3) == 0) {
      const std::uint64_t since = player.belief.modseq - pick(2) * pick(3);
      condition = "(UNCHANGEDSINCE " + std::to_string(since) + ") ";
      const auto now = modseqs(player.box);
      std::erase_if(uids, [&](auto uid) { return !now.contains(uid) || now.at(uid) > since; });
    }
    for (Message& message : boxes_[player.box].messages) {
      if (uids.contains(message.uid)) model::change(message.flags, how, flags);
    }
    // The client knows what it asked for silently.
    if (silent) {
      for (Message& message : player.belief.messages) {
        if (uids.contains(message.uid)) model::change(message.flags, how, flags);
      }
    }
    static const std::vector<std::string> kSigns{"", "+", "-"};
    const std::string tagged = say(player,
                                   named.prefix + "STORE " + named.set + " " + condition +
                                       kSigns[static_cast<std::size_t>(how)] + "FLAGS" +
                                       (silent ? ".SILENT " : " ") + text_of(flags),
                                   named.by_uid());
    if (named.by_uid()) compare(player, "after UID STORE");
  }

  void expunge(Player& player) {
    Uids uids;
    std::string command = "EXPUNGE";
    if (pick(3) == 0) {
      uids = some(player).uids;
      command = "UID EXPUNGE " + text_of(uids);
    } else {
      for (const Message& message : boxes_[player.box].messages) uids.insert(message.uid);
    }
    boxes_[player.box].expunge(uids);
    say(player, command, true);
    compare(player, "after " + command);
  }

  void copy_or_move(Player& player) {
    const Named named = some(player);
    const std::string to = kNames[pick(2)];
    Mailbox& from = boxes_[player.box];
    from.copy_to(boxes_[to], named.uids);
    const bool move = pick(2) == 0;
    if (move) from.remove(named.uids);
    say(player, named.prefix + (move ? "MOVE " : "COPY ") + named.set + " " + to, true);
    compare(player, "after COPY or MOVE");
  }

  void fetch(Player& player) {
    const Named named = some(player);
    const bool seen = pick(2) == 0;
    if (seen) {
      for (Message& message : boxes_[player.box].messages) {
        if (named.uids.contains(message.uid)) message.flags.insert("\\Seen");
      }
    }
    std::string command = named.prefix + "FETCH " + named.set;
    command += seen ? " BODY[9]" : " (UID FLAGS)";
    if (!seen && player.kind.condstore) command += " (CHANGEDSINCE 1)";
    say(player, command, named.by_uid());
    if (named.by_uid()) compare(player, "after UID FETCH");
  }

  void search(Player& player) {
    const bool by_uid = player.kind.uid_only || pick(2) == 0;
    const std::string flag = kFlags[pick(kFlags.size())];
    const std::string key = flag == "work" ? "KEYWORD work" : flag.substr(1);
    std::vector<std::uint32_t> right;
    for (const Message& message : boxes_[player.box].messages) {
      const std::size_t position = player.belief.position_of(message.uid);
      if (position == 0 || !message.flags.contains(flag)) continue;  // not told of yet
      right.push_back(by_uid ? message.uid : static_cast<std::uint32_t>(position));
    }
    log_.push_back(name_of(player) + " > SEARCH " + key);
    const std::string answer =
        player.client->ask(std::string(by_uid ? "UID " : "") + "SEARCH RETURN (ALL) " + key);
    const std::size_t all = answer.find(" ALL ");
    std::vector<std::uint32_t> found;
    if (all != std::string::npos && all < answer.find('\n')) {
      found = model::numbers_of(answer.substr(all + 5, answer.find('\n') - all - 5));
    }
    hear(player, answer, by_uid);
    fetch_unknown(player);
    if (found != right) problem(player, "SEARCH found something else: " + answer);
    if (by_uid) compare(player, "after UID SEARCH");
  }

  // --- Being cut off, and coming back

  void cut_off(Player& player) {
    if (!player.kind.condstore) return;
    // Others change something of which this client hears only a part.
    for (auto& other : players_) {
      if (other.get() != &player && !other->idle && !other->belief.messages.empty()) {
        pick(2) == 0 ? store(*other) : expunge(*other);
      }
    }
    if (!going_well()) return;
    const std::string command = player.kind.uid_only || pick(2) == 0 ? "NOOP" : "FETCH 1:* MODSEQ";
    log_.push_back(name_of(player) + " > " + command + ", then is cut off");
    const std::string answer = player.client->ask(command);
    hear(player, answer, true, pick(lines_of(answer).size() + 1));
    player.client.reset();
    connect(player);
    Belief kept = player.belief;
    std::erase_if(kept.messages, [](const Message& message) { return message.uid == 0; });
    player.belief = Belief();
    player.belief.names_unknown = player.kind.uid_only;
    if (player.kind.qresync) {
      come_back_by_qresync(player, kept);
    } else {
      come_back_by_condstore(player, kept);
    }
    compare(player, "after coming back");
  }

  // The order of the messages is that of their uids; numbers follow from it.
  void come_back_by_qresync(Player& player, Belief& kept) {
    std::string more;
    Uids known;
    for (const Message& message : kept.messages) known.insert(message.uid);
    if (!known.empty() && pick(2) == 0) more = " " + text_of(known);
    const std::string command = "SELECT " + player.box + " (QRESYNC (" +
                                std::to_string(kept.uid_validity) + " " +
                                std::to_string(kept.modseq) + more + "))";
    log_.push_back(name_of(player) + " > " + command);
    const std::string answer = player.client->ask(command);
    take_back(player, kept, answer);
  }

  void come_back_by_condstore(Player& player, Belief& kept) {
    std::string answer = player.client->ask("SELECT " + player.box + " (CONDSTORE)");
    const std::string all = player.client->ask("UID SEARCH RETURN (ALL) UID 1:*");
    const std::size_t at = all.find(" ALL ");
    Uids there;
    if (at != std::string::npos && at < all.find('\n')) {
      for (const auto uid : model::numbers_of(all.substr(at + 5, all.find('\n') - at - 5))) {
        there.insert(uid);
      }
    }
    std::erase_if(kept.messages, [&](const Message& m) { return !there.contains(m.uid); });
    const std::string changed =
        player.client->ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE " +
                           std::to_string(std::max<std::uint64_t>(1, kept.modseq)) + ")");
    // One answer: what SELECT said, then the changes.
    answer.erase(answer.rfind('\n') + 1);
    take_back(player, kept, answer + changed);
  }

  // Puts what was kept and what was told together.
  void take_back(Player& player, Belief& kept, const std::string& answer) {
    std::vector<std::string> changes;
    std::size_t exists = 0;
    for (const std::string& line : lines_of(answer)) {
      log_.push_back(name_of(player) + " < " + line);
      const std::size_t number = static_cast<std::size_t>(std::atoi(line.c_str() + 2));
      if (line.ends_with(" EXISTS")) {
        exists = number;
      } else if (line.starts_with("* VANISHED (EARLIER) ")) {
        for (const auto uid : model::numbers_of(std::string_view(line).substr(21))) {
          std::erase_if(kept.messages, [&](const Message& m) { return m.uid == uid; });
        }
      } else {
        changes.push_back(line);
      }
    }
    player.belief.messages = kept.messages;
    if (exists >= kept.messages.size()) player.belief.messages.resize(exists);
    for (const std::string& line : changes) {
      if (!line.starts_with("* ")) {
        player.belief.complete(line);
      } else {
        player.belief.hear(line, true);
      }
    }
    for (const auto& found : player.belief.problems) problem(player, found);
    player.belief.problems.clear();
    fetch_unknown(player);
  }

  // --- At the same time

  // Several clients send something before any answer is read; who comes first is open.
  void burst() {
    std::vector<std::pair<Player*, bool>> busy;
    for (auto& player : players_) {
      if (player->idle || player->belief.messages.empty()) continue;
      const Named named = some(*player);
      std::string command = "EXPUNGE";
      switch (pick(5)) {
        case 0:
          command = "UID MOVE " + text_of(named.uids) + " " + kNames[pick(2)];
          break;
        case 1:
          command = named.prefix + "STORE " + named.set + " FLAGS " + text_of(some_flags());
          break;
        case 2:
          command = "UID COPY " + text_of(named.uids) + " " + kNames[pick(2)];
          break;
        case 3:
          command = "APPEND INBOX {5+}\r\na: b\n";
          break;
        default:
          break;
      }
      log_.push_back(name_of(*player) + " > " + command + ", at the same time");
      const bool expunges = !command.starts_with("STORE");
      player->client->send("b " + command + "\r\n");
      busy.emplace_back(player.get(), expunges);
    }
    for (auto& [player, expunges] : busy) hear(*player, player->client->answer("b"), expunges);
    for (auto& [player, expunges] : busy) fetch_unknown(*player);
    reload_model();
    for (auto& [player, expunges] : busy) {
      say(*player, "NOOP", true);
      compare(*player, "after commands at the same time");
    }
  }

  ImapHouse& house_;
  std::mt19937 random_;
  std::uint32_t seed_;
  storage::Account account_;
  std::map<std::string, Mailbox> boxes_;
  std::vector<std::unique_ptr<Player>> players_;
  std::vector<std::string> log_;
  std::vector<std::string> problems_;
  std::string last_;
  std::uint32_t uid_next_ = 1;
};

std::uint32_t setting(const char* name, std::uint32_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

void run_models(std::uint32_t first, std::uint32_t count) {
  ImapHouse house;
  for (std::uint32_t seed = first; seed < first + count; ++seed) {
    Run run(house, seed);
    run.run();
    if (!run.going_well()) FAIL(run.problems());
  }
  SUCCEED("runs " << first << " to " << first + count - 1);
}

}  // namespace

TEST_CASE("what sessions are told rebuilds the mailbox, whatever they do", "[imap]") {
  run_models(1, 60);
}

TEST_CASE("the same, thousands of times", "[.model]") {
  const std::uint32_t first = setting(
      "RESTANTE_MODEL_SEED", static_cast<std::uint32_t>(std::random_device{}()) % 1'000'000);
  const std::uint32_t count = setting("RESTANTE_MODEL_RUNS", 2000);
  WARN("seeds " << first << " to " << first + count - 1);
  // A store of its own for each hundred: it stays small.
  for (std::uint32_t done = 0; done < count; done += 100) {
    run_models(first + done, std::min<std::uint32_t>(100, count - done));
  }
}

}  // namespace restante::session
