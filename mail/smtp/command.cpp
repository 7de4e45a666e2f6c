#include "mail/smtp/command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace restante::smtp {
namespace {

using Parsed = std::expected<Command, Reply>;

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool equals(std::string_view text, std::string_view upper_case) {
  return std::ranges::equal(text, upper_case, {}, upper);
}

struct NamedVerb {
  std::string_view name;
  Verb verb;
};

constexpr std::array kVerbs = std::to_array<NamedVerb>({
    {"MAIL", Verb::Mail},   {"RCPT", Verb::Rcpt},         {"DATA", Verb::Data},
    {"EHLO", Verb::Ehlo},   {"HELO", Verb::Helo},         {"RSET", Verb::Rset},
    {"NOOP", Verb::Noop},   {"QUIT", Verb::Quit},         {"VRFY", Verb::Vrfy},
    {"EXPN", Verb::Expn},   {"HELP", Verb::Help},         {"AUTH", Verb::Auth},
    {"BDAT", Verb::Bdat},   {"STARTTLS", Verb::StartTls}, {"GET", Verb::Http},
    {"POST", Verb::Http},   {"PUT", Verb::Http},          {"HEAD", Verb::Http},
    {"DELETE", Verb::Http}, {"OPTIONS", Verb::Http},      {"CONNECT", Verb::Http},
    {"TRACE", Verb::Http},  {"PATCH", Verb::Http},        {"PRI", Verb::Http},
});

std::optional<Verb> find_verb(std::string_view name) {
  for (const auto& known : kVerbs) {
    if (equals(name, known.name)) return known.verb;
  }
  return std::nullopt;
}

// RFC 5321 s4.1.1.1, widened by what real clients call themselves (underscores).
bool is_client_name(std::string_view name) {
  if (name.starts_with('[')) return is_address_literal(name);
  return !name.empty() && name.size() <= kMaxDomain && std::ranges::all_of(name, [](char c) {
    const char u = upper(c);
    return (u >= 'A' && u <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == ':';
  });
}

// Takes "<" [ A-d-l ":" ] Mailbox ">" from text; a source route is dropped (RFC 5321 appendix C).
// postmaster without a domain is a path of RCPT (RFC 5321 s4.1.1.3).
std::optional<Mailbox> take_path(std::string_view& text, bool recipient) {
  std::string_view rest = text;
  if (!rest.starts_with('<')) return std::nullopt;
  rest.remove_prefix(1);
  if (rest.starts_with('@')) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || colon > kMaxPath) return std::nullopt;
    std::string_view route = rest.substr(0, colon);
    while (true) {
      const std::size_t comma = std::min(route.find(','), route.size());
      if (!route.starts_with('@') || !is_domain(route.substr(1, comma - 1))) return std::nullopt;
      if (comma == route.size()) break;
      route.remove_prefix(comma + 1);
    }
    rest.remove_prefix(colon + 1);
  }
  std::optional<Mailbox> mailbox;
  constexpr std::string_view kPostmaster = "POSTMASTER";
  if (recipient && equals(rest.substr(0, kPostmaster.size()), kPostmaster) &&
      rest.substr(kPostmaster.size()).starts_with('>')) {
    mailbox = Mailbox{"postmaster", ""};
    rest.remove_prefix(kPostmaster.size());
  } else if (auto taken = take_mailbox(rest)) {
    mailbox = std::move(*taken);
  }
  if (!mailbox || !rest.starts_with('>')) return std::nullopt;
  rest.remove_prefix(1);
  if (text.size() - rest.size() > kMaxPath) return std::nullopt;
  text = rest;
  return mailbox;
}

// One esmtp-param taken from the start of text, which begins with the space before it.
struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

std::optional<Parameter> take_parameter(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view whole = text.substr(0, std::min(text.find(' '), text.size()));
  text.remove_prefix(whole.size());
  const std::size_t sign = whole.find('=');
  Parameter parameter{whole.substr(0, sign), std::nullopt};
  if (sign != std::string_view::npos) parameter.value = whole.substr(sign + 1);
  const auto is_keyword_char = [](char c) {
    const char u = upper(c);
    return (u >= 'A' && u <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  const auto is_value_char = [](char c) { return c > 0x20 && c < 0x7f && c != '='; };
  if (parameter.keyword.empty() || parameter.keyword.front() == '-' ||
      !std::ranges::all_of(parameter.keyword, is_keyword_char)) {
    return std::nullopt;
  }
  if (parameter.value &&
      (parameter.value->empty() || !std::ranges::all_of(*parameter.value, is_value_char))) {
    return std::nullopt;
  }
  return parameter;
}

// RFC 1870 s3: up to 20 digits; what does not fit 64 bits is larger than any limit.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  if (text.size() > 20 || text.empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  if (error != std::errc{}) return std::nullopt;
  return value;
}

// RFC 3461 s4: "+" and two upper-case hexadecimal digits.
bool is_xtext(std::string_view text) {
  const auto is_hexchar = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '+') continue;
    if (text.size() - at < 3 || !is_hexchar(text[at + 1]) || !is_hexchar(text[at + 2]))
      return false;
    at += 2;
  }
  return true;
}

