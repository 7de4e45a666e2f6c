// Commands in the order of RFC 5321, MAIL and all RCPT in one write where the server pipelines.
#include "cli/smtp_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "cli/sasl_client.h"

namespace restante::cli {
namespace {

constexpr std::size_t kReplyLine = 4096;  // RFC 5321 s4.5.3.1.5 says 512
constexpr std::size_t kReplyLines = 100;
constexpr std::size_t kReplyText = 4096;  // kept of all lines together
constexpr std::size_t kSaslSteps = 8;

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// An address that could break out of its command is a defect or an attack, never an address.
bool is_safe_path(std::string_view address) {
  return address.size() <= 512 && std::none_of(address.begin(), address.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>';
         });
}

std::string shown(const SmtpReply& reply) {
  return fmt::format("{} {}", reply.code, reply.text);
}

}  // namespace

std::optional<SmtpReplyLine> parse_smtp_reply_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') return std::nullopt;
  int code = 0;
  for (const char c : line.substr(0, 3)) {
    if (c < '0' || c > '9') return std::nullopt;
    code = code * 10 + (c - '0');
  }
  if (line.size() == 3) return SmtpReplyLine{code, false, {}};
  if (line[3] != ' ' && line[3] != '-') return std::nullopt;
  return SmtpReplyLine{code, line[3] == '-', line.substr(4)};
}

std::string stuff_dots(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() + octets.size() / 64 + 8);
  bool line_start = true;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char c = octets[i];
    if (line_start && c == '.') out += '.';
    line_start = false;
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n') ++i;
      out += "\r\n";
      line_start = true;
    } else {
      out += c;
    }
  }
  if (!line_start) out += "\r\n";
  return out + ".\r\n";
}

Failure smtp_failure(const std::string& what, const SmtpReply& reply, bool recipient) {
  const std::string message = what + ": " + shown(reply);
  if (reply.code < 500) return {ExitCode::TryLater, message, "try again later"};
  if (reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538) {
    return {ExitCode::Login, message};
  }
  const bool unknown = reply.text.starts_with("5.1.1") || reply.text.starts_with("5.1.2") ||
                       reply.text.starts_with("5.1.3") || reply.text.starts_with("5.1.6") ||
                       reply.text.starts_with("5.1.10");
  const bool plain_550 = reply.code == 550 && !reply.text.starts_with("5.");
  if (recipient && (unknown || plain_550)) return {ExitCode::NoRecipient, message};
  return {ExitCode::Refused, message};
}

Outcome<SmtpReply> SmtpClient::read_reply() {
  SmtpReply reply;
  for (std::size_t lines = 0; lines < kReplyLines; ++lines) {
    auto line = stream_.read_line(kReplyLine);
    if (!line) return std::unexpected(line.error());
    const auto parsed = parse_smtp_reply_line(*line);
    if (!parsed || (reply.code != 0 && reply.code != parsed->code)) {
      return failure(ExitCode::Protocol, fmt::format("{} does not answer as SMTP: {}",
                                                     stream_.peer(), line->substr(0, 200)));
    }
    reply.code = parsed->code;
    if (!reply.text.empty()) reply.text += '\n';
    reply.text += parsed->text.substr(0, kReplyText - std::min(kReplyText, reply.text.size()));
    if (!parsed->more) return reply;
  }
  return failure(ExitCode::Protocol, fmt::format("{} sent an endless reply", stream_.peer()));
}

Outcome<SmtpReply> SmtpClient::command(const std::string& line) {
  if (auto sent = stream_.write(line + "\r\n"); !sent) return std::unexpected(sent.error());
  return read_reply();
}

Outcome<void> SmtpClient::greet() {
  auto reply = command("EHLO localhost");
  if (!reply) return std::unexpected(reply.error());
  if (reply->code != 250) {
    return std::unexpected(smtp_failure("cannot talk to " + stream_.peer(), *reply, false));
  }
  capabilities_.clear();
  std::istringstream lines(reply->text);
  std::string line;
  std::getline(lines, line);  // the server's name
  while (std::getline(lines, line)) capabilities_.push_back(upper(line));
  return {};
}

