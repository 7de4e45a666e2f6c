// Short forms of what docs/command-line.md says at length.
#include "cli/help_topics.h"

#include <array>
#include <utility>

namespace restante::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTopics = {{
    {"ids",
     "Every message has a number that never changes: 412. Commands take\n"
     "  412            one message\n"
     "  40-45          a range; numbers that do not exist are passed over\n"
     "  40,42          a list\n"
     "  '<id@host>'    a Message-ID\n"},
    {"exit-codes",
     "0 done   1 condition false or cancelled   3 some of several failed\n"
     "64 usage   65 bad data   66 no such message, mailbox or file\n"
     "67 no such recipient   69 refused for good   70 bug   73 would overwrite\n"
     "74 disk or stream   75 try later   76 protocol   77 login   78 configuration\n"},
    {"json",
     "With --json each command writes one object a line; the first key is \"v\":1.\n"
     "Keys are only added. Octets that are not UTF-8 become U+FFFD and add \"lossy\":true.\n"
     "Errors are one object on stderr: {\"v\":1,\"error\":...,\"exit\":...,\"hint\":...}.\n"},
    {"formats",
     "On a terminal: aligned columns, local time. Without one: fields separated by TAB,\n"
     "no heading, RFC 3339 UTC times, TAB LF and backslash as \\t \\n \\\\, controls as \\xNN.\n"},
    {"environment",
     "RESTANTE_ACCOUNT    profile to use, as -a\n"
     "RESTANTE_LOCAL      folder of the local server's sockets\n"
     "RESTANTE_NO_INPUT   if set: never ask\n"
     "RESTANTE_EDITOR VISUAL EDITOR   the editor for messages\n"
     "NO_COLOR CLICOLOR_FORCE TERM COLUMNS TZ XDG_CONFIG_HOME XDG_DATA_HOME\n"},
}};

}  // namespace

std::string_view help_topic(std::string_view name) {
  for (const auto& [topic, text] : kTopics) {
    if (topic == name) return text;
  }
  return {};
}

std::string help_topic_names() {
  std::string names;
  for (const auto& [topic, text] : kTopics) {
    if (!names.empty()) names += ' ';
    names += topic;
  }
  return names;
}

}  // namespace restante::cli
