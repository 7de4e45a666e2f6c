// Listeners, addresses and limits, over real sockets on free ports.
#include <sys/resource.h>
#include <sys/un.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>

#include "server/net/listener.h"
#include "server/net/login_name.h"
#include "tests/unit/server/net_harness.h"

namespace restante::net::testing {
namespace {

asio::awaitable<void> greet(std::unique_ptr<Connection> connection) {
  const auto& peer = connection->peer();
  const std::string text = "hello " + peer.address + (peer.loopback ? " loopback" : "") +
                           (peer.local_socket ? " user " + peer.local_user : "") + "\r\n";
  const auto greeted = co_await connection->write(text);
  if (!greeted) co_return;
  const auto line = co_await connection->read_line(100);
  if (!line && line.error() == IoError::Stopped) {
    const std::string bye = "bye\r\n";
    (void)co_await connection->write(bye);
  }
  connection->close();
}

asio::awaitable<void> explode(std::unique_ptr<Connection> connection) {
  connection->close();
  throw std::runtime_error("a defect");
  co_return;
}

// A listening server; its acceptor runs on a thread of its own.
class Host {
 public:
  explicit Host(std::uint32_t per_address = 10, std::uint32_t total = 20)
      : threads_(2),
        limits_(std::make_shared<ConnectionLimits>(per_address, total)),
        shared_(acceptor_, threads_, limits_, resolvers_,
                [this](NetEvent, std::string_view event, std::string_view) {
                  if (event == "session failed") ++failures_;
                }) {}
  ~Host() { stop(); }

  Result<std::uint16_t> listen(const std::string& address, ServeConnection serve = greet) {
    Door door;
    door.config_key = "listen.test";
    door.overflow_text = "421 too many\r\n";
    door.options = std::make_shared<ConnectionOptions>();
    door.serve = std::move(serve);
    auto endpoint = parse_endpoint(address);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto listener = Listener::open(*endpoint, std::move(door), shared_);
    if (!listener) return std::unexpected(listener.error());
    listeners_.push_back(std::move(*listener));
    listeners_.back()->start();
    if (!thread_.joinable()) thread_ = std::thread([this] { acceptor_.run(); });
    return listeners_.back()->port();
  }
  void stop() {
    if (!thread_.joinable()) return;
    acceptor_.stop();
    thread_.join();
    for (auto& listener : listeners_) listener->close();
    resolvers_.join();
    threads_.stop_sessions();
    idle_ = threads_.wait_until_idle(10s);
    listeners_.clear();
    threads_.stop_and_join();
  }
  bool was_idle() const { return idle_; }
  ConnectionLimits& limits() { return *limits_; }
  IoThreads& threads() { return threads_; }
  int failures() const { return failures_; }

 private:
  asio::io_context acceptor_{1};
  asio::thread_pool resolvers_{1};
  std::atomic<int> failures_ = 0;
  IoThreads threads_;
  std::shared_ptr<ConnectionLimits> limits_;
  ListenerShared shared_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::thread thread_;
  bool idle_ = false;
};

Client dial(std::uint16_t port, const char* from = "127.0.0.1") {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, from, &address.sin_addr);
  ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(port);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect");
  }
  return Client(std::move(socket));
}

Client dial_unix(const std::filesystem::path& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.native().begin(), path.native().end(), address.sun_path);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect");
  }
  return Client(std::move(socket));
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

