#include "server/serve.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "server/auth/authenticator.h"
#include "server/doors.h"
#include "server/logging.h"
#include "server/net/listener.h"
#include "server/system_notify.h"
#include "server/trial.h"

namespace restante {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kGoodbye = std::chrono::seconds(10);  // for sessions to end by themselves
constexpr auto kLastCall = std::chrono::seconds(5);  // for sessions whose connection was closed
constexpr auto kLookAtFiles = std::chrono::seconds(5);
constexpr unsigned kMostIoThreads = 2;

unsigned cores() {
  return std::max(std::thread::hardware_concurrency(), 1U);
}

std::unexpected<ServeFailure> failure(ServeFailure::Reason reason, std::string message,
                                      std::string hint) {
  return std::unexpected(ServeFailure(reason, std::move(message), std::move(hint)));
}

ServeFailure::Reason reason_of(ErrorKind kind) {
  if (kind == ErrorKind::Busy) return ServeFailure::Reason::Busy;
  if (kind == ErrorKind::Invalid) return ServeFailure::Reason::Configuration;
  if (kind == ErrorKind::Denied) return ServeFailure::Reason::Denied;
  return ServeFailure::Reason::Io;
}

// As many open files as the system lets us have: each connection is one.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Members are destroyed from the last to the first: doors, then the threads that serve sockets,
// then what sessions use, then the store.
class Server {
 public:
  explicit Server(const ServeOptions& options)
      : options_(options), settings_(options.settings), log_(make_log(settings_.log_level)) {}

  std::expected<void, ServeFailure> start();
  void run_until_signal();
  void stop();

 private:
  std::expected<void, ServeFailure> prepare_folder();
  std::expected<void, ServeFailure> open_data();
  std::expected<void, ServeFailure> load_certificate();
  std::expected<void, ServeFailure> open_doors();
  std::unexpected<ServeFailure> cannot_open_store(const Error& error) const;
  std::unexpected<ServeFailure> cannot_listen(const Error& error, const std::string& key) const;
  void announce(Clock::duration took);
  void wait_for_signal();
  void watch_certificate();
  void reread_certificate(bool forced);

