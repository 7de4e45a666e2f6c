// Drives one IMAP server and measures one kind of work. Prints key=value lines; tests/bench/imap.py
// asks every server the same. usage: imap_driver PORT USER PASSWORD WORK [ARGUMENT...]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/imap_client.h"
#include "tests/bench/sample_mail.h"

namespace {

using namespace restante::bench;
using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr std::size_t kMessageOctets = 4096;
constexpr std::size_t kBatch = 200;  // messages of one MULTIAPPEND, or sent before answers are read

struct Server {
  int port;
  std::string user;
  std::string password;
};

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::runtime_error("nothing was measured");
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::unique_ptr<ImapClient> log_in(const Server& server) {
  auto client = std::make_unique<ImapClient>(server.port);
  client->command(fmt::format("LOGIN \"{}\" \"{}\"", server.user, server.password));
  return client;
}

std::unique_ptr<ImapClient> select(const Server& server, const std::string& mailbox) {
  auto client = log_in(server);
  client->command("SELECT " + mailbox);
  return client;
}

std::size_t count_of(std::string_view text, std::string_view wanted) {
  std::size_t count = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + wanted.size()))
    ++count;
  return count;
}

template <class Work>
double time_of(Work&& work) {
  const auto begin = Clock::now();
  work();
  return milliseconds(Clock::now() - begin);
}

// The first round apart: it may have something to compute that later ones find ready.
template <class Work>
void print_rounds(int rounds, Work&& work) {
  fmt::print("first_ms={:.3f}\n", time_of(work));
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) times.push_back(time_of(work));
  fmt::print("median_ms={:.3f}\n", median(times));
}

// --- Loading

void append_some(ImapClient& client, const std::string& mailbox, bool multi, std::uint64_t first,
                 std::uint64_t count, const SampleMail& mail) {
  std::string octets;
  std::string tag;
  for (std::uint64_t number = first; number < first + count; ++number) {
    if (!multi || number == first) {
      tag = client.next_tag();
      octets += fmt::format("{} APPEND {}", tag, mailbox);
    }
    const std::string message = mail.message(number, kMessageOctets);
    octets += fmt::format(" {{{}+}}\r\n{}", message.size(), message);
    if (!multi || number + 1 == first + count) octets += "\r\n";
  }
  client.send(octets);
  client.finish(tag);
}

// Appends messages first, first + 1, ... over some connections at once.
void load(const Server& server, const Words& words) {
  const std::string& mailbox = words.at(0);
  const std::uint64_t total = std::stoull(words.at(1));
  const auto connections = static_cast<unsigned>(std::stoul(words.at(2)));
  auto client = log_in(server);
  const bool multi = client->answer_of("CAPABILITY").find(" MULTIAPPEND") != std::string::npos;
  client->command("CREATE " + mailbox);
  const SampleMail mail;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    try {
      auto own = log_in(server);
      for (;;) {
        const std::uint64_t first = next.fetch_add(kBatch);
        if (first >= total || failed) return;
        append_some(*own, mailbox, multi, first, std::min<std::uint64_t>(kBatch, total - first),
                    mail);
      }
    } catch (const std::exception& error) {
      fmt::print(stderr, "loading: {}\n", error.what());
      failed = true;
    }
  };
  const double time = time_of([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < connections; ++i) threads.emplace_back(work);
  });
  if (failed) throw std::runtime_error("loading failed");
  fmt::print("seconds={:.2f}\n", time / 1000);
}

// --- Works

void connect_login_select(const Server& server, const Words& words) {
  print_rounds(std::stoi(words.at(1)), [&] { select(server, words.at(0)); });
}

// words: mailbox, items, rounds, responses that are expected.
void fetch(const Server& server, const Words& words) {
  auto client = select(server, words.at(0));
  const std::string command = fmt::format("FETCH 1:* {}", words.at(1));
  std::uint64_t octets = 0;
  print_rounds(std::stoi(words.at(2)), [&] { octets = client->command(command).octets; });
  fmt::print("octets={}\n", octets);
  // Once more, untimed: did it answer all?
  const std::size_t answers = count_of(client->answer_of(command), " FETCH (");
  if (answers != std::stoull(words.at(3)))
    throw std::runtime_error(fmt::format("{} responses", answers));
}

