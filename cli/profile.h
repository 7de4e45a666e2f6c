// The accounts a person uses from here: config.toml (how to reach the server) and credentials.toml
// (how to prove who one is; 0600 in a folder nobody else can enter). docs/command-line.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/endpoint.h"
#include "cli/exit_code.h"

namespace restante::cli {

struct Profile {
  std::string address;
  std::string name;  // the person's display name; empty: none
  std::string user;  // to log in with; empty: the address
  std::string server;
  std::uint16_t smtp_port = 465;
  std::uint16_t imap_port = 993;
  Security security = Security::Tls;
  Trust trust;

  Endpoint smtp() const;
  Endpoint imap() const;
  const std::string& login_name() const { return user.empty() ? address : user; }
};

// Exactly one of the two.
struct Credential {
  std::string password;
  std::vector<std::string> command;  // program and arguments whose first line is the password
};

struct Profiles {
  std::string standard;  // the name of the profile used without -a; empty: none
  std::map<std::string, Profile> by_name;
};

class ProfileStore {
 public:
  explicit ProfileStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // $XDG_CONFIG_HOME/restante.
  static ProfileStore of_user();

  const std::filesystem::path& folder() const { return folder_; }
  // No file: no profiles. Errors: Configuration (file:line: what is wrong).
  Outcome<Profiles> read() const;
  // Errors: Login where the file or folder is open to others (names the chmod) or has nothing for
  // this profile; Configuration.
  Outcome<Credential> credential(const std::string& name) const;
  // Writes both files. Errors: Io, Login, Configuration.
  Outcome<void> save(const std::string& name, const Profile& profile,
                     const Credential& credential) const;
  // Forgets a profile and its credential. Errors: NoInput where there is none.
  Outcome<void> remove(const std::string& name) const;

 private:
  Outcome<std::map<std::string, Credential>> read_credentials() const;
  Outcome<void> write(const Profiles& profiles,
                      const std::map<std::string, Credential>& credentials) const;
  Outcome<void> check_private() const;

  std::filesystem::path folder_;
};

// The text of the two files.
std::string format_profiles(const Profiles& profiles);
std::string format_credentials(const std::map<std::string, Credential>& credentials);

// A TOML basic string with its quotes.
std::string toml_string(std::string_view value);

// A command line as words: blanks separate, '...' and "..." group, \ takes the next character; no
// other character has a meaning. Errors: Usage (a quote that does not end, nothing).
Outcome<std::vector<std::string>> split_command(std::string_view line);

// The password itself: as stored, or the first line the command prints (at most 1024 octets). The
// command gets no standard input. Errors: Login.
Outcome<std::string> reveal(const Credential& credential);

}  // namespace restante::cli
