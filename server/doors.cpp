#include "server/doors.h"

#include <fmt/format.h>

#include <optional>

#include "server/delivery/address.h"
#include "server/session/log.h"
#include "server/session/store_access.h"

namespace restante {
namespace {

using session::ImapDoor;
using session::Pop3Door;
using session::Services;
using session::SmtpDoor;

constexpr auto kLocalDeadline = std::chrono::seconds(30);

// The account of the user at the other end of a local socket: LOGIN@first-domain.
asio::awaitable<Result<storage::Account>> local_account(const net::PeerInfo& peer,
                                                        Services& services) {
  auto address = delivery::canonical_address(
      fmt::format("{}@{}", peer.local_user, services.settings.domains.front()));
  if (!address) co_return std::unexpected(address.error());
  auto find = [wanted = std::move(*address)](storage::Reader& reader) {
    return reader.find_account(wanted);
  };
  co_return co_await session::read_store(services.store, std::move(find));
}

// Why a local user is not served, without a protocol's frame.
std::string local_refusal(const Error& error, const net::PeerInfo& peer, const Settings& settings) {
  if (error.kind() == ErrorKind::Busy) return "the server is busy, try again";
  if (error.kind() == ErrorKind::Io || error.kind() == ErrorKind::Corrupt) {
    return "the mail store cannot be read now, see the server's log";
  }
  return fmt::format("the local user {0} has no account here ({0}@{1})", peer.local_user,
                     settings.domains.front());
}

asio::awaitable<void> refuse(std::unique_ptr<net::Connection> connection, std::string line,
                             Services& services) {
  services.log.write(session::LogLevel::Warning, connection->session_id(),
                     "local user without an account", {{"user", connection->peer().local_user}});
  (void)co_await connection->write(line);
  connection->close();
}

asio::awaitable<void> serve_local_smtp(std::unique_ptr<net::Connection> connection,
                                       Services& services) {
  connection->set_deadline(kLocalDeadline);
  auto account = co_await local_account(connection->peer(), services);
  if (account) {
    std::optional<storage::Account> owner(std::move(*account));
    co_await session::serve_smtp(std::move(connection), SmtpDoor::LocalSubmission, std::move(owner),
                                 services);
    co_return;
  }
  const bool later = account.error().kind() == ErrorKind::Busy;
  auto line = fmt::format("{} {}\r\n", later ? "421 4.3.2" : "554 5.7.1",
                          local_refusal(account.error(), connection->peer(), services.settings));
  co_await refuse(std::move(connection), std::move(line), services);
}

asio::awaitable<void> serve_local_imap(std::unique_ptr<net::Connection> connection,
                                       Services& services) {
  connection->set_deadline(kLocalDeadline);
  auto account = co_await local_account(connection->peer(), services);
  if (account) {
    std::optional<storage::Account> owner(std::move(*account));
    co_await session::serve_imap(std::move(connection), ImapDoor::LocalImap, std::move(owner),
                                 services);
    co_return;
  }
  const bool later = account.error().kind() == ErrorKind::Busy;
  auto line = fmt::format("* BYE {}{}\r\n", later ? "[UNAVAILABLE] " : "",
                          local_refusal(account.error(), connection->peer(), services.settings));
  co_await refuse(std::move(connection), std::move(line), services);
}

net::ServeConnection smtp_server(SmtpDoor door, Services& services) {
  return [door, &services](std::unique_ptr<net::Connection> connection) {
    return session::serve_smtp(std::move(connection), door, std::nullopt, services);
  };
}

net::ServeConnection imap_server(ImapDoor door, Services& services) {
  return [door, &services](std::unique_ptr<net::Connection> connection) {
    return session::serve_imap(std::move(connection), door, std::nullopt, services);
  };
}

net::ServeConnection pop3_server(Pop3Door door, Services& services) {
  return [door, &services](std::unique_ptr<net::Connection> connection) {
    return session::serve_pop3(std::move(connection), door, services);
  };
}

class Planner {
 public:
  Planner(Services& services, std::shared_ptr<net::TlsContext> tls) : services_(services) {
    // "smtp" is not in IANA's registry but is what clients offer that offer anything.
    smtp_ = options(tls, {"smtp", "esmtp"});
    imap_ = options(tls, {"imap"});
    pop3_ = options(tls, {"pop3"});
  }
  Result<std::vector<DoorPlan>> plan();

