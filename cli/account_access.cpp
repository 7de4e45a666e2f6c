// Chooses between profile and local sockets; asks for the password only when it is needed.
#include "cli/account_access.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "server/trial.h"

namespace restante::cli {
namespace {

bool is_socket_file(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// Without the marks that may surround an address in a sentence.
std::string_view trim_marks(std::string_view word) {
  constexpr std::string_view kMarks = "<>().,;:";
  const std::size_t begin = word.find_first_not_of(kMarks);
  if (begin == std::string_view::npos) return {};
  return word.substr(begin, word.find_last_not_of(kMarks) + 1 - begin);
}

}  // namespace

std::optional<std::string> address_in_greeting(std::string_view greeting) {
  while (!greeting.empty()) {
    const std::string_view word = greeting.substr(0, greeting.find(' '));
    greeting.remove_prefix(std::min(word.size() + 1, greeting.size()));
    const std::string_view address = trim_marks(word);
    const std::size_t at = address.rfind('@');
    if (at != std::string_view::npos && at > 0 && at + 1 < address.size()) {
      return std::string(address);
    }
  }
  return std::nullopt;
}

Outcome<AccountAccess> AccountAccess::choose(const Context& context) {
  AccountAccess access;
  auto profiles = ProfileStore::of_user().read();
  if (!profiles) return std::unexpected(profiles.error());
  const std::string name = context.account.empty() ? profiles->standard : context.account;
  if (!name.empty() && name != "local") {
    const auto found = profiles->by_name.find(name);
    if (found == profiles->by_name.end()) {
      return failure(ExitCode::NoInput, "there is no profile " + name,
                     "restante login ADDRESS --server HOST");
    }
    access.profile_name_ = name;
    access.profile_ = found->second;
    return access;
  }
  const auto folder = local_socket_folder();
  if (!is_socket_file(folder / "imap.sock")) {
    return failure(ExitCode::TryLater, "no server runs on this computer and there is no profile",
                   "restante serve, or: restante login ADDRESS --server HOST");
  }
  access.folder_ = folder;
  return access;
}

Outcome<Login> AccountAccess::login() {
  if (!password_) {
    auto credential = ProfileStore::of_user().credential(profile_name_);
    if (!credential) return std::unexpected(credential.error());
    auto password = reveal(*credential);
    if (!password) return std::unexpected(password.error());
    password_ = std::move(*password);
  }
  return Login{profile_.login_name(), *password_};
}

Outcome<ImapClient> AccountAccess::imap() {
  if (local()) {
    Endpoint endpoint;
    endpoint.socket = folder_ / "imap.sock";
    auto client = ImapClient::open(endpoint);
    if (!client) return client;
    if (!client->logged_in()) {
      return failure(ExitCode::Login, "the local server does not know you: " + client->greeting(),
                     "restante login ADDRESS --server HOST");
    }
    if (const auto address = address_in_greeting(client->greeting())) profile_.address = *address;
    return client;
  }
  auto words = login();
  if (!words) return std::unexpected(words.error());
  auto client = ImapClient::open(profile_.imap());
  if (!client) return client;
  if (auto logged_in = client->login(*words); !logged_in) {
    return std::unexpected(logged_in.error());
  }
  return client;
}

Outcome<SmtpClient> AccountAccess::smtp() {
  if (local()) {
    Endpoint endpoint;
    endpoint.socket = folder_ / "submit.sock";
    return SmtpClient::open(endpoint);
  }
  auto words = login();
  if (!words) return std::unexpected(words.error());
  auto client = SmtpClient::open(profile_.smtp());
  if (!client) return client;
  if (auto logged_in = client->login(*words); !logged_in) {
    return std::unexpected(logged_in.error());
  }
  return client;
}

}  // namespace restante::cli
