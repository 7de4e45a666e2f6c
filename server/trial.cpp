#include "server/trial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "server/accounts.h"
#include "server/auth/authenticator.h"
#include "server/delivery/address.h"
#include "server/net/login_name.h"
#include "server/net/tls_context.h"
#include "server/net/unique_fd.h"

namespace restante {
namespace {

constexpr const char* kSystemSockets = "/run/restante";

// An absolute path from the environment; the XDG specification has others ignored.
std::filesystem::path path_from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && value[0] == '/' ? std::filesystem::path(value)
                                             : std::filesystem::path();
}

std::filesystem::path trial_socket_folder() {
  if (const auto given = path_from_environment("RESTANTE_LOCAL"); !given.empty()) return given;
  const auto runtime = path_from_environment("XDG_RUNTIME_DIR");
  return runtime.empty() ? trial_data_folder() / "run" : runtime / "restante";
}

std::vector<std::string> loopback(int port) {
  return {fmt::format("127.0.0.1:{}", port), fmt::format("[::1]:{}", port)};
}

Result<void> make_folder(const std::filesystem::path& folder, mode_t mode) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), mode) == 0) {
    ::chmod(folder.c_str(), mode);
    return {};
  }
  if (errno == EEXIST && std::filesystem::is_directory(folder, error)) return {};
  return fail(ErrorKind::Io,
              fmt::format("cannot create folder {}: {}", folder.native(), std::strerror(errno)));
}

Result<void> write_password(const std::filesystem::path& file, const std::string& password) {
  ::unlink(file.c_str());
  net::UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const std::string line = password + "\n";
  if (!out || ::write(out.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(out.get()) != 0) {
    return fail(ErrorKind::Io,
                fmt::format("cannot write {}: {}", file.native(), std::strerror(errno)));
  }
  return {};
}

}  // namespace

std::filesystem::path trial_data_folder() {
  auto base = path_from_environment("XDG_DATA_HOME");
  if (base.empty()) {
    auto home = path_from_environment("HOME");
    if (home.empty()) home = net::home_folder(::geteuid());
    if (home.empty()) return {};
    base = home / ".local" / "share";
  }
  return base / "restante";
}

std::filesystem::path local_socket_folder() {
  const auto trial = trial_socket_folder();
  std::error_code ignored;
  if (!path_from_environment("RESTANTE_LOCAL").empty()) return trial;
  if (std::filesystem::exists(trial / "imap.sock", ignored)) return trial;
  const std::filesystem::path system = kSystemSockets;
  return std::filesystem::exists(system / "imap.sock", ignored) ? system : trial;
}

Result<Settings> trial_settings() {
  Settings settings;
  settings.trial = true;
  settings.data_dir = trial_data_folder();
  if (settings.data_dir.empty()) {
    return fail(ErrorKind::Invalid, "no folder for the data: HOME and XDG_DATA_HOME are not set");
  }
  settings.tls.certificate = settings.data_dir / "trial-cert.pem";
  settings.tls.key = settings.data_dir / "trial-key.pem";
  settings.listen.smtp = loopback(1025);
  settings.listen.submission = loopback(1587);
  settings.listen.submissions = loopback(1465);
  settings.listen.imap = loopback(1143);
  settings.listen.imaps = loopback(1993);
  settings.listen.pop3 = loopback(1110);
  settings.listen.pop3s = loopback(1995);
  settings.listen.local = trial_socket_folder();
  settings.plaintext = Settings::Plaintext::Loopback;
  const auto longest = (settings.listen.local / "submit.sock").native().size();
  if (longest >= sizeof sockaddr_un::sun_path) {
    return fail(
        ErrorKind::Invalid,
        fmt::format("the path of the local sockets is too long ({} octets, at most {}): {}",
                    longest, sizeof sockaddr_un::sun_path - 1, settings.listen.local.native()));
  }
  return settings;
}

Result<std::string> trial_address() {
  return delivery::canonical_address(net::login_name(::geteuid()) + "@localhost");
}

std::filesystem::path trial_password_file(const Settings& settings) {
  return settings.data_dir / "trial-password";
}

Result<void> make_socket_folder(const std::filesystem::path& folder) {
  return make_folder(folder, 0755);
}

Result<void> prepare_trial_files(const Settings& settings) {
  if (auto made = make_folder(settings.data_dir, 0700); !made) return made;
  return net::ensure_self_signed(settings.tls.certificate, settings.tls.key);
}

Result<void> prepare_trial_account(storage::Store& store, const Settings& settings) {
  const auto address = trial_address();
  if (!address) return std::unexpected(address.error());
  const auto known = read_here<storage::Account>(
      store, [&](storage::Reader& reader) { return reader.find_account(*address); });
  const auto file = trial_password_file(settings);
  std::error_code ignored;
  if (!known && known.error().kind() != ErrorKind::NotFound) return std::unexpected(known.error());
  if (known && std::filesystem::exists(file, ignored)) return {};
  const std::string password = random_password();
  auto credential = auth::derive_credential(password);
  if (!credential) return std::unexpected(credential.error());
  if (auto written = write_password(file, password); !written) return written;
  if (known) return set_credential_and_wait(store, known->id, std::move(*credential));
  const auto created = create_account_and_wait(store, *address, std::move(*credential),
                                               settings.limits.quota_octets);
  if (!created) return std::unexpected(created.error());
  return {};
}

}  // namespace restante
