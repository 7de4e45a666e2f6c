// COMPRESS on the Connection: both directions, bounded steps, memory while idle.
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/server/net_harness.h"

namespace restante::net::testing {
namespace {

// The client's end.
std::string compressed(Compression& compression, std::string_view text) {
  std::string out;
  for (;;) {
    const std::string_view piece = compression.deflate(text);
    if (piece.empty()) return out;
    out += piece;
  }
}

// Reads compressed octets until size octets of text have come.
std::string receive_text(Client& client, Compression& compression, std::size_t size) {
  std::string text;
  char room[5000];
  while (text.size() < size) {
    const auto got = compression.inflate(room, std::min(sizeof room, size - text.size()));
    if (!got) return text + "!broken";
    text.append(room, *got);
    if (*got > 0) continue;
    const std::string octet = client.receive(1);
    if (octet.empty()) return text + "!closed";
    compression.feed(octet);
  }
  return text;
}

asio::awaitable<bool> begin(StreamConnection& connection, Pair&) {
  connection.start_compression();
  co_return connection.is_compressed();
}

asio::awaitable<std::string> some(StreamConnection& connection, Pair&, std::size_t limit) {
  const auto got = co_await connection.read_some(limit);
  co_return outcome(got);
}

asio::awaitable<std::string> line(StreamConnection& connection, Pair&, std::size_t limit) {
  const auto got = co_await connection.read_line(limit);
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

asio::awaitable<std::size_t> memory(StreamConnection& connection, Pair&) {
  co_return connection.compression_memory();
}

}  // namespace

TEST_CASE("what is compressed comes out as it was, in both directions", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  for (int i = 0; i < 50; ++i) {
    const std::string text = "a" + std::to_string(i) + " NOOP\r\n";
    pair.client().send(compressed(client, text));
    CHECK(pair.start(line, std::size_t{100}).get() + "\r\n" == text);
    CHECK(pair.start(write_all, "* " + text).get() == "ok");
    CHECK(receive_text(pair.client(), client, text.size() + 2) == "* " + text);
  }
}

TEST_CASE("much that is written is compressed in pieces", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  std::mt19937 random(1);
  std::string data;
  while (data.size() < 1'000'000) data += static_cast<char>(random() % 200);
  data += std::string(1'000'000, 'x');
  auto written = pair.start(write_all, data);
  CHECK(receive_text(pair.client(), client, data.size()) == data);
  CHECK(written.get() == "ok");
}

TEST_CASE("a few octets that inflate to much are given in bounded pieces", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  const std::string bomb = compressed(client, std::string(20'000'000, 'x'));
  REQUIRE(bomb.size() < 200'000);
  auto sending = std::async(std::launch::async, [&] { pair.client().send(bomb); });
  std::size_t got = 0;
  std::size_t most = 0;
  while (got < 20'000'000) {
    const std::string piece = pair.start(some, std::size_t{65536}).get();
    REQUIRE(piece[0] == 'x');
    got += piece.size();
    most = std::max(most, pair.start(memory).get());
  }
  sending.get();
  CHECK(got == 20'000'000);
  CHECK(most < 150'000);
}

TEST_CASE("a line limit holds for what was inflated", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  pair.client().send(compressed(client, std::string(3'000'000, 'x') + "\r\nshort\r\n"));
  CHECK(pair.start(line, std::size_t{1000}).get() == "!TooLong");
  CHECK(pair.start(line, std::size_t{1000}).get() == "short");
}

TEST_CASE("what is no DEFLATE closes the connection", "[net]") {
  Pair pair;
  REQUIRE(pair.start(begin).get());
  pair.client().send("a NOOP\r\nb NOOP\r\n\xff\xff\xff\xff");
  CHECK(pair.start(line, std::size_t{100}).get() == "!Closed");
}

TEST_CASE("a compressed connection waits and is woken", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  const std::string two = compressed(client, "one\r\ntwo\r\n");
  pair.client().send(two.substr(0, two.size() - 4));  // the mark of the flush comes alone
  CHECK(pair.start(wait).get() == "input");
  CHECK(pair.start(line, std::size_t{100}).get() == "one");
  CHECK(pair.start(line, std::size_t{100}).get() == "two");
  auto waiting = pair.start(wait);
  pair.client().send(two.substr(two.size() - 4));
  CHECK(waiting.wait_for(200ms) == std::future_status::timeout);
  pair.client().send(compressed(client, "three\r\n"));
  CHECK(waiting.get() == "input");
  CHECK(pair.start(line, std::size_t{100}).get() == "three");
}

TEST_CASE("an idle compressed connection holds only what the peer has sent", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  for (int round = 0; round < 3; ++round) {
    pair.client().send(compressed(client, "a LOGIN x y\r\n"));
    CHECK(pair.start(line, std::size_t{100}).get() == "a LOGIN x y");
    CHECK(pair.start(write_all, std::string("a OK done, and more of it\r\n")).get() == "ok");
    CHECK(receive_text(pair.client(), client, 27) == "a OK done, and more of it\r\n");
    auto waiting = pair.start(wait);
    CHECK(waiting.wait_for(100ms) == std::future_status::timeout);
    CHECK(pair.start(memory).get() < 1000);
    pair.client().send(compressed(client, "b\r\n"));
    CHECK(waiting.get() == "input");
    CHECK(pair.start(line, std::size_t{100}).get() == "b");
  }
}

TEST_CASE("compression ends where it is told to", "[net]") {
  Pair pair;
  Compression client;
  REQUIRE(pair.start(begin).get());
  pair.client().send(compressed(client, "last\r\n"));
  CHECK(pair.start(line, std::size_t{100}).get() == "last");
  const auto end = [](StreamConnection& connection, Pair&) -> asio::awaitable<bool> {
    connection.stop_compression();
    co_return connection.is_compressed();
  };
  CHECK_FALSE(pair.start(end).get());
  pair.client().send("plain\r\n");
  CHECK(pair.start(line, std::size_t{100}).get() == "plain");
  CHECK(pair.start(write_all, std::string("answer")).get() == "ok");
  CHECK(pair.client().receive(6) == "answer");
}

}  // namespace restante::net::testing
