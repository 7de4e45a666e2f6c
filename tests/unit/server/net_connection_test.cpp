// The Connection over a plain socket: lines, limits, deadlines, waking, stopping, slow readers.
#include <catch2/catch.hpp>

#include "tests/unit/server/net_harness.h"

namespace restante::net::testing {
namespace {

asio::awaitable<std::string> one_line(StreamConnection& connection, std::size_t limit) {
  const auto line = co_await connection.read_line(limit);
  co_return outcome(line);
}

asio::awaitable<std::vector<std::string>> lines(StreamConnection& connection, Pair&,
                                                std::size_t limit, int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    auto line = co_await one_line(connection, limit);
    all.push_back(std::move(line));
  }
  co_return all;
}

asio::awaitable<std::string> some(StreamConnection& connection, Pair&, std::size_t limit) {
  const auto got = co_await connection.read_some(limit);
  co_return outcome(got);
}

asio::awaitable<std::string> write_all(StreamConnection& connection, Pair&, std::string data) {
  const auto done = co_await connection.write(data);
  co_return outcome(done);
}

asio::awaitable<std::string> wait(StreamConnection& connection, Pair&) {
  const auto reason = co_await connection.wait_for_input_or_wake();
  if (reason) co_return std::string(*reason == WakeReason::Input ? "input" : "woken");
  co_return outcome(IoResult<void>(std::unexpected(reason.error())));
}

asio::awaitable<std::string> read_by(StreamConnection& connection, Pair&,
                                     std::chrono::milliseconds limit) {
  connection.set_deadline(limit);
  co_return co_await one_line(connection, 100);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines are returned without CRLF, with a bare LF in place", "[net]") {
  Pair pair;
  pair.client().send("EHLO x\r\n\r\nbare\n");
  const auto got = pair.start(lines, std::size_t{100}, 3).get();
  CHECK(got == Lines{"EHLO x", "", "bare\n"});
}

TEST_CASE("a line that comes octet by octet is one line", "[net]") {
  Pair pair;
  auto got = pair.start(lines, std::size_t{100}, 1);
  for (const char c : std::string("NOOP\r\n")) {
    pair.client().send(std::string_view(&c, 1));
    std::this_thread::sleep_for(1ms);
  }
  CHECK(got.get() == Lines{"NOOP"});
}

TEST_CASE("a line longer than the limit is skipped to its end", "[net]") {
  Pair pair;
  pair.client().send("12345678\r\n123456789\r\nnext\r\n");
  CHECK(pair.start(lines, std::size_t{10}, 3).get() == Lines{"12345678", "!TooLong", "next"});
  auto got = pair.start(lines, std::size_t{1000}, 2);
  std::thread sender([&] { pair.client().send(std::string(1'000'000, 'x') + "\r\nnext\r\n"); });
  CHECK(got.get() == Lines{"!TooLong", "next"});
  sender.join();
  CHECK(pair.connection().input_capacity() <= 64 * 1024);
}

TEST_CASE("read_some gives at most the limit, and unread octets come again", "[net]") {
  Pair pair;
  pair.client().send("abcdef\r\nrest\r\n");
  CHECK(pair.start(some, std::size_t{3}).get() == "abc");
  CHECK(pair.connection().has_buffered_input());
  CHECK(pair.start(some, std::size_t{100}).get() == "def\r\nrest\r\n");
  CHECK_FALSE(pair.connection().has_buffered_input());
  pair.run([](StreamConnection& connection, Pair&) -> asio::awaitable<bool> {
    connection.unread(6);
    co_return true;
  });
  CHECK(pair.start(lines, std::size_t{100}, 1).get() == Lines{"rest"});
}

TEST_CASE("the end of the stream is Closed, also inside a line", "[net]") {
  Pair pair;
  pair.client().send("half a li");
  auto got = pair.start(lines, std::size_t{100}, 1);
  pair.client().close();
  CHECK(got.get() == Lines{"!Closed"});
}

TEST_CASE("an idle connection holds no buffer", "[net]") {
  Pair pair;
  pair.client().send("one\r\n");
  CHECK(pair.start(lines, std::size_t{100}, 1).get() == Lines{"one"});
  auto waiting = pair.start(lines, std::size_t{100}, 1);
  std::size_t held = 1;
  for (int i = 0; i < 1000 && held != 0; ++i) {
    held = pair.run([](StreamConnection& connection, Pair&) -> asio::awaitable<std::size_t> {
      co_return connection.input_capacity();
    });
  }
  CHECK(held == 0);
  pair.client().send("two\r\n");
  CHECK(waiting.get() == Lines{"two"});
}

TEST_CASE("a read fails with Deadline once the time has passed, and can be given more", "[net]") {
  Pair pair;
  const auto began = std::chrono::steady_clock::now();
  CHECK(pair.start(read_by, 50ms).get() == "!Deadline");
  CHECK(std::chrono::steady_clock::now() - began >= 50ms);
  CHECK(pair.start(lines, std::size_t{100}, 1).get() == Lines{"!Deadline"});
  pair.client().send("late\r\n");
  CHECK(pair.start(read_by, 10s).get() == "late");
}

TEST_CASE("a deadline may be brought forward and put off", "[net]") {
  Pair pair;
  auto put_off =
      pair.start([](StreamConnection& connection, Pair&) -> asio::awaitable<std::string> {
        connection.set_deadline(1h);
        const auto first = co_await connection.read_line(100);
        if (!first) co_return outcome(first);
        connection.set_deadline(30ms);
        const auto second = co_await connection.read_line(100);
        co_return outcome(second);
      });
  pair.client().send("x\r\n");
  CHECK(put_off.get() == "!Deadline");
}

TEST_CASE("waiting ends by input or by waking, also when woken before", "[net]") {
  Pair pair;
  auto waiting = pair.start(wait);
  pair.client().send("DONE\r\n");
  CHECK(waiting.get() == "input");
  CHECK(pair.start(wait).get() == "input");
  CHECK(pair.start(lines, std::size_t{100}, 1).get() == Lines{"DONE"});

  const auto wake = [](StreamConnection& connection, Pair&) -> asio::awaitable<bool> {
    connection.wake();
    co_return true;
  };
  waiting = pair.start(wait);
  pair.run(wake);
  CHECK(waiting.get() == "woken");
  pair.run(wake);
  CHECK(pair.start(wait).get() == "woken");
  waiting = pair.start(wait);
  pair.client().close();
  CHECK(waiting.get() == "!Closed");
}

TEST_CASE("stopping ends reads and waits but lets goodbye be written", "[net]") {
  Pair pair;
  auto reading = pair.start(lines, std::size_t{100}, 1);
  pair.threads().stop_sessions();
  CHECK(reading.get() == Lines{"!Stopped"});
  CHECK(pair.start(wait).get() == "!Stopped");
  CHECK(pair.start(write_all, std::string("* BYE\r\n")).get() == "ok");
  CHECK(pair.client().receive(7) == "* BYE\r\n");
  pair.threads().close_sessions();
  CHECK(pair.start(write_all, std::string("x")).get() == "!Closed");
}

TEST_CASE("a large write arrives whole at a slow reader", "[net]") {
  Pair pair;
  std::string data;
  for (int i = 0; i < 400'000; ++i) data += std::to_string(i) + "\n";
  auto writing = pair.start(write_all, data);
  std::this_thread::sleep_for(20ms);
  CHECK(pair.client().receive(data.size()) == data);
  CHECK(writing.get() == "ok");
}

TEST_CASE("a client that does not read is given up", "[net]") {
  auto options = std::make_shared<ConnectionOptions>();
  options->write_stall = 100ms;
  Pair pair(options);
  const std::string much(8 * 1024 * 1024, 'x');
  CHECK(pair.start(write_all, much).get() == "!Deadline");

  auto deadline = [](StreamConnection& connection, Pair&,
                     std::string data) -> asio::awaitable<std::string> {
    connection.set_deadline(50ms);
    const auto done = co_await connection.write(data);
    co_return outcome(done);
  };
  Pair other;
  CHECK(other.start(deadline, much).get() == "!Deadline");
}

TEST_CASE("writing to a client that has gone is Closed", "[net]") {
  Pair pair;
  pair.client().close();
  CHECK(pair.start(write_all, std::string(1'000'000, 'x')).get() == "!Closed");
}

TEST_CASE("what was written before closing arrives although input was left unread", "[net]") {
  IoThreads threads(1);
  Pair pair;
  pair.client().send("NOOP\r\nNOOP\r\nNOOP\r\n");
  pair.start([](StreamConnection& connection, Pair&) -> asio::awaitable<bool> {
        const auto done = co_await connection.write("421 bye\r\n");
        connection.close();
        co_return done.has_value();
      })
      .get();
  CHECK(pair.client().receive(100) == "421 bye\r\n");
}

}  // namespace restante::net::testing
