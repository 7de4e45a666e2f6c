#include "mail/pop3/command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "mail/message/charset.h"

namespace restante::pop3 {
namespace {

constexpr std::size_t kMechanismOctets = 20;  // RFC 4422 s3.1
constexpr std::size_t kLanguageOctets = 64;

enum class Arguments : std::uint8_t {
  None,
  Text,             // the rest of the line as it stands, spaces included
  Language,         // one word or nothing
  Mechanism,        // a word and perhaps another one
  OptionalMessage,  // a number or nothing
  Message,          // a number
  MessageAndLines,  // two numbers
};

struct Keyword {
  std::string_view name;
  Verb verb;
  Arguments arguments;
};

constexpr std::array<Keyword, 16> kKeywords{{
    {"CAPA", Verb::Capa, Arguments::None},
    {"USER", Verb::User, Arguments::Text},
    {"PASS", Verb::Pass, Arguments::Text},
    {"AUTH", Verb::Auth, Arguments::Mechanism},
    {"STLS", Verb::Stls, Arguments::None},
    {"STAT", Verb::Stat, Arguments::None},
    {"LIST", Verb::List, Arguments::OptionalMessage},
    {"RETR", Verb::Retr, Arguments::Message},
    {"TOP", Verb::Top, Arguments::MessageAndLines},
    {"DELE", Verb::Dele, Arguments::Message},
    {"NOOP", Verb::Noop, Arguments::None},
    {"RSET", Verb::Rset, Arguments::None},
    {"UIDL", Verb::Uidl, Arguments::OptionalMessage},
    {"QUIT", Verb::Quit, Arguments::None},
    {"LANG", Verb::Lang, Arguments::Language},
    {"UTF8", Verb::Utf8, Arguments::None},
}};

// Browsers can be made to speak to us; what they send next is not for us either (ALPACA, 2021).
constexpr std::array<std::string_view, 10> kHttpVerbs{
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "PRI"};

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool equals(std::string_view text, std::string_view upper_name) {
  return std::ranges::equal(text, upper_name, {}, upper);
}

std::unexpected<CommandError> refuse(std::string_view text, bool fatal = false) {
  return std::unexpected(CommandError{text, fatal});
}

// Takes the next word and the spaces in front of it.
std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

// 1 to 10 digits; a number above 32 bits names no message.
std::optional<std::uint32_t> take_number(std::string_view& rest) {
  const std::string_view word = take_word(rest);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (end != word.data() + word.size() || word.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint32_t>::max();
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::expected<void, CommandError> take_message(std::string_view& rest, Command& command) {
  const auto number = take_number(rest);
  if (!number) return refuse("A message number is needed");
  if (*number == 0) return refuse("Message numbers begin with 1");
  command.message = *number;
  return {};
}

std::expected<void, CommandError> take_mechanism(std::string_view& rest, Command& command) {
  const std::string_view name = take_word(rest);
  if (name.empty()) return refuse("AUTH needs the name of a mechanism, see CAPA");
  if (name.size() > kMechanismOctets) return refuse("No such mechanism");
  command.text = name;
  std::ranges::transform(command.text, command.text.begin(), upper);
  const std::string_view response = take_word(rest);
  if (!response.empty()) command.initial_response = response == "=" ? "" : response;
  return {};
}

bool all_spaces(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

std::expected<void, CommandError> take_arguments(Arguments kind, std::string_view& rest,
                                                 Command& command) {
  std::expected<void, CommandError> taken;
  switch (kind) {
    case Arguments::None:
      break;
    case Arguments::Text:
      command.text = rest.substr(rest.empty() ? 0 : 1);  // behind one space (RFC 1939 s7, PASS)
      rest = {};
      if (command.text.empty()) return refuse("An argument is missing");
      break;
    case Arguments::Language:
      command.text = take_word(rest);
      if (command.text.size() > kLanguageOctets) return refuse("No such language");
      break;
    case Arguments::Mechanism:
      taken = take_mechanism(rest, command);
      break;
    case Arguments::OptionalMessage:
      if (!all_spaces(rest)) taken = take_message(rest, command);
      break;
    case Arguments::Message:
      taken = take_message(rest, command);
      break;
    case Arguments::MessageAndLines:
      taken = take_message(rest, command);
      if (!taken) break;
      const auto lines = take_number(rest);
      if (!lines) return refuse("A number of lines is needed");
      command.lines = *lines;
      break;
  }
  if (!taken) return taken;
  if (!all_spaces(rest)) return refuse("Too many arguments");
  return {};
}

}  // namespace

std::expected<Command, CommandError> parse_command(std::string_view line) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::ranges::any_of(line, is_control)) {
    return refuse("Commands hold no control characters and end with CRLF");
  }
  if (!message::is_utf8(line)) return refuse("Commands are ASCII or UTF-8");
  const std::string_view word = line.substr(0, line.find(' '));
  std::string_view rest = line.substr(word.size());
  for (const Keyword& keyword : kKeywords) {
    if (!equals(word, keyword.name)) continue;
    Command command;
    command.verb = keyword.verb;
    const auto taken = take_arguments(keyword.arguments, rest, command);
    if (!taken) return std::unexpected(taken.error());
    return command;
  }
  const auto is_http = [&](std::string_view verb) { return equals(word, verb); };
  if (std::ranges::any_of(kHttpVerbs, is_http)) return refuse("This is not HTTP; closing", true);
  return refuse("Unknown command");
}

}  // namespace restante::pop3
