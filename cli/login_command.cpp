// `restante login ADDRESS --server HOST`, `logout`, `whoami`: the profiles of this person.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/account_access.h"
#include "cli/commands.h"
#include "cli/composing.h"
#include "cli/prompt.h"

namespace restante::cli {
namespace {

struct LoginOptions {
  std::string address;
  std::string server;
  std::string user;
  std::string name;
  std::string security = "tls";
  std::optional<std::uint16_t> smtp_port, imap_port;
  std::string ca_file;
  std::string fingerprint;
  bool trust_certificate = false;
  bool password_stdin = false;
  std::string password_command;
};

Outcome<Profile> profile_of(const LoginOptions& options) {
  auto address = parse_recipients({options.address});
  if (!address) return std::unexpected(address.error());
  Profile profile;
  profile.address = address->front().address;
  profile.name = options.name.empty() ? address->front().name : options.name;
  profile.user = options.user;
  profile.server = options.server;
  profile.security = options.security == "tls" ? Security::Tls : Security::StartTls;
  const bool tls = profile.security == Security::Tls;
  profile.smtp_port = options.smtp_port.value_or(tls ? 465 : 587);
  profile.imap_port = options.imap_port.value_or(tls ? 993 : 143);
  if (profile.server.starts_with('[') && profile.server.ends_with(']')) {
    profile.server = profile.server.substr(1, profile.server.size() - 2);
  } else if (std::count(profile.server.begin(), profile.server.end(), ':') == 1) {
    return failure(ExitCode::Usage, "--server takes a host name only",
                   "use --smtp-port and --imap-port");
  }
  if (!options.ca_file.empty()) {
    std::error_code error;
    profile.trust.ca_file = std::filesystem::absolute(options.ca_file, error);
    if (error || !std::filesystem::exists(profile.trust.ca_file, error)) {
      return failure(ExitCode::NoInput, "there is no file " + options.ca_file);
    }
  }
  if (!options.fingerprint.empty()) {
    profile.trust.fingerprint = normal_fingerprint(options.fingerprint);
    if (profile.trust.fingerprint.empty()) {
      return failure(ExitCode::Usage, "--fingerprint takes a SHA-256, 64 hex digits");
    }
  }
  return profile;
}

// The certificate the server shows at its IMAP door, believed because the person said so.
Outcome<void> pin(Profile& profile, Context& context) {
  auto fingerprint = ImapClient::look_at_certificate(profile.imap());
  if (!fingerprint) return std::unexpected(fingerprint.error());
  context.output.note(
      fmt::format("certificate of {}: SHA-256 {}", profile.server, show_fingerprint(*fingerprint)));
  profile.trust.fingerprint = *fingerprint;
  profile.trust.ca_file.clear();
  return {};
}

Outcome<Credential> credential_of(const LoginOptions& options, Context& context) {
  Credential credential;
  if (!options.password_command.empty()) {
    auto words = split_command(options.password_command);
    if (!words) return std::unexpected(words.error());
    credential.command = std::move(*words);
    return credential;
  }
  auto password = options.password_stdin
                      ? read_password_stdin()
                      : ask_password(context, "password of " + options.address + ": ",
                                     "--password-stdin or --password-command");
  if (!password) return std::unexpected(password.error());
  credential.password = std::move(*password);
  return credential;
}

// Both doors, because a profile that can only read or only send is a trap.
Outcome<void> try_out(const Profile& profile, const std::string& password) {
  const Login login{profile.login_name(), password};
  auto imap = ImapClient::open(profile.imap());
  if (!imap) return std::unexpected(imap.error());
  if (auto done = imap->login(login); !done) return done;
  imap->logout();
  auto smtp = SmtpClient::open(profile.smtp());
  if (!smtp) return std::unexpected(smtp.error());
  if (auto done = smtp->login(login); !done) return done;
  smtp->quit();
  return {};
}

ExitCode run_login(const LoginOptions& options, Context& context) {
  Output& output = context.output;
  if (options.password_stdin && !options.password_command.empty()) {
    return output.fail(Failure(ExitCode::Usage, "one source of the password is enough"));
  }
  auto profile = profile_of(options);
  if (!profile) return output.fail(profile.error());
  if (options.trust_certificate) {
    if (auto pinned = pin(*profile, context); !pinned) return output.fail(pinned.error());
  }
  auto credential = credential_of(options, context);
  if (!credential) return output.fail(credential.error());
  auto password = reveal(*credential);
  if (!password) return output.fail(password.error());
  if (auto works = try_out(*profile, *password); !works) return output.fail(works.error());
  const std::string name = context.account.empty() ? profile->address : context.account;
  if (name == "local") {
    return output.fail(Failure(ExitCode::Usage, "the name 'local' stands for the server here"));
  }
  if (auto saved = ProfileStore::of_user().save(name, *profile, *credential); !saved) {
    return output.fail(saved.error());
  }
  if (output.json()) {
    Json object;
    object["profile"] = name;
    object["address"] = profile->address;
    object["server"] = profile->server;
    output.record(object);
    return ExitCode::Done;
  }
  output.done(fmt::format("logged in as {} at {}", profile->address, profile->server));
  return ExitCode::Done;
}

ExitCode run_logout(Context& context) {
  const ProfileStore store = ProfileStore::of_user();
  auto profiles = store.read();
  if (!profiles) return context.output.fail(profiles.error());
  const std::string name = context.account.empty() ? profiles->standard : context.account;
  if (name.empty()) {
    return context.output.fail(Failure(ExitCode::NoInput, "there is no profile to forget"));
  }
  if (auto removed = store.remove(name); !removed) return context.output.fail(removed.error());
  if (context.output.json()) {
    context.output.record(Json{{"profile", name}});
    return ExitCode::Done;
  }
  context.output.done("forgot " + name);
  return ExitCode::Done;
}

ExitCode run_whoami(Context& context) {
  Output& output = context.output;
  auto access = AccountAccess::choose(context);
  if (!access) return output.fail(access.error());
  std::string server = access->server();
  if (access->local()) {  // only the server knows
    auto client = access->imap();
    if (!client) return output.fail(client.error());
    client->logout();
  }
  if (output.json()) {
    Json object;
    object["address"] = access->address();
    object["server"] = server;
    object["local"] = access->local();
    output.record(object);
    return ExitCode::Done;
  }
  Table table({{"ADDRESS"}, {"SERVER"}});
  table.add({Cell(access->address()), Cell(server)});
  output.table(table);
  return ExitCode::Done;
}

}  // namespace

void add_login_commands(CLI::App& app, Context& context) {
  auto options = std::make_shared<LoginOptions>();
  CLI::App* login = app.add_subcommand("login", "Use the account you have on a server");
  login->add_option("address", options->address, "Your address there")->required();
  login->add_option("--server", options->server, "Host name of the server")->required();
  login->add_option("--smtp-port", options->smtp_port, "465, or 587 with starttls");
  login->add_option("--imap-port", options->imap_port, "993, or 143 with starttls");
  login->add_option("--security", options->security, "tls (default) or starttls")
      ->check(CLI::IsMember({"tls", "starttls"}));
  login->add_option("--user", options->user, "Name to log in with, if not the address");
  login->add_option("--name", options->name, "Your name as recipients see it");
  CLI::Option* ca = login->add_option("--ca-file", options->ca_file,
                                      "Certificates to trust instead of the system's");
  CLI::Option* fingerprint = login->add_option("--fingerprint", options->fingerprint,
                                               "Trust exactly the certificate with this SHA-256");
  login
      ->add_flag("--trust-certificate", options->trust_certificate,
                 "Trust exactly the certificate the server shows now")
      ->excludes(ca)
      ->excludes(fingerprint);
  login->add_flag("--password-stdin", options->password_stdin,
                  "The password is the first line of standard input");
  login->add_option("--password-command", options->password_command,
                    "Program that prints the password; run without a shell, each time");
  on_run(login, context, [options, &context] { return run_login(*options, context); });
  on_run(app.add_subcommand("logout", "Forget a profile"), context,
         [&context] { return run_logout(context); });
  on_run(app.add_subcommand("whoami", "Show which account is used"), context,
         [&context] { return run_whoami(context); });
}

}  // namespace restante::cli
