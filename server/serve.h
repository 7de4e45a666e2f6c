// The composition root: builds the whole server from settings, runs it until a signal, takes it
// down in the right order. The one place that knows every room.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "server/settings.h"

namespace restante {

// Why the server did not start, for the person who started it.
struct ServeFailure {
  enum class Reason { Configuration, Busy, Denied, Io };
  ServeFailure(Reason why, std::string text, std::string next)
      : reason(why), message(std::move(text)), hint(std::move(next)) {}
  Reason reason;
  std::string message;  // what failed: why
  std::string hint;     // what to do; may be empty
};

struct ServeOptions {
  ServeOptions(Settings with, std::string file, std::string release,
               std::function<void(std::string_view)> tell)
      : settings(std::move(with)),
        config_file(std::move(file)),
        version(std::move(release)),
        say(std::move(tell)) {}
  Settings settings;
  std::string config_file;  // for messages; empty: a trial
  std::string version;
  std::function<void(std::string_view)> say;  // one line for the person at the terminal
};

// Serves until SIGTERM or SIGINT, then says goodbye to all sessions, drains the writer and returns.
// SIGHUP rereads the certificate. Handles signals of the whole process: once at a time.
std::expected<void, ServeFailure> serve(const ServeOptions& options);

}  // namespace restante