void fetch_single(const Server& server, const Words& words) {
  auto client = select(server, words.at(0));
  const int count = std::stoi(words.at(1));
  std::vector<double> rates;
  for (int round = 0; round < 3; ++round) {
    const double time = time_of([&] {
      for (int n = 1; n <= count; ++n)
        if (client->command(fmt::format("FETCH {} BODY.PEEK[]", n)).octets < kMessageOctets / 2)
          throw std::runtime_error("a message was cut short");
    });
    rates.push_back(count / time * 1000);
  }
  fmt::print("per_second={:.0f}\n", median(rates));
}

void search(const Server& server, const Words& words) {
  auto client = select(server, words.at(0));
  const std::string command = "SEARCH " + words.at(1);
  std::string answer;
  print_rounds(std::stoi(words.at(2)), [&] { answer = client->answer_of(command); });
  const std::string_view line = std::string_view(answer).substr(0, answer.find("\r\n"));
  fmt::print("hits={}\n", count_of(line, " ") - 1);
}

void store_all(const Server& server, const Words& words) {
  auto client = select(server, words.at(0));
  std::vector<double> times;
  for (int round = std::stoi(words.at(1)); round > 0; --round) {
    client->command("STORE 1:* -FLAGS.SILENT (\\Seen)");
    times.push_back(time_of([&] { client->command("STORE 1:* +FLAGS (\\Seen)"); }));
  }
  fmt::print("median_ms={:.3f}\n", median(times));
}

void store_single(const Server& server, const Words& words) {
  auto client = select(server, words.at(0));
  const int count = std::stoi(words.at(1));
  client->command("STORE 1:* -FLAGS.SILENT (\\Flagged)");
  const double time = time_of([&] {
    for (int n = 1; n <= count; ++n) client->command(fmt::format("STORE {} +FLAGS (\\Flagged)", n));
  });
  fmt::print("per_second={:.0f}\n", count / time * 1000);
}

void append(const Server& server, const Words& words) {
  const std::string& mailbox = words.at(0);
  const auto connections = static_cast<unsigned>(std::stoul(words.at(1)));
  const auto limit = std::chrono::duration<double>(std::stod(words.at(2)));
  const SampleMail mail;
  std::vector<std::string> messages;
  for (std::uint64_t n = 0; n < 64; ++n) messages.push_back(mail.message(n, kMessageOctets));
  std::vector<std::unique_ptr<ImapClient>> clients;
  for (unsigned i = 0; i < connections; ++i) clients.push_back(log_in(server));
  std::atomic<std::uint64_t> done = 0;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
  const double time = time_of([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        try {
          for (std::size_t n = i; Clock::now() < end; ++n, ++done) {
            const std::string& message = messages[n % messages.size()];
            clients[i]->command(
                fmt::format("APPEND {} {{{}+}}\r\n{}", mailbox, message.size(), message));
          }
        } catch (const std::exception& error) {
          fmt::print(stderr, "append: {}\n", error.what());
          std::_Exit(1);
        }
      });
    }
  });
  fmt::print("per_second={:.0f}\n", static_cast<double>(done.load()) / time * 1000);
}

int run(const std::vector<std::string>& words) {
  using Work = std::function<void(const Server&, const Words&)>;
  static const std::map<std::string, Work, std::less<>> kWorks{{"load", load},
                                                               {"select", connect_login_select},
                                                               {"fetch", fetch},
                                                               {"single", fetch_single},
                                                               {"search", search},
                                                               {"store-all", store_all},
                                                               {"store-one", store_single},
                                                               {"append", append}};
  const auto work = words.size() > 3 ? kWorks.find(words[3]) : kWorks.end();
  if (work == kWorks.end()) {
    fmt::print(stderr, "usage: imap_driver PORT USER PASSWORD WORK [ARGUMENT...]\n");
    return 64;
  }
  const Server server{std::stoi(words[0]), words[1], words[2]};
  work->second(server, Words(words.begin() + 4, words.end()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "imap_driver: {}\n", error.what());
    return 1;
  }
}
