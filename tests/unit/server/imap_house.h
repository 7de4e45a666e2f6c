// A store with ann and bob and IMAP clients that speak to sessions on it, all driven by the test's
// thread.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>

#include "server/session/services.h"
#include "tests/unit/server/imap_fake_connection.h"
#include "tests/unit/server/session_fixture.h"

namespace restante::session {

class ImapHouse {
 private:
  std::filesystem::path folder_;  // before the store in it

 public:
  ImapHouse() : store(open()), authenticator_(*store), workers_(1) {
    settings.hostname = "mail.example.org";
    settings.limits.message_size_octets = 3'000'000;
    ann = create("ann@example.org");
    bob = create("bob@example.org");
    services_.emplace(*store, authenticator_, settings, log, workers_);
  }
  ~ImapHouse() {
    // Sessions end with their connections.
    for (ImapWire* wire : wires_) wire->fail(net::IoError::Closed);
    run_until([&] { return running_ == 0; });
    CHECK(running_ == 0);
    workers_.join();
    const auto problems = store->check();
    CHECK(problems);
    if (problems) CHECK(*problems == std::vector<std::string>{});
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  storage::Account create(const std::string& address, std::uint64_t quota = 0) {
    return create_account(*store, address, quota);
  }

  // Puts a message into a mailbox behind the sessions' backs.
  Uid deliver(const storage::Account& account, const std::string& octets,
              const std::string& mailbox = "INBOX") {
    storage::Recipient recipient;
    recipient.account = account.id;
    recipient.mailbox = mailbox;
    storage::Delivery delivery(storage::prepare(octets), {recipient},
                               storage::Time(std::chrono::seconds(1'000'000'000)));
    std::promise<Result<storage::DeliveryResult>> done;
    store->deliver(std::move(delivery), [&](Result<storage::DeliveryResult> result) {
      done.set_value(std::move(result));
    });
    auto result = done.get_future().get();
    REQUIRE(result);
    REQUIRE(result->front());
    return result->front()->uid;
  }

  void remove(const storage::Account& account) {
    std::promise<bool> done;
    store->remove_account(account.id, [&](Result<void> r) { done.set_value(r.has_value()); });
    REQUIRE(done.get_future().get());
  }

  // Starts a session.
  void connect(ImapWire& wire, ImapDoor door, std::optional<storage::Account> account) {
    wires_.push_back(&wire);
    ++running_;
    auto ended = [this](std::exception_ptr) { --running_; };
    asio::co_spawn(context,
                   serve_imap(std::make_unique<ImapFakeConnection>(context, wire), door,
                              std::move(account), *services_),
                   ended);
  }
  void connect_pop3(ImapWire& wire, Pop3Door door) {
    wires_.push_back(&wire);
    ++running_;
    auto ended = [this](std::exception_ptr) { --running_; };
    asio::co_spawn(
        context, serve_pop3(std::make_unique<ImapFakeConnection>(context, wire), door, *services_),
        ended);
  }
  void forget(ImapWire& wire) { std::erase(wires_, &wire); }

  // Runs sessions until the condition holds, for at most 20 seconds.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      if (context.stopped()) context.restart();
      context.run_one_for(std::chrono::milliseconds(50));
    }
    return condition();
  }

  asio::io_context context;
  Settings settings;
  MemoryLog log;
  std::unique_ptr<storage::Store> store;
  storage::Account ann, bob;

 private:
  std::unique_ptr<storage::Store> open() {
    folder_ = std::filesystem::temp_directory_path() /
              ("restante-imap-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder_);
    auto opened = storage::Store::open(folder_, storage::StoreOptions{});
    REQUIRE(opened);
    return std::move(*opened);
  }

  TestAuthenticator authenticator_;
  asio::thread_pool workers_;
  std::optional<Services> services_;
  std::vector<ImapWire*> wires_;
  int running_ = 0;
};

// The next line a session has written from at on, without CRLF; at moves behind it. "<closed>" if
// there is none.
inline std::string next_line(ImapHouse& house, ImapWire& wire, std::size_t& at) {
  house.run_until([&] { return wire.output.find("\r\n", at) != std::string::npos || wire.closed; });
  const std::size_t end = wire.output.find("\r\n", at);
  if (end == std::string::npos) return wire.closed ? "<closed>" : "<nothing>";
  std::string text = wire.output.substr(at, end - at);
  at = end + 2;
  return text;
}

// One client. Its connection ends with it.
class ImapClient {
 public:
  // A client whose account is known from the start (local socket), or one that must log in.
  ImapClient(ImapHouse& house, std::optional<storage::Account> account)
      : house_(house), wire(house.context), account_(std::move(account)) {
    if (account_) start(ImapDoor::LocalImap);
  }
  ~ImapClient() {
    if (!started_) return;
    wire.fail(net::IoError::Closed);
    house_.run_until([&] { return wire.closed; });
    // The session's last steps still use the wire.
    while (house_.context.poll() != 0) {
    }
    house_.forget(wire);
  }

  void start(ImapDoor door) {
    started_ = true;
    house_.connect(wire, door, account_);
    if (door == ImapDoor::LocalImap) greeting = line();
  }

  void send(std::string_view octets) { wire.send(octets); }

  // The next line of the server, without CRLF; "<closed>" if there is none.
  std::string line() { return next_line(house_, wire, at_); }

  // Sends a command with a tag of its own and gives all lines up to and including the tagged one,
  // which begins with "OK", "NO" or "BAD" then.
  std::string ask(const std::string& command) {
    const std::string tag = "t" + std::to_string(++tags_);
    send(tag + " " + command + "\r\n");
    return answer(tag);
  }
  std::string answer(const std::string& tag) {
    std::string all;
    for (;;) {
      const std::string next = line();
      if (next.starts_with(tag + " ")) return all + next.substr(tag.size() + 1);
      all += next + "\n";
      if (next == "<closed>" || next == "<nothing>") return all;
    }
  }
  // Runs until the session waits for input.
  void settle() {
    house_.run_until([&] { return (wire.idle && wire.input.empty()) || wire.closed; });
  }
  // Octets that have come and were not asked for.
  std::string rest() {
    settle();
    std::string text = wire.output.substr(at_);
    at_ = wire.output.size();
    return text;
  }

  std::string append(const std::string& octets, const std::string& mailbox = "INBOX",
                     const std::string& flags = "") {
    return ask("APPEND " + mailbox + " " + flags + "{" + std::to_string(octets.size()) + "+}\r\n" +
               octets);
  }

 private:
  ImapHouse& house_;

 public:
  ImapWire wire;
  std::string greeting;

 private:
  std::optional<storage::Account> account_;
  bool started_ = false;
  std::size_t at_ = 0;
  int tags_ = 0;
};

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline const std::string kImapMessage =
    "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: hi there\r\n"
    "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <1@example.org>\r\n\r\nhello world\r\n";

}  // namespace restante::session