 private:
  static std::shared_ptr<const net::ConnectionOptions> options(
      const std::shared_ptr<net::TlsContext>& tls, net::AlpnNames names) {
    auto made = std::make_shared<net::ConnectionOptions>();
    made->tls = tls;
    made->alpn = std::move(names);
    return made;
  }
  net::Door door(const char* key, net::ServeConnection serve, bool implicit_tls,
                 const char* overflow,
                 const std::shared_ptr<const net::ConnectionOptions>& options) const {
    return net::Door{key,      implicit_tls, services_.settings.limits.login_timeout,
                     overflow, options,      std::move(serve)};
  }
  net::Door smtp_door(const char* key, net::ServeConnection serve, bool implicit_tls) const {
    return door(key, std::move(serve), implicit_tls,
                "421 4.7.0 too many connections, try again later\r\n", smtp_);
  }
  net::Door imap_door(const char* key, net::ServeConnection serve, bool implicit_tls) const {
    return door(key, std::move(serve), implicit_tls,
                "* BYE [UNAVAILABLE] too many connections, try again later\r\n", imap_);
  }
  net::Door pop3_door(const char* key, Pop3Door which, bool implicit_tls) const {
    return door(key, pop3_server(which, services_), implicit_tls,
                "-ERR [SYS/TEMP] too many connections, try again later\r\n", pop3_);
  }
  Result<void> add(const std::vector<std::string>& addresses, const net::Door& door);

  Services& services_;
  std::shared_ptr<const net::ConnectionOptions> smtp_;
  std::shared_ptr<const net::ConnectionOptions> imap_;
  std::shared_ptr<const net::ConnectionOptions> pop3_;
  std::vector<DoorPlan> plans_;
};

Result<void> Planner::add(const std::vector<std::string>& addresses, const net::Door& door) {
  for (const std::string& address : addresses) {
    auto endpoint = net::parse_endpoint(address);
    if (!endpoint) return std::unexpected(endpoint.error());
    const bool optional = services_.settings.trial && endpoint->v6;
    plans_.emplace_back(std::move(*endpoint), door, optional);
  }
  return {};
}

Result<std::vector<DoorPlan>> Planner::plan() {
  const auto& listen = services_.settings.listen;
  struct Row {
    const std::vector<std::string>& addresses;
    net::Door door;
  };
  std::vector<Row> rows = {
      {listen.smtp, smtp_door("listen.smtp", smtp_server(SmtpDoor::Smtp, services_), false)},
      {listen.submission,
       smtp_door("listen.submission", smtp_server(SmtpDoor::Submission, services_), false)},
      {listen.submissions,
       smtp_door("listen.submissions", smtp_server(SmtpDoor::Submissions, services_), true)},
      {listen.imap, imap_door("listen.imap", imap_server(ImapDoor::Imap, services_), false)},
      {listen.imaps, imap_door("listen.imaps", imap_server(ImapDoor::Imaps, services_), true)},
      {listen.pop3, pop3_door("listen.pop3", Pop3Door::Pop3, false)},
      {listen.pop3s, pop3_door("listen.pop3s", Pop3Door::Pop3s, true)},
  };
  for (const Row& row : rows) {
    if (auto added = add(row.addresses, row.door); !added) return std::unexpected(added.error());
  }
  if (listen.local.empty()) return std::move(plans_);
  const auto smtp = [&services = services_](std::unique_ptr<net::Connection> connection) {
    return serve_local_smtp(std::move(connection), services);
  };
  const auto imap = [&services = services_](std::unique_ptr<net::Connection> connection) {
    return serve_local_imap(std::move(connection), services);
  };
  const std::string folder = "unix:" + listen.local.native();
  if (auto added = add({folder + "/submit.sock"}, smtp_door("listen.local", smtp, false)); !added) {
    return std::unexpected(added.error());
  }
  if (auto added = add({folder + "/imap.sock"}, imap_door("listen.local", imap, false)); !added) {
    return std::unexpected(added.error());
  }
  return std::move(plans_);
}

}  // namespace

Result<std::vector<DoorPlan>> plan_doors(session::Services& services,
                                         std::shared_ptr<net::TlsContext> tls) {
  return Planner(services, std::move(tls)).plan();
}

}  // namespace restante
