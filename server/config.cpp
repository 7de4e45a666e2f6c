#include "server/config.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <span>

#include <toml++/toml.h>

#include "server/delivery/address.h"
#include "server/logging.h"
#include "server/net/endpoint.h"

namespace restante {
namespace {

constexpr std::size_t kLongestSocketName = sizeof("/submit.sock") - 1;
constexpr std::size_t kFileOctets = 1024 * 1024;

// Levenshtein's distance between two short names.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

// What holds when the file does not say otherwise.
Settings file_defaults() {
  Settings settings;
  settings.data_dir = "/var/lib/restante";
  settings.listen.submissions = {"[::]:465"};
  settings.listen.imaps = {"[::]:993"};
  settings.listen.local = "/run/restante";
  return settings;
}

class Loader {
 public:
  explicit Loader(const std::filesystem::path& file)
      : file_(file), folder_(std::filesystem::absolute(file).parent_path()) {}

  std::expected<Settings, ConfigErrors> load(std::string_view text);

 private:
  using Take = void (Loader::*)(const toml::node&);
  struct Key {
    std::string_view name;  // "limits.recipients"
    Take take;
  };
  static std::span<const Key> keys();
  static bool is_section(std::string_view name);

  void error(std::uint32_t line, std::string_view what);
  void walk(const toml::table& table, const std::string& section);
  void unknown(const std::string& name, std::uint32_t line);
  void check_whole();
  void check_addresses();

  // Each reports a wrong type itself and leaves the target alone then.
  bool text(const toml::node& node, std::string& target);
  bool path(const toml::node& node, std::filesystem::path& target);
  bool number(const toml::node& node, std::uint32_t& target, std::uint32_t max);
  bool size(const toml::node& node, std::uint64_t& target);
  bool duration(const toml::node& node, std::chrono::seconds& target);
  bool texts(const toml::node& node, std::vector<std::string>& target);
  void doors(const toml::node& node, std::vector<std::string>& target);
  void unserved(const toml::node& node, std::vector<std::string>& target);
  std::filesystem::path absolute(std::string_view given) const;
  static std::uint32_t line_of(const toml::node& node) { return node.source().begin.line; }

  void hostname(const toml::node& node);
  void domains(const toml::node& node);
  void data_dir(const toml::node& node) { path(node, settings_.data_dir); }
  void tls_cert(const toml::node& node) { path(node, settings_.tls.certificate); }
  void tls_key(const toml::node& node) { path(node, settings_.tls.key); }
  void listen_smtp(const toml::node& node) { doors(node, settings_.listen.smtp); }
  void listen_submission(const toml::node& node) { doors(node, settings_.listen.submission); }
  void listen_submissions(const toml::node& node) { doors(node, settings_.listen.submissions); }
  void listen_lmtp(const toml::node& node) { unserved(node, settings_.listen.lmtp); }
  void listen_imap(const toml::node& node) { doors(node, settings_.listen.imap); }
  void listen_imaps(const toml::node& node) { doors(node, settings_.listen.imaps); }
  void listen_pop3(const toml::node& node) { doors(node, settings_.listen.pop3); }
  void listen_pop3s(const toml::node& node) { doors(node, settings_.listen.pop3s); }
  void listen_local(const toml::node& node);
  void auth_plaintext(const toml::node& node);
  void message_size(const toml::node& node);
  void recipients(const toml::node& node) { number(node, settings_.limits.recipients, 1'000'000); }
  void quota(const toml::node& node) { size(node, settings_.limits.quota_octets); }
  void connections_per_address(const toml::node& node) {
    number(node, settings_.limits.connections_per_address, 1'000'000);
  }
  void connections(const toml::node& node) {
    number(node, settings_.limits.connections, 10'000'000);
  }
  void idle_timeout(const toml::node& node) { duration(node, settings_.limits.idle_timeout); }
  void login_timeout(const toml::node& node) { duration(node, settings_.limits.login_timeout); }
  void log_level(const toml::node& node);

