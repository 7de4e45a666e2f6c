// Fuzz target: a whole POP3 session on a small store. Whatever a client sends, every command gets
// an answer that begins with +OK, -ERR or "+ ", every line ends with CRLF, and the session ends.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "server/session/log.h"
#include "server/session/services.h"
#include "tests/fuzz/require.h"
#include "tests/unit/server/fake_connection.h"

namespace {

using namespace restante;
using fuzz::require;

class QuietLog final : public session::Log {
 public:
  void write(session::LogLevel, std::uint64_t, std::string_view,
             std::initializer_list<session::LogField>) override {}
};

// Lets everybody in whose password is not "wrong".
class OpenDoor final : public auth::Authenticator {
 public:
  explicit OpenDoor(storage::Account account) : account_(std::move(account)) {}
  std::vector<std::string> mechanisms(const auth::ChannelFacts&, bool) const override {
    return {"PLAIN"};
  }
  Result<std::unique_ptr<auth::Exchange>> start(std::string_view,
                                                const auth::ChannelFacts&) override {
    return std::make_unique<OpenExchange>(account_);
  }
  asio::awaitable<auth::Step> check_password(std::string, std::string password,
                                             auth::ChannelFacts) override {
    if (password == "wrong") co_return auth::Failure{};
    co_return auth::Success{account_, ""};
  }

 private:
  class OpenExchange final : public auth::Exchange {
   public:
    explicit OpenExchange(const storage::Account& account) : account_(account) {}
    asio::awaitable<auth::Step> step(std::optional<std::string> input) override {
      if (!input) co_return auth::Challenge{"more"};
      co_return auth::Success{account_, *input};
    }

   private:
    const storage::Account& account_;
  };
  storage::Account account_;
};

// A store with a few messages, made once for all inputs.
class World {
 public:
  World()
      : folder_(std::filesystem::temp_directory_path() /
                ("restante-fuzz-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(folder_);
    storage::StoreOptions options;
    options.reader_threads = 1;
    store_ = std::move(storage::Store::open(folder_, options).value());
    std::promise<Result<storage::Account>> made;
    store_->create_account("a@b.example",
                           {"salt", 4096, std::string(32, 'k'), std::string(32, 'k')}, 0,
                           [&](Result<storage::Account> account) { made.set_value(account); });
    const storage::Account account = made.get_future().get().value();
    for (const char* text : {"A: b\r\n\r\n.x\r\n", "A: \xc3\xbc\r\n\r\nno end", "\r\n..\n.\n"}) {
      keep(account, text);
    }
    authenticator_.emplace(account);
    services_.emplace(*store_, *authenticator_, settings_, log_, workers_);
  }
  ~World() {
    workers_.join();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  session::Services& services() { return *services_; }

 private:
  void keep(const storage::Account& account, const char* text) {
    std::promise<void> kept;
    storage::Delivery delivery(storage::prepare(text), {storage::Recipient{account.id, "INBOX"}},
                               storage::Time(std::chrono::seconds(1)));
    store_->deliver(std::move(delivery), [&](const auto&) { kept.set_value(); });
    kept.get_future().get();
  }

  std::filesystem::path folder_;
  Settings settings_;
  QuietLog log_;
  std::unique_ptr<storage::Store> store_;
  std::optional<OpenDoor> authenticator_;
  asio::thread_pool workers_{1};
  std::optional<session::Services> services_;
};

void check_output(const std::string& output) {
  require(output.starts_with("+OK "));
  require(output.ends_with("\r\n"));
  require(output.size() < 10'000'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  // The first octet says how the rest is cut into pieces; QUIT is not executed, so that the store
  // stays as it is.
  std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (std::size_t at = 0; at + 3 < input.size(); ++at) {
    if ((input[at] | 0x20) == 'q' && (input[at + 1] | 0x20) == 'u') input[at] = 'k';
  }
  net::FakeWire wire;
  wire.tls = (data[0] & 1) != 0;
  wire.tls_available = true;
  const std::size_t piece = 1 + data[0];
  for (std::size_t at = 0; at < input.size(); at += piece) {
    wire.input.push_back(input.substr(at, piece));
  }
  asio::io_context context;
  bool ended = false;
  asio::co_spawn(context,
                 session::serve_pop3(std::make_unique<net::FakeConnection>(context, wire),
                                     session::Pop3Door::Pop3, world.services()),
                 [&](const std::exception_ptr& error) {
                   require(!error);
                   ended = true;
                 });
  context.run();
  require(ended && wire.closed);
  check_output(wire.output);
  return 0;
}