std::optional<Reply> parse_mail_parameters(std::string_view text, MailParameters& parameters) {
  bool seen_body = false;
  bool seen_auth = false;
  while (!text.empty()) {
    const auto parameter = take_parameter(text);
    if (!parameter) return reply::kBadParameter;
    parameters.any = true;
    const auto& [keyword, value] = *parameter;
    if (equals(keyword, "SIZE")) {
      if (parameters.size || !value) return reply::kBadParameter;
      parameters.size = parse_size(*value);
      if (!parameters.size) return reply::kBadParameter;
    } else if (equals(keyword, "BODY")) {
      if (std::exchange(seen_body, true) || !value) return reply::kBadParameter;
      parameters.eight_bit = equals(*value, "8BITMIME");
      if (!parameters.eight_bit && !equals(*value, "7BIT")) return reply::kBadParameter;
    } else if (equals(keyword, "SMTPUTF8")) {
      if (std::exchange(parameters.smtputf8, true) || value) return reply::kBadParameter;
    } else if (equals(keyword, "AUTH")) {  // RFC 4954 s5: understood and not trusted
      if (std::exchange(seen_auth, true) || !value || !is_xtext(*value)) {
        return reply::kBadParameter;
      }
    } else {
      return reply::kUnknownParameter;
    }
  }
  return std::nullopt;
}

Parsed parse_mail(Command command, std::string_view rest) {
  constexpr std::string_view kFrom = "FROM:";
  if (!equals(rest.substr(0, kFrom.size()), kFrom)) return std::unexpected(reply::kBadSender);
  rest.remove_prefix(kFrom.size());
  if (rest.starts_with("<>")) {
    rest.remove_prefix(2);
  } else {
    command.path = take_path(rest, false);
    if (!command.path) return std::unexpected(reply::kBadSender);
  }
  if (!rest.empty() && rest.front() != ' ') return std::unexpected(reply::kBadSender);
  if (auto refused = parse_mail_parameters(rest, command.parameters)) {
    return std::unexpected(*refused);
  }
  return command;
}

Parsed parse_rcpt(Command command, std::string_view rest) {
  constexpr std::string_view kTo = "TO:";
  if (!equals(rest.substr(0, kTo.size()), kTo)) return std::unexpected(reply::kBadRecipient);
  rest.remove_prefix(kTo.size());
  command.path = take_path(rest, true);
  if (!command.path) return std::unexpected(reply::kBadRecipient);
  if (rest.empty()) return command;
  if (rest.front() != ' ') return std::unexpected(reply::kBadRecipient);
  // No extension with a parameter for RCPT is announced.
  return std::unexpected(take_parameter(rest) ? reply::kUnknownParameter : reply::kBadParameter);
}

Parsed parse_auth(Command command, std::string_view rest) {
  const std::size_t space = rest.find(' ');
  command.argument = rest.substr(0, space);
  if (space != std::string_view::npos) command.initial_response = rest.substr(space + 1);
  const auto is_mechanism_char = [](char c) {  // RFC 4422 s3.1
    const char u = upper(c);
    return (u >= 'A' && u <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (command.argument.empty()) return std::unexpected(reply::kNeedArgument);
  if (command.argument.size() > 20 || !std::ranges::all_of(command.argument, is_mechanism_char)) {
    return std::unexpected(reply::kUnknownMechanism);
  }
  return command;
}

}  // namespace

Parsed parse_command(std::string_view line) {
  bool high = false;
  for (const char c : line) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x80) high = true;
    if ((octet < 0x20 && c != '\t') || octet == 0x7f) return std::unexpected(reply::kBadOctets);
  }
  if (high && !is_clean_utf8(line)) return std::unexpected(reply::kBadOctets);
  // Trailing white space is tolerated (RFC 5321 s4.1.1).
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);

  const std::size_t space = std::min(line.find(' '), line.size());
  const auto verb = find_verb(line.substr(0, space));
  if (!verb) return std::unexpected(reply::kNotUnderstood);
  Command command;
  command.verb = *verb;
  command.argument = line.substr(std::min(space + 1, line.size()));
  if (line.size() + 2 > kMaxCommandLine && *verb != Verb::Auth) {
    return std::unexpected(reply::kLineTooLong);
  }
  const std::string_view argument = command.argument;
  switch (*verb) {
    case Verb::Mail:
      return parse_mail(std::move(command), argument);
    case Verb::Rcpt:
      return parse_rcpt(std::move(command), argument);
    case Verb::Auth:
      return parse_auth(std::move(command), argument);
    case Verb::Ehlo:
    case Verb::Helo:
      if (!is_client_name(command.argument)) return std::unexpected(reply::kNeedName);
      break;
    case Verb::Vrfy:
      if (command.argument.empty()) return std::unexpected(reply::kNeedArgument);
      break;
    case Verb::Data:
    case Verb::Rset:
    case Verb::Quit:
    case Verb::StartTls:
      if (!command.argument.empty()) return std::unexpected(reply::kNoArgument);
      break;
    case Verb::Noop:
    case Verb::Help:
    case Verb::Expn:
    case Verb::Bdat:
    case Verb::Http:
      break;
  }
  return command;
}

}  // namespace restante::smtp
