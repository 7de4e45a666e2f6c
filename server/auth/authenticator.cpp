// The authenticator: SASL exchanges on a bounded pool of threads, with throttling of failures.
#include "server/auth/authenticator.h"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <mutex>
#include <utility>

#include "server/async_bridge.h"
#include "server/auth/password_checker.h"
#include "server/auth/sasl_server.h"
#include "server/auth/throttle.h"
#include "server/delivery/address.h"

namespace restante::auth {
namespace {

constexpr int kMaxWaiting = 256;  // steps queued or running; more are told to try later

Step failure(Failure::Reason reason) {
  Failure result;
  result.reason = reason;
  return result;
}

// What exchanges share. Thread-safe.
class Shared {
 public:
  Shared(storage::Store& store, unsigned threads, std::string default_domain)
      : store_(store), default_domain_(std::move(default_domain)), pool_(threads) {}

  asio::thread_pool& pool() { return pool_; }
  PasswordChecker& checker() { return checker_; }

  FindAccount finder() {
    return [this](std::string_view name) { return find(name); };
  }

  bool may_try(const std::string& network) {
    const std::lock_guard lock(mutex_);
    return throttle_.allowed(network, Throttle::Clock::now());
  }

  std::chrono::milliseconds count_failure(const std::string& network) {
    const std::lock_guard lock(mutex_);
    return throttle_.failed(network, Throttle::Clock::now());
  }

  bool enter() {
    if (waiting_.fetch_add(1) < kMaxWaiting) return true;
    waiting_.fetch_sub(1);
    return false;
  }
  void leave() { waiting_.fetch_sub(1); }

 private:
  Result<std::optional<storage::Account>> find(std::string_view name) {
    std::string login(name);
    if (login.find('@') == std::string::npos && !default_domain_.empty())
      login += "@" + default_domain_;
    const auto canonical = delivery::canonical_address(login);
    if (!canonical) return std::optional<storage::Account>();
    Result<storage::Account> found = fail(ErrorKind::Io, "not read");
    store_.read_here([&](storage::Reader& reader) { found = reader.find_account(*canonical); });
    if (found) return std::optional<storage::Account>(std::move(*found));
    if (found.error().kind() == ErrorKind::NotFound) return std::optional<storage::Account>();
    return std::unexpected(found.error());
  }

  storage::Store& store_;
  const std::string default_domain_;
  PasswordChecker checker_;
  std::mutex mutex_;
  Throttle throttle_;
  std::atomic<int> waiting_ = 0;
  asio::thread_pool pool_;  // last: its threads end before what they use
};

// Runs attempt() on the pool unless the network has failed too often; delays and counts failures.
template <class Attempt>
asio::awaitable<Step> guarded(Shared& shared, std::string network, Attempt attempt) {
  if (!shared.may_try(network)) co_return failure(Failure::Reason::Throttled);
  if (!shared.enter()) co_return failure(Failure::Reason::Unavailable);
  Step step = co_await run_on(shared.pool(), std::move(attempt));
  shared.leave();
  const auto* failed = std::get_if<Failure>(&step);
  if (failed != nullptr && failed->reason == Failure::Reason::Credentials) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(shared.count_failure(network));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return step;
}

// The SaslServer is shared with the pool's job, which may outlive a session that is torn down.
class PooledExchange final : public Exchange {
 public:
  PooledExchange(Shared& shared, std::string network, std::shared_ptr<SaslServer> server)
      : shared_(shared), network_(std::move(network)), server_(std::move(server)) {}

  asio::awaitable<Step> step(std::optional<std::string> input) override {
    auto attempt = [server = server_, input = std::move(input)]() -> Step {
      try {
        return server->step(input);
      } catch (const std::exception&) {
        return failure(Failure::Reason::Unavailable);
      }
    };
    return guarded(shared_, network_, std::move(attempt));
  }

 private:
  Shared& shared_;
  std::string network_;
  std::shared_ptr<SaslServer> server_;
};

class PooledAuthenticator final : public Authenticator {
 public:
  PooledAuthenticator(storage::Store& store, unsigned threads, std::string default_domain)
      : shared_(store, threads, std::move(default_domain)) {}

  std::vector<std::string> mechanisms(const ChannelFacts& facts,
                                      bool plaintext_allowed) const override {
    std::vector<std::string> names;
    if (facts.tls) names.emplace_back("SCRAM-SHA-256-PLUS");
    names.emplace_back("SCRAM-SHA-256");
    if (plaintext_allowed) {
      names.emplace_back("PLAIN");
      names.emplace_back("LOGIN");
    }
    return names;
  }

  Result<std::unique_ptr<Exchange>> start(std::string_view mechanism,
                                          const ChannelFacts& facts) override {
    auto server = std::make_shared<SaslServer>(shared_.finder(), facts, shared_.checker());
    const auto started = server->start(mechanism);
    if (!started) return std::unexpected(started.error());
    return std::make_unique<PooledExchange>(shared_, network_of(facts.peer_address),
                                            std::move(server));
  }

  asio::awaitable<Step> check_password(std::string user, std::string password,
                                       ChannelFacts facts) override {
    auto attempt = [find = shared_.finder(), &checker = shared_.checker(), user = std::move(user),
                    password = std::move(password)]() -> Step {
      try {
        return check_name_and_password(find, checker, user, password);
      } catch (const std::exception&) {
        return failure(Failure::Reason::Unavailable);
      }
    };
    return guarded(shared_, network_of(facts.peer_address), std::move(attempt));
  }

 private:
  Shared shared_;
};

}  // namespace

std::unique_ptr<Authenticator> Authenticator::create(storage::Store& store, unsigned threads,
                                                     std::string default_domain) {
  return std::make_unique<PooledAuthenticator>(store, threads, std::move(default_domain));
}

}  // namespace restante::auth
