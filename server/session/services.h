// What every session is given by the composition root: references that outlive all sessions.
#pragma once

#include <asio/thread_pool.hpp>
#include <memory>

#include "server/auth/authenticator.h"
#include "server/net/connection.h"
#include "server/settings.h"
#include "storage/store.h"

namespace restante::session {

class Log;
class MaildropLocks;
class Permits;

struct Services {
  Services(storage::Store& s, auth::Authenticator& a, const Settings& c, Log& l,
           asio::thread_pool& w);
  storage::Store& store;
  auth::Authenticator& authenticator;
  const Settings& settings;
  Log& log;
  asio::thread_pool& workers;                // for parsing and compressing large messages
  std::shared_ptr<MaildropLocks> maildrops;  // whose maildrop a POP3 session has open
  std::shared_ptr<Permits> large_messages;   // those being indexed, compressed and kept
};

// Which door the client came through.
enum class SmtpDoor { Submission, Submissions, LocalSubmission, Smtp };
enum class ImapDoor { Imap, Imaps, LocalImap };
enum class Pop3Door { Pop3, Pop3s };

// Serve one connection until it ends. Never throw. TLS of implicit doors is already active.
// On the local sockets account is the one the peer's user is mapped to; otherwise nullopt.
asio::awaitable<void> serve_smtp(std::unique_ptr<net::Connection> connection, SmtpDoor door,
                                 std::optional<storage::Account> account, Services& services);
asio::awaitable<void> serve_imap(std::unique_ptr<net::Connection> connection, ImapDoor door,
                                 std::optional<storage::Account> account, Services& services);
asio::awaitable<void> serve_pop3(std::unique_ptr<net::Connection> connection, Pop3Door door,
                                 Services& services);

}  // namespace restante::session