bool SmtpClient::has(std::string_view keyword) const {
  return std::any_of(capabilities_.begin(), capabilities_.end(), [&](const std::string& line) {
    return line == keyword || line.starts_with(std::string(keyword) + " ");
  });
}

std::vector<std::string> SmtpClient::words_of(std::string_view keyword) const {
  std::vector<std::string> words;
  for (const std::string& line : capabilities_) {
    if (!line.starts_with(std::string(keyword) + " ")) continue;
    std::istringstream rest(line.substr(keyword.size() + 1));
    for (std::string word; rest >> word;) words.push_back(word);
  }
  return words;
}

Outcome<SmtpClient> SmtpClient::open(const Endpoint& endpoint) {
  const bool local = !endpoint.socket.empty();
  auto stream = local ? ClientStream::connect_local(endpoint.socket, endpoint.timeouts)
                      : ClientStream::connect(endpoint.host, endpoint.port, endpoint.timeouts);
  if (!stream) return std::unexpected(stream.error());
  SmtpClient client(std::move(*stream));
  if (!local && endpoint.security == Security::Tls) {
    if (auto tls = client.stream_.start_tls(endpoint.trust); !tls) {
      return std::unexpected(tls.error());
    }
  }
  auto greeting = client.read_reply();
  if (!greeting) return std::unexpected(greeting.error());
  if (greeting->code != 220) {
    return std::unexpected(smtp_failure("cannot use " + client.stream_.peer(), *greeting, false));
  }
  if (auto greeted = client.greet(); !greeted) return std::unexpected(greeted.error());
  if (local || endpoint.security == Security::Tls) return client;
  if (!client.has("STARTTLS")) {
    return failure(ExitCode::Login, fmt::format("{} offers no STARTTLS", client.stream_.peer()),
                   "without TLS nothing is sent; the port may be one for --security tls");
  }
  auto ready = client.command("STARTTLS");
  if (!ready) return std::unexpected(ready.error());
  if (ready->code != 220) return std::unexpected(smtp_failure("STARTTLS failed", *ready, false));
  if (auto tls = client.stream_.start_tls(endpoint.trust); !tls) {
    return std::unexpected(tls.error());
  }
  if (auto greeted = client.greet(); !greeted) return std::unexpected(greeted.error());
  return client;
}

Outcome<void> SmtpClient::login(const Login& login) {
  const std::string binding = stream_.channel_binding();
  const auto mechanism =
      SaslClient::choose(words_of("AUTH"), !binding.empty(), stream_.encrypted());
  if (!mechanism) {
    return failure(ExitCode::Login, stream_.peer() + " offers no way to log in that is known here");
  }
  SaslClient sasl(login.user, login.password, binding);
  auto initial = sasl.start(*mechanism);
  if (!initial) return std::unexpected(initial.error());
  const std::string word = initial->empty() ? "=" : encode_base64_line(*initial);
  auto reply = command("AUTH " + *mechanism + " " + word);
  for (std::size_t i = 0; reply && reply->code == 334 && i < kSaslSteps; ++i) {
    const auto challenge = decode_base64_line(reply->text);
    auto answer = challenge ? sasl.step(*challenge)
                            : Outcome<std::string>(failure(ExitCode::Protocol,
                                                           "the server's challenge is malformed"));
    if (!answer) {
      const auto cancelled = command("*");  // RFC 4954 s4
      return std::unexpected(cancelled ? answer.error() : cancelled.error());
    }
    reply = command(encode_base64_line(*answer));
  }
  if (!reply) return std::unexpected(reply.error());
  const std::string what = fmt::format("cannot log in to {} as {}", stream_.peer(), login.user);
  if (reply->code >= 400 && reply->code < 500) {
    return std::unexpected(smtp_failure(what, *reply, false));
  }
  if (reply->code != 235) return failure(ExitCode::Login, what + ": " + shown(*reply));
  if (!sasl.complete()) {
    return failure(ExitCode::Login, what + ": the server did not prove that it knows the password");
  }
  return {};
}

