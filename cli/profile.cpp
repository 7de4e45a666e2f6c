// Reads with toml++, strictly: an unknown key is an error. Writes its own plain TOML.
#include "cli/profile.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/files.h"

namespace restante::cli {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1024} * 1024;

std::unexpected<Failure> wrong(const std::filesystem::path& file, const toml::node& node,
                               const std::string& what) {
  return failure(ExitCode::Configuration,
                 fmt::format("{}:{}: {}", file.string(), node.source().begin.line, what));
}

Outcome<toml::table> parse(const std::filesystem::path& file) {
  if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) return toml::table{};
  auto text = read_input(file.string(), kFileLimit);
  if (!text) return failure(ExitCode::Configuration, text.error().message);
  try {
    return toml::parse(*text, file.string());
  } catch (const toml::parse_error& error) {
    return failure(
        ExitCode::Configuration,
        fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
}

Outcome<std::uint16_t> port_of(const std::filesystem::path& file, const toml::node& node) {
  const auto value = node.value<std::int64_t>();
  if (!value || *value < 1 || *value > 65535) return wrong(file, node, "not a port (1 to 65535)");
  return static_cast<std::uint16_t>(*value);
}

Outcome<void> set_key(const std::filesystem::path& file, std::string_view key,
                      const toml::node& node, Profile& profile) {
  if (key == "smtp-port" || key == "imap-port") {
    auto port = port_of(file, node);
    if (!port) return std::unexpected(port.error());
    (key == "smtp-port" ? profile.smtp_port : profile.imap_port) = *port;
    return {};
  }
  const auto value = node.value<std::string>();
  if (!value) return wrong(file, node, fmt::format("'{}' is not a string", key));
  if (key == "address") {
    profile.address = *value;
  } else if (key == "name") {
    profile.name = *value;
  } else if (key == "user") {
    profile.user = *value;
  } else if (key == "server") {
    profile.server = *value;
  } else if (key == "ca-file") {
    profile.trust.ca_file = *value;
  } else if (key == "certificate-sha256") {
    profile.trust.fingerprint = normal_fingerprint(*value);
    if (profile.trust.fingerprint.empty()) return wrong(file, node, "not a SHA-256 fingerprint");
  } else if (key == "security") {
    if (*value != "tls" && *value != "starttls") {
      return wrong(file, node, "'security' is \"tls\" or \"starttls\"");
    }
    profile.security = *value == "tls" ? Security::Tls : Security::StartTls;
  } else {
    return wrong(file, node, fmt::format("unknown key '{}'", key));
  }
  return {};
}

Outcome<Credential> credential_of(const std::filesystem::path& file, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong(file, node, "not a table");
  Credential credential;
  for (const auto& [key, value] : *table) {
    if (key.str() == "password" && value.is_string()) {
      credential.password = *value.value<std::string>();
    } else if (key.str() == "password-command" && value.is_array()) {
      for (const auto& word : *value.as_array()) {
        if (!word.is_string()) return wrong(file, word, "not a string");
        credential.command.push_back(*word.value<std::string>());
      }
    } else {
      return wrong(file, value, fmt::format("unknown key '{}'", key.str()));
    }
  }
  return credential;
}

std::string name_of_mode(mode_t mode) {
  return fmt::format("{:04o}", mode & 07777);
}

Endpoint endpoint(const Profile& profile, std::uint16_t port) {
  Endpoint result;
  result.host = profile.server;
  result.port = port;
  result.security = profile.security;
  result.trust = profile.trust;
  return result;
}

}  // namespace

Endpoint Profile::smtp() const {
  return endpoint(*this, smtp_port);
}
Endpoint Profile::imap() const {
  return endpoint(*this, imap_port);
}

ProfileStore ProfileStore::of_user() {
  return ProfileStore(user_folder("XDG_CONFIG_HOME", ".config") / "restante");
}

Outcome<Profiles> ProfileStore::read() const {
  const auto file = folder_ / "config.toml";
  auto table = parse(file);
  if (!table) return std::unexpected(table.error());
  Profiles profiles;
  for (const auto& [key, value] : *table) {
    if (key.str() == "default" && value.is_string()) {
      profiles.standard = *value.value<std::string>();
      continue;
    }
    if (key.str() != "account" || !value.is_table()) {
      return wrong(file, value, fmt::format("unknown key '{}'", key.str()));
    }
    for (const auto& [name, entry] : *value.as_table()) {
      const toml::table* settings = entry.as_table();
      if (settings == nullptr) return wrong(file, entry, "not a table");
      Profile profile;
      for (const auto& [setting, node] : *settings) {
        if (auto set = set_key(file, setting.str(), node, profile); !set) {
          return std::unexpected(set.error());
        }
      }
      if (profile.address.empty() || profile.server.empty()) {
        return wrong(file, entry, fmt::format("account '{}' needs address and server", name.str()));
      }
      profiles.by_name.emplace(std::string(name.str()), std::move(profile));
    }
  }
  return profiles;
}

