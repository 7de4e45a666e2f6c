// `restante help [TOPIC]` and `restante version`.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/help_topics.h"

namespace restante::cli {
namespace {

ExitCode run_help(const CLI::App& app, const std::string& topic, Context& context) {
  if (topic.empty()) {
    context.output.text(app.help());
    context.output.text("\nTopics: " + help_topic_names() + "\n");
    return ExitCode::Done;
  }
  if (const auto text = help_topic(topic); !text.empty()) {
    context.output.text(text);
    return ExitCode::Done;
  }
  const auto named =
      app.get_subcommands([&topic](const CLI::App* command) { return command->check_name(topic); });
  if (named.empty()) {
    return context.output.fail(Failure(ExitCode::Usage, "there is no help on '" + topic + "'",
                                       "topics: " + help_topic_names()));
  }
  context.output.text(named.front()->help("restante"));
  return ExitCode::Done;
}

ExitCode run_version(Context& context) {
  if (context.output.json()) {
    context.output.record(Json{{"version", RESTANTE_VERSION}});
    return ExitCode::Done;
  }
  context.output.done("restante " RESTANTE_VERSION);
  return ExitCode::Done;
}

}  // namespace

void add_help_command(CLI::App& app, Context& context) {
  auto topic = std::make_shared<std::string>();
  CLI::App* help = app.add_subcommand("help", "Explain a command or a topic");
  help->add_option("topic", *topic, "Command or topic");
  on_run(help, context, [&app, topic, &context] { return run_help(app, *topic, context); });
  CLI::App* version = app.add_subcommand("version", "Show the version");
  on_run(version, context, [&context] { return run_version(context); });
}

}  // namespace restante::cli
