// `restante config check FILE` and `restante config default`.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "server/config.h"
#include "server/net/tls_context.h"

namespace restante::cli {
namespace {

ExitCode run_check(const std::string& file, Context& context) {
  const auto settings = read_config(file);
  if (!settings) {
    const auto& errors = settings.error();
    for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
      context.output.note("restante: " + errors[i]);
    }
    return context.output.fail(
        Failure(ExitCode::Configuration, errors.back(), "restante config default shows every key"));
  }
  if (!settings->tls.certificate.empty()) {
    const auto tls = net::TlsContext::load(settings->tls.certificate, settings->tls.key);
    if (!tls) {
      return context.output.fail(Failure(ExitCode::Configuration,
                                         fmt::format("{}: {}", file, tls.error().message()),
                                         "run this check as the user the server runs as"));
    }
  }
  if (context.output.json()) {
    context.output.record(Json{{"type", "config"}, {"file", file}, {"valid", true}});
  } else {
    context.output.done(fmt::format("{} is valid", file));
  }
  return ExitCode::Done;
}

}  // namespace

void add_config_command(CLI::App& app, Context& context) {
  CLI::App* config =
      app.add_subcommand("config", "Check a configuration file, or show the defaults");
  config->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App* check = config->add_subcommand("check", "Say all that is wrong with a file");
  check->add_option("file", *file, "The configuration file")->required();
  on_run(check, context, [file, &context] { return run_check(*file, context); });
  CLI::App* defaults = config->add_subcommand("default", "Print a file with every key and default");
  on_run(defaults, context, [&context] {
    context.output.text(default_config_text());
    return ExitCode::Done;
  });
}

}  // namespace restante::cli