Outcome<void> ProfileStore::check_private() const {
  const auto file = folder_ / "credentials.toml";
  for (const auto& [path, allowed] : {std::pair{folder_, mode_t{0700}}, {file, mode_t{0600}}}) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) continue;
      return failure(ExitCode::Login,
                     fmt::format("cannot look at {}: {}", path.string(), std::strerror(errno)));
    }
    if (status.st_uid != ::geteuid()) {
      return failure(ExitCode::Login, path.string() + " belongs to another user");
    }
    if ((status.st_mode & 0777 & ~allowed) != 0) {
      return failure(ExitCode::Login,
                     fmt::format("{} is open to others (mode {})", path.string(),
                                 name_of_mode(status.st_mode)),
                     fmt::format("chmod {} {}", name_of_mode(allowed), path.string()));
    }
  }
  return {};
}

Outcome<std::map<std::string, Credential>> ProfileStore::read_credentials() const {
  if (auto closed = check_private(); !closed) return std::unexpected(closed.error());
  const auto file = folder_ / "credentials.toml";
  auto table = parse(file);
  if (!table) return std::unexpected(table.error());
  std::map<std::string, Credential> credentials;
  for (const auto& [name, entry] : *table) {
    auto credential = credential_of(file, entry);
    if (!credential) return std::unexpected(credential.error());
    credentials.emplace(std::string(name.str()), std::move(*credential));
  }
  return credentials;
}

Outcome<Credential> ProfileStore::credential(const std::string& name) const {
  auto credentials = read_credentials();
  if (!credentials) return std::unexpected(credentials.error());
  const auto found = credentials->find(name);
  if (found == credentials->end()) {
    return failure(ExitCode::Login, "no password is stored for " + name, "restante login");
  }
  return found->second;
}

Outcome<void> ProfileStore::write(const Profiles& profiles,
                                  const std::map<std::string, Credential>& credentials) const {
  std::error_code error;
  std::filesystem::create_directories(folder_.parent_path(), error);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return failure(ExitCode::Io, fmt::format("cannot make the folder {}: {}", folder_.string(),
                                             std::strerror(errno)));
  }
  // The credential first: a profile without one is worse than one that is not used yet.
  if (auto written =
          replace_file(folder_ / "credentials.toml", format_credentials(credentials), 0600);
      !written) {
    return written;
  }
  return replace_file(folder_ / "config.toml", format_profiles(profiles), 0600);
}

Outcome<void> ProfileStore::save(const std::string& name, const Profile& profile,
                                 const Credential& credential) const {
  auto profiles = read();
  if (!profiles) return std::unexpected(profiles.error());
  auto credentials = read_credentials();
  if (!credentials) return std::unexpected(credentials.error());
  profiles->by_name.insert_or_assign(name, profile);
  if (profiles->standard.empty()) profiles->standard = name;
  credentials->insert_or_assign(name, credential);
  return write(*profiles, *credentials);
}

Outcome<void> ProfileStore::remove(const std::string& name) const {
  auto profiles = read();
  if (!profiles) return std::unexpected(profiles.error());
  auto credentials = read_credentials();
  if (!credentials) return std::unexpected(credentials.error());
  if (profiles->by_name.erase(name) == 0) {
    return failure(ExitCode::NoInput, "there is no profile " + name);
  }
  credentials->erase(name);
  if (profiles->standard == name) {
    profiles->standard = profiles->by_name.empty() ? "" : profiles->by_name.begin()->first;
  }
  return write(*profiles, *credentials);
}

std::string toml_string(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string format_profiles(const Profiles& profiles) {
  std::string out = "# Accounts of the restante command line, written by restante login.\n";
  if (!profiles.standard.empty()) out += "default = " + toml_string(profiles.standard) + "\n";
  for (const auto& [name, profile] : profiles.by_name) {
    out += fmt::format("\n[account.{}]\n", toml_string(name));
    const auto line = [&out](const char* key, const std::string& value) {
      if (!value.empty()) out += fmt::format("{} = {}\n", key, toml_string(value));
    };
    line("address", profile.address);
    line("name", profile.name);
    line("user", profile.user);
    line("server", profile.server);
    out += fmt::format("smtp-port = {}\nimap-port = {}\n", profile.smtp_port, profile.imap_port);
    line("security", profile.security == Security::Tls ? "tls" : "starttls");
    line("ca-file", profile.trust.ca_file.string());
    line("certificate-sha256", profile.trust.fingerprint);
  }
  return out;
}

std::string format_credentials(const std::map<std::string, Credential>& credentials) {
  std::string out = "# Secret. Written by restante login.\n";
  for (const auto& [name, credential] : credentials) {
    out += fmt::format("\n[{}]\n", toml_string(name));
    if (credential.command.empty()) {
      out += "password = " + toml_string(credential.password) + "\n";
      continue;
    }
    out += "password-command = [";
    for (std::size_t i = 0; i < credential.command.size(); ++i) {
      out += (i == 0 ? "" : ", ") + toml_string(credential.command[i]);
    }
    out += "]\n";
  }
  return out;
}

}  // namespace restante::cli