  const std::filesystem::path& file_;
  const std::filesystem::path folder_;
  Settings settings_ = file_defaults();
  std::map<std::string, std::uint32_t> lines_;  // of the keys that were given
  std::multimap<std::uint32_t, std::string> errors_;
};

std::span<const Loader::Key> Loader::keys() {
  static constexpr Key kKeys[] = {
      {"hostname", &Loader::hostname},
      {"domains", &Loader::domains},
      {"data-dir", &Loader::data_dir},
      {"tls.cert", &Loader::tls_cert},
      {"tls.key", &Loader::tls_key},
      {"listen.smtp", &Loader::listen_smtp},
      {"listen.submission", &Loader::listen_submission},
      {"listen.submissions", &Loader::listen_submissions},
      {"listen.lmtp", &Loader::listen_lmtp},
      {"listen.imap", &Loader::listen_imap},
      {"listen.imaps", &Loader::listen_imaps},
      {"listen.pop3", &Loader::listen_pop3},
      {"listen.pop3s", &Loader::listen_pop3s},
      {"listen.local", &Loader::listen_local},
      {"auth.plaintext", &Loader::auth_plaintext},
      {"limits.message-size", &Loader::message_size},
      {"limits.recipients", &Loader::recipients},
      {"limits.quota", &Loader::quota},
      {"limits.connections-per-address", &Loader::connections_per_address},
      {"limits.connections", &Loader::connections},
      {"limits.idle-timeout", &Loader::idle_timeout},
      {"limits.login-timeout", &Loader::login_timeout},
      {"log.level", &Loader::log_level},
  };
  return kKeys;
}

bool Loader::is_section(std::string_view name) {
  return std::any_of(keys().begin(), keys().end(), [&](const Key& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) &&
           key.name[name.size()] == '.';
  });
}

void Loader::error(std::uint32_t line, std::string_view what) {
  errors_.emplace(line, line == 0 ? fmt::format("{}: {}", file_.native(), what)
                                  : fmt::format("{}:{}: {}", file_.native(), line, what));
}

std::expected<Settings, ConfigErrors> Loader::load(std::string_view text) {
  try {
    const toml::table parsed = toml::parse(text, file_.native());
    walk(parsed, "");
    check_whole();
  } catch (const toml::parse_error& wrong) {
    error(wrong.source().begin.line, wrong.description());
  }
  if (errors_.empty()) return settings_;
  ConfigErrors all;
  for (auto& [line, what] : errors_) all.push_back(std::move(what));
  return std::unexpected(std::move(all));
}

void Loader::walk(const toml::table& table, const std::string& section) {
  for (const auto& [key, node] : table) {
    const std::string name = section + std::string(key.str());
    const auto known = std::find_if(keys().begin(), keys().end(),
                                    [&](const Key& one) { return one.name == name; });
    if (known != keys().end()) {
      lines_[name] = key.source().begin.line;
      (this->*known->take)(node);
    } else if (section.empty() && is_section(name)) {
      if (node.is_table()) {
        walk(*node.as_table(), name + ".");
      } else {
        error(key.source().begin.line, fmt::format("'{0}' is a section: write [{0}]", name));
      }
    } else {
      unknown(name, key.source().begin.line);
    }
  }
}

void Loader::unknown(const std::string& name, std::uint32_t line) {
  std::string_view best;
  std::size_t least = name.size() / 3 + 2;
  const std::string_view own = std::string_view(name).substr(name.rfind('.') + 1);
  for (const Key& key : keys()) {
    const std::string_view bare = key.name.substr(key.name.rfind('.') + 1);
    // The right name in the wrong section is the likeliest mistake of all.
    const std::size_t distance = bare == own ? 0 : edit_distance(name, key.name);
    if (distance < least) {
      least = distance;
      best = key.name;
    }
  }
  const std::string hint = best.empty() ? "" : fmt::format("; did you mean '{}'?", best);
  error(line, fmt::format("unknown key '{}'{}", name, hint));
}

// ---- values

bool Loader::text(const toml::node& node, std::string& target) {
  const auto value = node.value_exact<std::string>();
  if (!value) {
    error(line_of(node), "this must be a text in quotes");
    return false;
  }
  target = *value;
  return true;
}

std::filesystem::path Loader::absolute(std::string_view given) const {
  return (folder_ / std::filesystem::path(given)).lexically_normal();
}

bool Loader::path(const toml::node& node, std::filesystem::path& target) {
  std::string given;
  if (!text(node, given)) return false;
  if (given.empty() || given.find('\0') != std::string::npos) {
    error(line_of(node), "this must be a path");
    return false;
  }
  target = absolute(given);
  return true;
}

bool Loader::number(const toml::node& node, std::uint32_t& target, std::uint32_t max) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 1 || *value > max) {
    error(line_of(node), fmt::format("this must be a whole number from 1 to {}", max));
    return false;
  }
  target = static_cast<std::uint32_t>(*value);
  return true;
}

