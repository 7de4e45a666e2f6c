// `restante serve`: runs the server in the foreground.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "server/config.h"
#include "server/serve.h"
#include "server/trial.h"

namespace restante::cli {
namespace {

ExitCode code_of(ServeFailure::Reason reason) {
  switch (reason) {
    case ServeFailure::Reason::Configuration:
      return ExitCode::Configuration;
    case ServeFailure::Reason::Busy:
      return ExitCode::TryLater;
    case ServeFailure::Reason::Denied:
      return ExitCode::Login;
    case ServeFailure::Reason::Io:
      return ExitCode::Io;
  }
  return ExitCode::Bug;
}

// The settings of the file, or of a trial where none is named; says all that is wrong.
Outcome<Settings> load_settings(const std::string& file, Context& context) {
  if (file.empty()) {
    auto trial = trial_settings();
    if (trial) return std::move(*trial);
    return failure(ExitCode::Configuration, trial.error().message(),
                   "set XDG_DATA_HOME and XDG_RUNTIME_DIR to short paths of folders of yours");
  }
  auto settings = read_config(file);
  if (settings) return std::move(*settings);
  const auto& errors = settings.error();
  for (std::size_t i = 0; i + 1 < errors.size(); ++i) context.output.note("restante: " + errors[i]);
  return failure(ExitCode::Configuration, errors.back(), "restante config default shows every key");
}

ExitCode run_serve(const std::string& file, Context& context) {
  auto settings = load_settings(file, context);
  if (!settings) return context.output.fail(settings.error());
  const ServeOptions options(std::move(*settings), file, RESTANTE_VERSION,
                             [&context](std::string_view line) { context.output.note(line); });
  const auto served = serve(options);
  if (served) return ExitCode::Done;
  const auto& why = served.error();
  return context.output.fail(Failure(code_of(why.reason), why.message, why.hint));
}

}  // namespace

void add_serve_command(CLI::App& app, Context& context) {
  auto file = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("serve", "Run the server; without --config a trial on this computer only");
  one_value(command->add_option("-c,--config", *file, "The configuration file"))
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  on_run(command, context, [file, &context] { return run_serve(*file, context); });
}

}  // namespace restante::cli
