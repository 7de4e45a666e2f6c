// The configuration file: TOML to Settings, every mistake of it at once, and the commented file of
// defaults (docs/operations.md has the table). Knows no sockets and opens no mail.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mail/error.h"
#include "server/settings.h"

namespace restante {

// One line each, `FILE:LINE: WHAT`, in the order of the file.
using ConfigErrors = std::vector<std::string>;

// Reads the file; relative paths in it are relative to its folder.
std::expected<Settings, ConfigErrors> read_config(const std::filesystem::path& file);

// The same from text; file is used for messages and relative paths only.
std::expected<Settings, ConfigErrors> parse_config(std::string_view text,
                                                   const std::filesystem::path& file);

// A commented file that holds every key with its default (hostname and domains as examples).
std::string default_config_text();

// "50 MiB", "512 KiB", "2 GiB", "100 B" or 0; value in octets. Errors: Invalid.
Result<std::uint64_t> parse_size(std::string_view text);
// "30 min", "60 s", "2 h", "30 days". Errors: Invalid.
Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace restante
