#include "server/session/login.h"

#include "server/session/log.h"

namespace restante::session {

bool plaintext_allowed(const net::Connection& connection, const Settings& settings) {
  const net::PeerInfo& peer = connection.peer();
  return connection.is_tls() || peer.local_socket ||
         (peer.loopback && settings.plaintext == Settings::Plaintext::Loopback);
}

auth::ChannelFacts channel_facts(const net::Connection& connection) {
  auto binding = connection.channel_binding();
  return auth::ChannelFacts(connection.peer().address, connection.is_tls(),
                            std::move(binding.tls_exporter), std::move(binding.tls_unique));
}

std::vector<std::string> mechanisms(const net::Connection& connection, const Services& services) {
  return services.authenticator.mechanisms(channel_facts(connection),
                                           plaintext_allowed(connection, services.settings));
}

std::string_view name_of(auth::Failure::Reason reason) {
  switch (reason) {
    case auth::Failure::Reason::Credentials:
      return "credentials";
    case auth::Failure::Reason::Malformed:
      return "malformed";
    case auth::Failure::Reason::Throttled:
      return "throttled";
    case auth::Failure::Reason::Unavailable:
      break;
  }
  return "unavailable";
}

void log_login(const net::Connection& connection, const Services& services, std::string_view user,
               std::string_view mechanism) {
  services.log.write(LogLevel::Info, connection.session_id(), "logged in",
                     {{"user", user},
                      {"mechanism", mechanism},
                      {"peer", connection.peer().address},
                      {"tls", connection.tls_description()}});
}

void log_failed_login(const net::Connection& connection, const Services& services,
                      std::string_view mechanism, std::string_view reason) {
  services.log.write(
      LogLevel::Warning, connection.session_id(), "login failed",
      {{"mechanism", mechanism}, {"peer", connection.peer().address}, {"reason", reason}});
}

asio::awaitable<std::optional<auth::Step>> play_exchange(auth::Exchange& exchange,
                                                         std::optional<std::string> input,
                                                         AskClient ask) {
  for (;;) {
    auth::Step step = co_await exchange.step(std::move(input));
    if (std::holds_alternative<auth::Failure>(step)) co_return step;
    if (const auto* success = std::get_if<auth::Success>(&step)) {
      if (success->final_octets.empty()) co_return step;
      const auto answer = co_await ask(success->final_octets);
      if (!answer) co_return std::nullopt;
      if (answer->empty()) co_return step;
      auth::Failure malformed;
      malformed.reason = auth::Failure::Reason::Malformed;
      co_return malformed;
    }
    input = co_await ask(std::get<auth::Challenge>(step).octets);
    if (!input) co_return std::nullopt;
  }
}

}  // namespace restante::session