bool Loader::size(const toml::node& node, std::uint64_t& target) {
  const auto value = node.value_exact<std::string>();
  if (!value) {
    error(line_of(node), "this must be a size with its unit in quotes, such as \"50 MiB\"");
    return false;
  }
  const auto octets = parse_size(*value);
  if (!octets) {
    error(line_of(node), octets.error().message());
    return false;
  }
  target = *octets;
  return true;
}

bool Loader::duration(const toml::node& node, std::chrono::seconds& target) {
  const auto value = node.value_exact<std::string>();
  if (!value) {
    error(line_of(node), "this must be a duration with its unit in quotes, such as \"30 min\"");
    return false;
  }
  const auto seconds = parse_duration(*value);
  if (!seconds || seconds->count() == 0) {
    error(line_of(node), seconds ? "this must be longer than 0 s" : seconds.error().message());
    return false;
  }
  target = *seconds;
  return true;
}

bool Loader::texts(const toml::node& node, std::vector<std::string>& target) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    error(line_of(node), "this must be a list of texts, such as [\"one\", \"two\"]");
    return false;
  }
  std::vector<std::string> read;
  for (const toml::node& item : *list) {
    std::string one;
    if (!text(item, one)) return false;
    read.push_back(std::move(one));
  }
  target = std::move(read);
  return true;
}

// ---- single keys

void Loader::hostname(const toml::node& node) {
  std::string given;
  if (!text(node, given)) return;
  auto canonical = delivery::canonical_domain(given);
  if (!canonical) return error(line_of(node), canonical.error().message());
  settings_.hostname = *canonical;
}

void Loader::domains(const toml::node& node) {
  std::vector<std::string> given;
  if (!texts(node, given)) return;
  if (given.empty()) return error(line_of(node), "domains must name at least one domain");
  settings_.domains.clear();
  for (const std::string& one : given) {
    auto canonical = delivery::canonical_domain(one);
    if (!canonical) {
      error(line_of(node), canonical.error().message());
    } else if (std::find(settings_.domains.begin(), settings_.domains.end(), *canonical) ==
               settings_.domains.end()) {
      settings_.domains.push_back(*canonical);
    }
  }
}

void Loader::doors(const toml::node& node, std::vector<std::string>& target) {
  std::vector<std::string> given;
  if (!texts(node, given)) return;
  target.clear();
  for (std::string& one : given) {
    if (one.starts_with("unix:") && one.size() > 5) {
      one = "unix:" + absolute(one.substr(5)).native();
    }
    const auto endpoint = net::parse_endpoint(one);
    if (!endpoint) {
      error(line_of(node), endpoint.error().message());
    } else if (!endpoint->is_unix() && endpoint->port == 0) {
      error(line_of(node), fmt::format("'{}' names no port (1 to 65535)", one));
    } else {
      target.push_back(std::move(one));
    }
  }
}

void Loader::unserved(const toml::node& node, std::vector<std::string>& target) {
  if (texts(node, target) && !target.empty()) {
    error(line_of(node), "this protocol is not served by this version of restante: leave it []");
  }
}

