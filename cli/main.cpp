// The program: reads the command line, runs the one command it names, returns its exit code.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>

#include "cli/commands.h"
#include "cli/orientation.h"

namespace {

using namespace restante::cli;

// A closed standard stream would be taken over by the next socket; reserve it, unusable.
void reserve_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    const int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", flags) != descriptor) std::_Exit(static_cast<int>(ExitCode::Io));
  }
}

void add_commands(CLI::App& app, Context& context) {
  add_login_commands(app, context);
  add_send_command(app, context);
  add_list_commands(app, context);
  add_show_command(app, context);
  add_reply_command(app, context);
  add_serve_command(app, context);
  add_account_command(app, context);
  add_config_command(app, context);
  add_help_command(app, context);
}

int run(int argc, char** argv) {
  Output output;
  Context context(output);
  CLI::App app("restante keeps messages until their recipient calls for them", "restante");
  bool json = false;
  bool quiet = false;
  app.fallthrough();
  app.add_option("-a,--account", context.account, "Profile to use (see login)")
      ->envname("RESTANTE_ACCOUNT");
  app.add_flag("--json", json, "One JSON object a line");
  app.add_flag("--no-input", context.no_input, "Never ask; fail instead");
  app.add_flag("-q,--quiet", quiet, "No success text");
  add_commands(app, context);
  context.action = [&context] { return run_without_command(context); };
  // Before anything can fail: the form of errors must not depend on where the flag stands.
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") output.set_json(true);
    if (std::string_view(argv[i]) == "--") break;
  }
  if (const char* value = std::getenv("RESTANTE_NO_INPUT"); value != nullptr && *value != '\0') {
    context.no_input = true;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::string path;
    const CLI::App* chosen = &app;
    while (!chosen->get_subcommands().empty()) {
      path += chosen->get_name() + " ";
      chosen = chosen->get_subcommands().front();
    }
    if (!path.empty()) path.pop_back();
    const std::string help = chosen->help(path);
    output.text(help);
    return static_cast<int>(output.finish(ExitCode::Done));
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(output.fail(explain(app, error, argc, argv)));
  }
  output.set_json(json);
  output.set_quiet(quiet);
  const ExitCode code = context.action();
  return static_cast<int>(output.finish(code));
}

}  // namespace

int main(int argc, char** argv) {
  reserve_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is seen as EPIPE
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    Output output;
    const Failure bug(ExitCode::Bug, std::string("this is a defect of restante: ") + error.what());
    return static_cast<int>(output.fail(bug));
  }
}
