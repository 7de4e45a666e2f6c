// The commands main knows, one file each (cli/command.h says how one is written).
#pragma once

#include "cli/command.h"

namespace restante::cli {

void add_serve_command(CLI::App& app, Context& context);    // serve
void add_config_command(CLI::App& app, Context& context);   // config check|default
void add_account_command(CLI::App& app, Context& context);  // account add|passwd|list|remove
void add_help_command(CLI::App& app, Context& context);     // help TOPIC, version

}  // namespace restante::cli
