// One SMTP connection: does what smtp::Server says and reports what came of it. Holds no rule of
// the protocol and no reply text. Everything runs on the connection's I/O thread; store, hashes and
// large messages are worked on elsewhere.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mail/smtp/server.h"
#include "server/delivery/header.h"
#include "server/session/services.h"

namespace restante::session {

class SmtpSession {
 public:
  // account: whose the peer of a local socket is. services must outlive the session.
  SmtpSession(std::unique_ptr<net::Connection> connection, SmtpDoor door,
              std::optional<storage::Account> account, Services& services);

  // Serves until the connection ends.
  asio::awaitable<void> run();

 private:
  // What the session does next; nullopt: the connection is gone.
  using Next = std::optional<smtp::Action>;

  // An account found for an address, believed for a moment: a client that sends many messages asks
  // for the same addresses again and again. The store has the last word at the delivery.
  struct KnownAccount {
    AccountId id;
    std::uint64_t quota_octets = 0;
    std::uint64_t used_octets = 0;
    std::chrono::steady_clock::time_point found;
  };

  asio::awaitable<Next> perform(smtp::Action action);
  asio::awaitable<bool> flush();
  asio::awaitable<Next> read_line();
  asio::awaitable<Next> start_tls();
  asio::awaitable<Next> start_authentication();
  asio::awaitable<Next> continue_authentication();
  asio::awaitable<Next> check_sender();
  asio::awaitable<Next> look_up_recipient();
  asio::awaitable<Next> read_data();
  asio::awaitable<Next> deliver_message();

  asio::awaitable<std::optional<smtp::Refusal>> check_content(const delivery::HeaderFacts& facts);
  asio::awaitable<Result<KnownAccount>> find_account(const smtp::Mailbox& canonical);

  Next after(net::IoError error);
  void set_command_deadline();
  void begin_message();
  void complete_header(const delivery::HeaderFacts& facts);
  smtp::Options options(SmtpDoor door, bool logged_in) const;
  void log_refusal(std::string_view reason);
  void log_kept(const storage::PreparedMessage& message);

  std::unique_ptr<net::Connection> connection_;
  Services& services_;
  std::optional<storage::Account> account_;
  smtp::Server server_;
  std::unique_ptr<auth::Exchange> exchange_;
  std::unordered_map<std::string, KnownAccount> known_;

  // The transaction, beside what server_ holds of it.
  std::vector<KnownAccount> recipients_;  // of server_.recipients(), in order
  std::string message_;                   // trace fields, then the message
  std::size_t trace_octets_ = 0;
  std::string id_;
  storage::Time received_;
  std::uint64_t begun_ = 0;  // messages, for their ids
  std::uint64_t kept_ = 0;
};

}  // namespace restante::session