TEST_CASE("addresses are understood or refused with a reason", "[net]") {
  const auto v4 = parse_endpoint("127.0.0.1:1587");
  REQUIRE(v4);
  CHECK(v4->address == "127.0.0.1");
  CHECK(v4->port == 1587);
  const auto v6 = parse_endpoint("[::]:993");
  REQUIRE(v6);
  CHECK(v6->v6);
  CHECK(v6->address == "::");
  const auto local = parse_endpoint("unix:/run/x.sock");
  REQUIRE(local);
  CHECK(local->path == "/run/x.sock");
  for (const char* wrong :
       {"", ":25", "25", "localhost:25", "::1:25", "[::1]", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:25 ", "[127.0.0.1]:25", "1.2.3:25", "unix:"}) {
    INFO(wrong);
    CHECK_FALSE(parse_endpoint(wrong));
  }
  CHECK_FALSE(parse_endpoint("unix:/" + std::string(107, 'x')));
  CHECK(parse_endpoint("unix:/" + std::string(106, 'x')));
}

TEST_CASE("v4 addresses count alone, v6 addresses by /64", "[net]") {
  CHECK(limit_group("127.0.0.1") != limit_group("127.0.0.2"));
  CHECK(limit_group("2001:db8::1") == limit_group("2001:db8::ffff:0:0:2"));
  CHECK(limit_group("2001:db8::1") != limit_group("2001:db8:0:1::1"));
  auto limits = std::make_shared<ConnectionLimits>(2, 3);
  auto one = limits->take("192.0.2.1");
  auto two = limits->take("192.0.2.1");
  CHECK((one && two));
  CHECK_FALSE(limits->take("192.0.2.1"));
  auto local = limits->take("local");
  CHECK(local);
  CHECK_FALSE(limits->take("192.0.2.2"));
  one.reset();
  CHECK(limits->in_use() == 2);
  CHECK(limits->take("192.0.2.1"));
}

TEST_CASE("a client is greeted and told goodbye when the server stops", "[net]") {
  Host host;
  const auto port = host.listen("127.0.0.1:0");
  REQUIRE(port);
  auto client = dial(*port);
  CHECK(client.receive(26) == "hello 127.0.0.1 loopback\r\n");
  host.stop();
  CHECK(host.was_idle());
  CHECK(client.receive(100) == "bye\r\n");
  CHECK(host.limits().in_use() == 0);
}

TEST_CASE("a v4 client of a dual-stack listener has its v4 address", "[net]") {
  Host host;
  const auto port = host.listen("[::]:0");
  REQUIRE(port);
  auto client = dial(*port);
  CHECK(client.receive(26) == "hello 127.0.0.1 loopback\r\n");
}

TEST_CASE("one connection too many of an address is refused in words", "[net]") {
  Host host(2, 4);
  const auto port = host.listen("127.0.0.1:0");
  REQUIRE(port);
  auto first = dial(*port);
  auto second = dial(*port);
  CHECK(first.receive(5) == "hello");
  CHECK(second.receive(5) == "hello");
  CHECK(dial(*port).receive(100) == "421 too many\r\n");
  auto third = dial(*port, "127.0.0.2");
  CHECK(third.receive(15) == "hello 127.0.0.2");
  first.close();
  CHECK(eventually([&] { return host.limits().in_use() == 2; }));
  CHECK(dial(*port).receive(5) == "hello");
}

TEST_CASE("a session that throws costs itself only", "[net]") {
  Host host;
  const auto port = host.listen("127.0.0.1:0", explode);
  REQUIRE(port);
  CHECK(dial(*port).receive(1).empty());
  CHECK(eventually([&] { return host.failures() == 1; }));
  CHECK(dial(*port).receive(1).empty());
  CHECK(eventually([&] { return host.threads().sessions() == 0; }));
}

TEST_CASE("sessions that wait for something else are destroyed with their threads", "[net]") {
  const auto hang = [](std::unique_ptr<Connection> connection) -> asio::awaitable<void> {
    connection->set_deadline(1h);
    asio::steady_timer timer(connection->executor(), 1h);
    co_await timer.async_wait(asio::use_awaitable);
  };
  IoThreads threads(1);
  asio::thread_pool resolvers(1);
  asio::io_context acceptor;
  ListenerShared shared(acceptor, threads, std::make_shared<ConnectionLimits>(9, 9), resolvers,
                        [](NetEvent, std::string_view, std::string_view) {});
  Door door;
  door.options = std::make_shared<ConnectionOptions>();
  door.serve = hang;
  const auto endpoint = parse_endpoint("127.0.0.1:0");
  REQUIRE(endpoint);
  auto listener = Listener::open(*endpoint, door, shared);
  REQUIRE(listener);
  (*listener)->start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(dial((*listener)->port()));
  while (threads.sessions() < 3) acceptor.run_for(10ms);
  threads.stop_sessions();
  CHECK_FALSE(threads.wait_until_idle(50ms));
}

TEST_CASE("a busy address is an error that names it", "[net]") {
  Host host;
  const auto port = host.listen("127.0.0.1:0");
  REQUIRE(port);
  const auto address = "127.0.0.1:" + std::to_string(*port);
  const auto again = host.listen(address);
  REQUIRE_FALSE(again);
  CHECK(again.error().kind() == ErrorKind::Busy);
  CHECK(again.error().message() == "cannot listen on " + address + ": address in use");
}

TEST_CASE("a Unix socket knows its caller, replaces a stale one and no other file", "[net]") {
  TemporaryFolder folder;
  const auto path = folder.path() / "x.sock";
  {
    Host host;
    REQUIRE(host.listen("unix:" + path.native()));
    const std::string expected = "hello local user " + login_name(::geteuid()) + "\r\n";
    CHECK(dial_unix(path).receive(expected.size()) == expected);
    Host other;
    const auto busy = other.listen("unix:" + path.native());
    REQUIRE_FALSE(busy);
    CHECK(busy.error().kind() == ErrorKind::Busy);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  {
    UniqueFd stale(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.native().begin(), path.native().end(), address.sun_path);
    REQUIRE(::bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  Host host;
  REQUIRE(host.listen("unix:" + path.native()));
  CHECK(dial_unix(path).receive(11) == "hello local");
  const auto file = folder.path() / "file";
  std::ofstream(file) << "x";
  CHECK_FALSE(host.listen("unix:" + file.native()));
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("running out of descriptors refuses clients and passes", "[net]") {
  Host host(1000, 1000);
  const auto port = host.listen("127.0.0.1:0");
  REQUIRE(port);
  std::vector<Client> clients;
  clients.push_back(dial(*port));
  CHECK(clients.back().receive(5) == "hello");
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  UniqueFd next(::dup(0));
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(next.get()) + 8;
  next.reset();
  ::setrlimit(RLIMIT_NOFILE, &low);
  try {
    for (int i = 0; i < 20; ++i) clients.push_back(dial(*port));
  } catch (const std::exception&) {  // the test has no descriptors either
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  clients.clear();
  CHECK(eventually([&] { return host.limits().in_use() == 0; }));
  CHECK(dial(*port).receive(5) == "hello");
}

}  // namespace restante::net::testing
