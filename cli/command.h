// How a command joins the program. A command is a file `cli/NAME_command.cpp` with one function
// `void add_NAME_command(CLI::App& app, Context& context)`, declared in cli/commands.h and called
// by main. It adds its subcommand and options to app and sets what is done once the whole command
// line has been understood:
//
//   void add_list_command(CLI::App& app, Context& context) {
//     auto options = std::make_shared<ListOptions>();          // lives as long as the action
//     CLI::App* command = app.add_subcommand("list", "List a mailbox");
//     command->add_option("mailbox", options->mailbox, "Mailbox");
//     one_value(command->add_option("-b,--bcc", options->bcc, "..."));  // repeatable, one value
//     each on_run(command, context, [options, &context] { return run_list(*options, context); });
//   }
//
// run_list returns an ExitCode; failures are told by `return context.output.fail(failure)`.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string>
#include <utility>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace restante::cli {

// What main hands to every command; outlives them all.
struct Context {
  explicit Context(Output& to) : output(to) {}
  Output& output;
  std::string account;    // -a/--account or RESTANTE_ACCOUNT: a profile's name; empty: the default
  bool no_input = false;  // --no-input or RESTANTE_NO_INPUT: never ask
  std::function<ExitCode()> action;  // set by the command that was named
};

// Runs action after parsing if this command was named.
inline void on_run(CLI::App* command, Context& context, std::function<ExitCode()> action) {
  command->callback([&context, action = std::move(action)] { context.action = action; });
}

// A flag that takes one value each time it is given and may be given several times: CLI11 would let
// it swallow the arguments that follow.
inline CLI::Option* one_value(CLI::Option* option) {
  return option->allow_extra_args(false)->expected(1)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace restante::cli
