// What people type to name messages: 412, 40-45, 40,42, <Message-ID>. Values and parsing only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/exit_code.h"

namespace restante::cli {

struct NumberRange {  // first <= last
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool single() const { return first == last; }
  bool operator==(const NumberRange&) const = default;
};

struct MessageIdText {  // without < >
  std::string value;
  bool operator==(const MessageIdText&) const = default;
};

using MessageName = std::variant<NumberRange, MessageIdText>;

// One argument as names, in order. Errors: Usage (neither a number, range, list nor <id>; a range
// of more than 10 000).
Outcome<std::vector<MessageName>> parse_message_names(std::string_view argument);
Outcome<std::vector<MessageName>> parse_message_names(const std::vector<std::string>& arguments);

// The name as people type it.
std::string show_name(const MessageName& name);

}  // namespace restante::cli
