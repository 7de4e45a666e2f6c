// The commands main knows, one file each (cli/command.h says how one is written).
#pragma once

#include "cli/command.h"

namespace restante::cli {

void add_serve_command(CLI::App& app, Context& context);    // serve
void add_config_command(CLI::App& app, Context& context);   // config check|default
void add_account_command(CLI::App& app, Context& context);  // account add|passwd|quota|list|remove
void add_help_command(CLI::App& app, Context& context);     // help TOPIC, version
void add_login_commands(CLI::App& app, Context& context);   // login, logout, whoami
void add_list_commands(CLI::App& app, Context& context);    // inbox, list
void add_show_command(CLI::App& app, Context& context);     // show, read
void add_send_command(CLI::App& app, Context& context);     // send
void add_reply_command(CLI::App& app, Context& context);    // reply

// What `restante inbox` does.
ExitCode run_inbox(Context& context);

}  // namespace restante::cli