  const ServeOptions& options_;
  const Settings& settings_;
  std::unique_ptr<session::Log> log_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  asio::thread_pool workers_{cores()};
  asio::thread_pool resolvers_{1};
  std::shared_ptr<net::TlsContext> tls_;
  std::optional<session::Services> services_;
  asio::io_context acceptor_{1};
  asio::signal_set signals_{acceptor_};
  asio::steady_timer certificate_timer_{acceptor_};
  std::optional<net::IoThreads> threads_;
  std::optional<net::ListenerShared> shared_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

std::unexpected<ServeFailure> Server::cannot_open_store(const Error& error) const {
  std::string hint;
  if (error.kind() == ErrorKind::Busy) {
    hint = "one server runs on one data folder: stop the other one first";
  } else if (error.kind() == ErrorKind::Corrupt) {
    hint = "nothing was changed: keep a copy of the file, then restore a backup";
  } else {
    hint = fmt::format("check owner, mode and free space of {}", settings_.data_dir.native());
  }
  return failure(reason_of(error.kind()), error.message(), hint);
}

std::expected<void, ServeFailure> Server::prepare_folder() {
  if (settings_.trial) {
    if (auto made = prepare_trial_files(settings_); !made) {
      return failure(ServeFailure::Reason::Io, made.error().message(),
                     "set XDG_DATA_HOME to a folder that can be written");
    }
  } else {
    std::error_code ignored;  // what is wrong with the folder is told by the store
    std::filesystem::create_directories(settings_.data_dir, ignored);
  }
  return {};
}

std::expected<void, ServeFailure> Server::open_data() {
  storage::StoreOptions store_options;
  store_options.fill_search_index = true;
  store_options.exclusive_server = true;
  auto opened = storage::Store::open(settings_.data_dir, store_options);
  if (!opened) return cannot_open_store(opened.error());
  store_ = std::move(*opened);
  if (!settings_.trial) return {};
  if (auto made = prepare_trial_account(*store_, settings_); !made) {
    return failure(reason_of(made.error().kind()), made.error().message(), "");
  }
  return {};
}

std::expected<void, ServeFailure> Server::load_certificate() {
  if (settings_.tls.certificate.empty()) return {};
  auto loaded = net::TlsContext::load(settings_.tls.certificate, settings_.tls.key);
  if (!loaded) {
    return failure(ServeFailure::Reason::Configuration, loaded.error().message(),
                   fmt::format("tls.cert and tls.key in {} name a PEM certificate and its key",
                               options_.config_file));
  }
  tls_ = std::move(*loaded);
  return {};
}

std::unexpected<ServeFailure> Server::cannot_listen(const Error& error,
                                                    const std::string& key) const {
  std::string hint =
      fmt::format("change {} in {}, or stop what uses the address", key, options_.config_file);
  if (settings_.trial) {
    hint =
        "a trial may be running already; for other ports write a file: "
        "restante config default > restante.toml";
  } else if (error.kind() == ErrorKind::Denied) {
    hint = "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
  } else if (error.kind() != ErrorKind::Busy) {
    hint = fmt::format("change {} in {}", key, options_.config_file);
  }
  return failure(reason_of(error.kind()), error.message(), hint);
}

std::expected<void, ServeFailure> Server::open_doors() {
  auto plans = plan_doors(*services_, tls_);
  if (!plans) return failure(ServeFailure::Reason::Configuration, plans.error().message(), "");
  if (!settings_.listen.local.empty()) {
    if (auto made = make_socket_folder(settings_.listen.local); !made) {
      return failure(ServeFailure::Reason::Io, made.error().message(),
                     fmt::format("change listen.local in {}", options_.config_file));
    }
  }
  for (DoorPlan& plan : *plans) {
    const std::string key = plan.door.config_key;
    auto opened = net::Listener::open(plan.endpoint, std::move(plan.door), *shared_);
    if (!opened) {
      if (plan.optional && opened.error().kind() == ErrorKind::Io) continue;
      return cannot_listen(opened.error(), key);
    }
    log_->write(session::LogLevel::Info, 0, "listening",
                {{"door", key}, {"address", (*opened)->address()}});
    listeners_.push_back(std::move(*opened));
  }
  return {};
}

std::expected<void, ServeFailure> Server::start() {
  const auto began = Clock::now();
  if (auto done = prepare_folder(); !done) return done;
  if (auto done = load_certificate(); !done) return done;
  if (auto done = open_data(); !done) return done;
  authenticator_ = auth::Authenticator::create(*store_, std::max(cores() / 2, 1U));
  services_.emplace(*store_, *authenticator_, settings_, *log_, workers_);
  threads_.emplace(std::min(cores(), kMostIoThreads));
  auto limits = std::make_shared<net::ConnectionLimits>(settings_.limits.connections_per_address,
                                                        settings_.limits.connections);
  auto net_log = [&log = *log_](net::NetEvent kind, std::string_view event,
                                std::string_view detail) {
    const auto level =
        kind == net::NetEvent::Warning ? session::LogLevel::Warning : session::LogLevel::Info;
    log.write(level, 0, event, {{"about", detail}});
  };
  shared_.emplace(acceptor_, *threads_, std::move(limits), resolvers_, std::move(net_log));
  if (auto done = open_doors(); !done) return done;
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.add(SIGHUP);
  wait_for_signal();
  watch_certificate();
  for (auto& listener : listeners_) listener->start();
  announce(Clock::now() - began);
  return {};
}

void Server::announce(Clock::duration took) {
  const double seconds = std::chrono::duration<double>(took).count();
  if (settings_.trial) {
    const auto address = trial_address().value_or("");
    options_.say(fmt::format("restante {}: TRIAL on this computer only (no configuration file)",
                             options_.version));
    options_.say(fmt::format("  data       {}", settings_.data_dir.native()));
    options_.say(fmt::format("  account    {}            password: see {}", address,
                             trial_password_file(settings_).native()));
    options_.say("  submit     127.0.0.1:1587 (STARTTLS), 127.0.0.1:1465 (TLS)");
    options_.say("  imap       127.0.0.1:1143 (STARTTLS), 127.0.0.1:1993 (TLS)");
    options_.say("  pop3       127.0.0.1:1110 (STLS), 127.0.0.1:1995 (TLS)");
    options_.say(
        fmt::format("  try        echo hello | restante send {} -s test   "
                    "(in another terminal)",
                    address));
    options_.say(
        "  real use   restante config default > restante.toml, edit it, then "
        "restante serve --config restante.toml");
  } else {
    options_.say(fmt::format("restante {} serves {} with {}", options_.version,
                             fmt::join(settings_.domains, ", "), options_.config_file));
  }
  options_.say(fmt::format("ready in {:.2f} s", seconds));
  notify_system("READY=1");
}

void Server::wait_for_signal() {
  signals_.async_wait([this](const asio::error_code& error, int signal) {
    if (error) return;
    if (signal != SIGHUP) return acceptor_.stop();
    reread_certificate(true);
    wait_for_signal();
  });
}

// Certificates are renewed by somebody else: look at the files now and then.
void Server::watch_certificate() {
  if (!tls_) return;
  certificate_timer_.expires_after(kLookAtFiles);
  certificate_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    reread_certificate(false);
    watch_certificate();
  });
}

void Server::reread_certificate(bool forced) {
  if (!tls_) return;
  const auto replaced = tls_->refresh(forced);
  if (!replaced) {
    log_->write(session::LogLevel::Error, 0, "the new certificate is not usable, the old one stays",
                {{"why", replaced.error().message()}});
  } else if (*replaced) {
    log_->write(session::LogLevel::Info, 0, "certificate reread",
                {{"file", settings_.tls.certificate.native()}});
  }
}

void Server::run_until_signal() {
  acceptor_.run();
}

void Server::stop() {
  notify_system("STOPPING=1");
  log_->write(session::LogLevel::Info, 0, "stopping", {});
  asio::error_code ignored;
  signals_.clear(ignored);  // a second signal ends the process: what was acknowledged is kept
  for (auto& listener : listeners_) listener->close();
  resolvers_.join();  // clients between accept and session
  threads_->stop_sessions();
  if (!threads_->wait_until_idle(kGoodbye)) {
    log_->write(session::LogLevel::Warning, 0, "closing sessions that did not end",
                {{"sessions", std::to_string(threads_->sessions())}});
    threads_->close_sessions();
    if (!threads_->wait_until_idle(kLastCall)) {
      // What they wait for may come any time: take the store down in order and leave the rest.
      log_->write(session::LogLevel::Error, 0, "sessions hang, leaving them",
                  {{"sessions", std::to_string(threads_->sessions())}});
      store_.reset();
      log_.reset();
      std::_Exit(EXIT_SUCCESS);
    }
  }
  listeners_.clear();
  threads_.reset();
  authenticator_.reset();
  workers_.join();
  store_.reset();
  log_->write(session::LogLevel::Info, 0, "stopped", {});
}

}  // namespace

std::expected<void, ServeFailure> serve(const ServeOptions& options) {
  ::umask(0077);
  raise_file_limit();
  Server server(options);
  if (auto started = server.start(); !started) return started;
  server.run_until_signal();
  server.stop();
  return {};
}

}  // namespace restante
