// What the doors for clients have in common about logging in. Thread rule: as the session's.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/session/services.h"

namespace restante::session {

// Whether a password may travel over this connection in clear text.
bool plaintext_allowed(const net::Connection& connection, const Settings& settings);

auth::ChannelFacts channel_facts(const net::Connection& connection);

// Names in order of preference; empty where there are none.
std::vector<std::string> mechanisms(const net::Connection& connection, const Services& services);

// For the log.
std::string_view name_of(auth::Failure::Reason reason);
void log_login(const net::Connection& connection, const Services& services, std::string_view user,
               std::string_view mechanism);
void log_failed_login(const net::Connection& connection, const Services& services,
                      std::string_view mechanism, std::string_view reason);

// Sends a challenge and gives the decoded answer; nullopt: there is none, the client has been told
// why or is gone.
using AskClient = std::function<asio::awaitable<std::optional<std::string>>(std::string octets)>;

// Plays an exchange to its end, for protocols whose success holds no data: that goes as one more
// challenge with an empty answer (RFC 4422 s4.1). Gives Success or Failure; nullopt where ask gave
// up.
asio::awaitable<std::optional<auth::Step>> play_exchange(auth::Exchange& exchange,
                                                         std::optional<std::string> input,
                                                         AskClient ask);

}  // namespace restante::session