void Loader::listen_local(const toml::node& node) {
  std::string given;
  if (!text(node, given)) return;
  settings_.listen.local.clear();
  if (given.empty()) return;
  if (!given.starts_with("unix:") || given.size() == 5) {
    return error(line_of(node), "this must be \"unix:FOLDER\", or \"\" for none");
  }
  const auto folder = absolute(given.substr(5));
  const std::size_t room = sizeof sockaddr_un::sun_path - 1 - kLongestSocketName;
  if (folder.native().size() > room) {
    return error(line_of(node),
                 fmt::format("the path of this folder is longer than {} octets", room));
  }
  settings_.listen.local = folder;
}

void Loader::auth_plaintext(const toml::node& node) {
  std::string given;
  if (!text(node, given)) return;
  if (given == "tls") {
    settings_.plaintext = Settings::Plaintext::Tls;
  } else if (given == "loopback") {
    settings_.plaintext = Settings::Plaintext::Loopback;
  } else {
    error(line_of(node), "this must be \"tls\" or \"loopback\"");
  }
}

void Loader::message_size(const toml::node& node) {
  constexpr std::uint64_t kMost = 1ULL << 30;
  std::uint64_t given = 0;
  if (!size(node, given)) return;
  if (given < 1024 || given > kMost) {
    return error(line_of(node), "this must be from \"1 KiB\" to \"1 GiB\"");
  }
  settings_.limits.message_size_octets = given;
}

void Loader::log_level(const toml::node& node) {
  std::string given;
  if (!text(node, given)) return;
  if (!is_log_level(given)) {
    return error(line_of(node), "this must be \"debug\", \"info\", \"warning\" or \"error\"");
  }
  settings_.log_level = given;
}

// ---- what only the whole file can tell

void Loader::check_whole() {
  for (const char* required : {"hostname", "domains"}) {
    if (!lines_.contains(required)) error(0, fmt::format("the key '{}' is missing", required));
  }
  const auto& tls = settings_.tls;
  const auto& listen = settings_.listen;
  if (tls.certificate.empty() != tls.key.empty()) {
    error(0, "tls.cert and tls.key are given both or not at all");
  } else if (tls.certificate.empty() &&
             !(listen.submissions.empty() && listen.imaps.empty() && listen.pop3s.empty())) {
    error(0,
          "listen.submissions, listen.imaps and listen.pop3s need a certificate: give tls.cert and "
          "tls.key, or make these lists []");
  }
  check_addresses();
}

void Loader::check_addresses() {
  const auto& listen = settings_.listen;
  const std::pair<const char*, const std::vector<std::string>*> all[] = {
      {"listen.smtp", &listen.smtp},
      {"listen.submission", &listen.submission},
      {"listen.submissions", &listen.submissions},
      {"listen.imap", &listen.imap},
      {"listen.imaps", &listen.imaps},
      {"listen.pop3", &listen.pop3},
      {"listen.pop3s", &listen.pop3s}};
  std::map<std::string, std::string> taken;
  for (const auto& [name, addresses] : all) {
    for (const std::string& address : *addresses) {
      const auto [first, added] = taken.emplace(address, name);
      if (!added) {
        error(lines_.contains(name) ? lines_[name] : 0,
              fmt::format("{} is used by {} and {}", address, first->second, name));
      }
    }
  }
}

}  // namespace

std::expected<Settings, ConfigErrors> parse_config(std::string_view text,
                                                   const std::filesystem::path& file) {
  return Loader(file).load(text);
}

std::expected<Settings, ConfigErrors> read_config(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  if (stream && !std::filesystem::is_directory(file)) {
    text.resize(kFileOctets + 1);
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
  } else {
    const int why = std::filesystem::is_directory(file) ? EISDIR : errno;
    return std::unexpected(
        ConfigErrors{fmt::format("{}: cannot be read: {}", file.native(), std::strerror(why))});
  }
  if (text.size() > kFileOctets) {
    return std::unexpected(ConfigErrors{fmt::format("{}: is larger than 1 MiB", file.native())});
  }
  return parse_config(text, file);
}

}  // namespace restante
