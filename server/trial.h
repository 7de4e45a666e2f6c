// The trial: a server without a configuration file, on this computer only, for the user who starts
// it. Also says where the local sockets are, for the command line.
#pragma once

#include <filesystem>
#include <string>

#include "mail/error.h"
#include "server/settings.h"
#include "storage/store.h"

namespace restante {

// $XDG_DATA_HOME/restante or ~/.local/share/restante.
std::filesystem::path trial_data_folder();

// Where submit.sock and imap.sock of the server for this user are: $RESTANTE_LOCAL; else those of a
// trial or of /run/restante, whichever exist; else where a trial would put them.
std::filesystem::path local_socket_folder();

// Loopback doors, the trial's folders and the names of the certificate's files. Errors: Invalid
// (path of the sockets too long, no home folder).
Result<Settings> trial_settings();

// The address of the account of the user who runs this process: LOGIN@localhost. Errors: Invalid.
Result<std::string> trial_address();

std::filesystem::path trial_password_file(const Settings& settings);

// Creates what is missing of data folder, certificate and the folder of the sockets. Errors: Io.
Result<void> prepare_trial_files(const Settings& settings);

// Creates the account with a random password, kept in a file of mode 0600, where there is none.
// Errors: of the store; Io.
Result<void> prepare_trial_account(storage::Store& store, const Settings& settings);

// Creates the folder for local sockets, mode 0755, where it is missing. Errors: Io.
Result<void> make_socket_folder(const std::filesystem::path& folder);

}  // namespace restante