// MAIL and RCPT; the replies in order, those of RCPT from position 1.
Outcome<std::vector<SmtpReply>> SmtpClient::envelope(const Submission& submission) {
  std::string mail = fmt::format("MAIL FROM:<{}>", submission.from);
  if (has("SIZE")) mail += fmt::format(" SIZE={}", submission.octets.size());
  const bool ascii_body = is_ascii(submission.octets);
  const std::string_view header =
      std::string_view(submission.octets).substr(0, submission.octets.find("\r\n\r\n"));
  bool ascii = is_ascii(submission.from) && is_ascii(header);
  for (const std::string& to : submission.to) ascii = ascii && is_ascii(to);
  if (!ascii && !has("SMTPUTF8")) {
    return failure(ExitCode::Refused, stream_.peer() + " takes no addresses outside ASCII");
  }
  if (!ascii_body && has("8BITMIME")) mail += " BODY=8BITMIME";
  if (!ascii) mail += " SMTPUTF8";
  std::vector<std::string> commands = {mail};
  for (const std::string& to : submission.to) commands.push_back(fmt::format("RCPT TO:<{}>", to));
  std::vector<SmtpReply> replies;
  constexpr std::size_t kWindow = 100;  // few enough to fit the buffers between us
  const std::size_t window = has("PIPELINING") ? kWindow : 1;
  for (std::size_t begin = 0; begin < commands.size(); begin += window) {
    const std::size_t end = std::min(begin + window, commands.size());
    std::string lines;
    for (std::size_t i = begin; i < end; ++i) lines += commands[i] + "\r\n";
    if (auto sent = stream_.write(lines); !sent) return std::unexpected(sent.error());
    for (std::size_t i = begin; i < end; ++i) {
      auto reply = read_reply();
      if (!reply) return std::unexpected(reply.error());
      replies.push_back(std::move(*reply));
    }
    if (replies[0].code >= 300) break;
  }
  return replies;
}

Outcome<SmtpReply> SmtpClient::submit(const Submission& submission) {
  if (!is_safe_path(submission.from)) {
    return failure(ExitCode::BadData, "not an address: " + submission.from);
  }
  for (const std::string& to : submission.to) {
    if (!is_safe_path(to)) return failure(ExitCode::BadData, "not an address: " + to);
  }
  auto replies = envelope(submission);
  if (!replies) return std::unexpected(replies.error());
  if (replies->front().code >= 300) {
    return std::unexpected(
        smtp_failure("cannot send as " + submission.from, replies->front(), false));
  }
  for (std::size_t i = 1; i < replies->size(); ++i) {
    const SmtpReply& reply = (*replies)[i];
    if (reply.code >= 300) {
      return std::unexpected(smtp_failure("cannot send to " + submission.to[i - 1], reply, true));
    }
  }
  auto ready = command("DATA");
  if (!ready) return std::unexpected(ready.error());
  if (ready->code != 354) {
    return std::unexpected(smtp_failure("the message was not taken", *ready, false));
  }
  if (auto sent = stream_.write(stuff_dots(submission.octets)); !sent) {
    return std::unexpected(sent.error());
  }
  auto accepted = read_reply();
  if (!accepted) {
    Failure lost = accepted.error();
    lost.message += "; the message may have been accepted";
    return std::unexpected(lost);
  }
  if (accepted->code != 250) {
    return std::unexpected(smtp_failure("the message was not taken", *accepted, false));
  }
  return accepted;
}

void SmtpClient::quit() {
  [[maybe_unused]] const auto answer = command("QUIT");
}

}  // namespace restante::cli
