// Strict: what could be misread is refused, never guessed.
#include "cli/message_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/imap_response.h"

namespace restante::cli {
namespace {

constexpr std::uint64_t kWidestRange = 10'000;

// Numbers start at 1 and have no leading zero.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty() || digits[0] == '0') return std::nullopt;
  return imap_number(digits);
}

std::optional<NumberRange> range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return NumberRange{*first, *first};
  const auto last = number(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return NumberRange{*first, *last};
}

std::unexpected<Failure> not_a_name(std::string_view argument) {
  return failure(ExitCode::Usage, fmt::format("'{}' names no message", argument),
                 "restante help ids");
}

}  // namespace

Outcome<std::vector<MessageName>> parse_message_names(std::string_view argument) {
  if (argument.starts_with('<')) {
    const std::string_view inner = argument.substr(1, argument.size() - 2);
    const bool odd = std::any_of(inner.begin(), inner.end(), [](char c) {
      return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == 0x7f;
    });
    if (!argument.ends_with('>') || argument.size() < 3 || odd || inner.size() > 900) {
      return not_a_name(argument);
    }
    return std::vector<MessageName>{MessageIdText{std::string(inner)}};
  }
  std::vector<MessageName> names;
  std::string_view rest = argument;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto one = range(rest.substr(0, comma));
    if (!one) return not_a_name(argument);
    if (one->last - one->first >= kWidestRange) {
      return failure(ExitCode::Usage, fmt::format("the range {} is too wide", argument));
    }
    names.emplace_back(*one);
    if (comma == std::string_view::npos) return names;
    rest.remove_prefix(comma + 1);
  }
}

Outcome<std::vector<MessageName>> parse_message_names(const std::vector<std::string>& arguments) {
  std::vector<MessageName> names;
  for (const std::string& argument : arguments) {
    auto some = parse_message_names(std::string_view(argument));
    if (!some) return some;
    names.insert(names.end(), some->begin(), some->end());
  }
  return names;
}

std::string show_name(const MessageName& name) {
  if (const auto* id = std::get_if<MessageIdText>(&name)) return "<" + id->value + ">";
  const auto& numbers = std::get<NumberRange>(name);
  if (numbers.single()) return std::to_string(numbers.first);
  return fmt::format("{}-{}", numbers.first, numbers.last);
}

}  // namespace restante::cli
