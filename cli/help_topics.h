// The texts of `restante help TOPIC`.
#pragma once

#include <string>
#include <string_view>

namespace restante::cli {

// The text of a topic; empty if there is none of this name.
std::string_view help_topic(std::string_view name);

// The names of all topics, separated by spaces.
std::string help_topic_names();

}  // namespace restante::cli
