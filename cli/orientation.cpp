// Own texts for the first contact; CLI11's messages are for the rest.
#include "cli/orientation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/profile.h"

namespace restante::cli {
namespace {

constexpr const char* kOrientation =
    "restante keeps messages until their recipient calls for them.\n"
    "\n"
    "  restante serve                         try it: a server on this computer only\n"
    "  restante login ADDRESS --server HOST   use the account you have on a server\n"
    "  restante send TO -s SUBJECT -m TEXT    send a message\n"
    "  restante inbox                         what has arrived\n"
    "  restante show 412                      read message 412\n"
    "  restante reply 412 -m TEXT             answer it\n"
    "  restante help                          topics; every command has --help\n";

// Edit distance of two short words, each change counted once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, changed});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(const CLI::App& app, std::string_view word) {
  std::string best;
  std::size_t best_distance = 3;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::size_t one = distance(word, command->get_name());
    if (one < best_distance && one < command->get_name().size()) {
      best_distance = one;
      best = command->get_name();
    }
  }
  return best;
}

}  // namespace

ExitCode run_without_command(Context& context) {
  const auto profiles = ProfileStore::of_user().read();
  if (!profiles) return context.output.fail(profiles.error());
  if (!profiles->by_name.empty()) return run_inbox(context);
  context.output.text(kOrientation);
  return ExitCode::Done;
}

Failure explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      if (word == "-a" || word == "--account") ++i;
      if (word.empty() || word.starts_with('-')) continue;
      if (word.size() > 64) break;
      const std::string best = nearest(app, word);
      const std::string message = "there is no command '" + std::string(word) + "'";
      if (best.empty()) return {ExitCode::Usage, message, "restante help"};
      std::string suggestion = message;
      suggestion.append("; did you mean '").append(best).append("'?");
      return {ExitCode::Usage, suggestion, "restante help " + best};
    }
    return {ExitCode::Usage, error.what(), "restante help"};
  }
  return {ExitCode::Usage, error.what(), "restante help " + chosen.front()->get_name()};
}

}  // namespace restante::cli
