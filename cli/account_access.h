// Which account a command works for, and connections to its server: a profile of login, or the
// server on this computer by its local sockets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/imap_client.h"
#include "cli/profile.h"
#include "cli/smtp_client.h"

namespace restante::cli {

class AccountAccess {
 public:
  // By -a/--account (a profile's name, or "local"), the default profile, or the local sockets.
  // Errors: NoInput (no such profile), Usage (nothing to use: says how to begin), Configuration.
  static Outcome<AccountAccess> choose(const Context& context);

  // Logged in. Errors: those of the clients.
  Outcome<ImapClient> imap();
  Outcome<SmtpClient> smtp();
  // The account's address; known for the local server once imap() has been called.
  const std::string& address() const { return profile_.address; }
  const std::string& name() const { return profile_.name; }
  // Host name of the server, or the folder of the local sockets.
  std::string server() const { return local() ? folder_.string() : profile_.server; }
  bool local() const { return !folder_.empty(); }

 private:
  AccountAccess() = default;
  Outcome<Login> login();

  std::string profile_name_;
  Profile profile_;
  std::filesystem::path folder_;         // of the local sockets; empty: the profile is used
  std::optional<std::string> password_;  // asked for once
};

// The account's address in a greeting of the local server ("... logged in as you@localhost").
std::optional<std::string> address_in_greeting(std::string_view greeting);

}  // namespace restante::cli
