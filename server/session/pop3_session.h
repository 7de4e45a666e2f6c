// One POP3 connection (RFC 1939): reads commands, answers them in order. Everything runs on the
// connection's I/O thread; reads of the store, the update and hashes are worked on elsewhere while
// the session waits. Messages are sent in pieces, so memory does not grow with them.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/pop3/command.h"
#include "mail/pop3/reply.h"
#include "server/session/pop3/maildrop.h"
#include "server/session/services.h"

namespace restante::session {

class Pop3Session {
 public:
  Pop3Session(std::unique_ptr<net::Connection> connection, Pop3Door door, Services& services);

  // Serves until the connection ends.
  asio::awaitable<void> run();

 private:
  bool logged_in() const { return maildrop_.has_value(); }

  // The life of the connection (pop3_session.cpp).
  asio::awaitable<void> serve();
  asio::awaitable<void> handle(std::string_view line);
  asio::awaitable<void> execute(pop3::Command command);
  void set_deadline();
  asio::awaitable<bool> flush();
  asio::awaitable<bool> flush_if_large();
  void end_after(net::IoError error);
  void end(std::string_view reason);
  void refuse(pop3::Code code, std::string_view text);
  void count_bad();
  void capabilities();
  void language(const std::string& range);
  asio::awaitable<void> quit();

  // AUTHORIZATION (pop3/login.cpp).
  asio::awaitable<void> start_tls();
  void user(std::string name);
  asio::awaitable<void> password(std::string password);
  asio::awaitable<void> authenticate(pop3::Command command);
  asio::awaitable<std::optional<std::string>> challenge(std::string octets);
  asio::awaitable<void> finish_login(auth::Step step, std::string mechanism);
  asio::awaitable<void> log_in(storage::Account account, std::string mechanism);
  void login_failed(auth::Failure::Reason reason, std::string_view mechanism);

  // TRANSACTION (pop3/transaction.cpp).
  void status();
  asio::awaitable<void> list(std::uint32_t number, bool unique_ids);
  asio::awaitable<void> send_message(const MaildropMessage& message,
                                     std::optional<std::uint32_t> body_lines);
  void mark(std::uint32_t number);
  void reset();
  const MaildropMessage* find(std::uint32_t number);  // answers where there is none

  std::unique_ptr<net::Connection> connection_;
  Services& services_;
  Pop3Door door_;
  std::string out_;
  std::string user_;  // named by USER just before
  bool utf8_ = false;
  MaildropLock lock_;
  std::optional<Maildrop> maildrop_;
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;
  std::uint64_t commands_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t removed_ = 0;
  std::string_view end_reason_ = "closed";
  bool ended_ = false;
};

}  // namespace restante::session
