// One command at a time: send it, hand its data out, look at the tagged answer.
#include "cli/imap_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "cli/sasl_client.h"

namespace restante::cli {
namespace {

constexpr std::size_t kSaslSteps = 8;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(upper(word));
  return words;
}

// The first word of a response code: "APPENDUID" of "APPENDUID 7 12".
std::string code_word(const ImapResponse& response) {
  return upper(std::string_view(response.code).substr(0, response.code.find(' ')));
}

Failure refused(const ImapResponse& response) {
  const std::string code = code_word(response);
  const std::string shown =
      response.code.empty() ? response.text : fmt::format("[{}] {}", response.code, response.text);
  const std::string message = fmt::format("{} {}", response.status, shown);
  if (response.status == "BAD") return {ExitCode::Protocol, message};
  if (code == "NONEXISTENT" || code == "TRYCREATE") return {ExitCode::NoInput, message};
  if (code == "UNAVAILABLE" || code == "INUSE" || code == "SERVERBUG") {
    return {ExitCode::TryLater, message};
  }
  if (code == "AUTHENTICATIONFAILED" || code == "AUTHORIZATIONFAILED" || code == "EXPIRED" ||
      code == "PRIVACYREQUIRED" || code == "NOPERM") {
    return {ExitCode::Login, message};
  }
  return {ExitCode::Refused, message};
}

}  // namespace

std::optional<std::string> imap_quoted(std::string_view value) {
  if (value.size() > 1000) return std::nullopt;
  std::string out = "\"";
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      return std::nullopt;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

bool ImapMailbox::has(std::string_view attribute) const {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const std::string& one) { return upper(one) == upper(attribute); });
}

ImapCommand& ImapCommand::words(std::string_view words) {
  if (pieces_.back().literal) pieces_.push_back({{}, false});
  pieces_.back().octets += words;
  return *this;
}

ImapCommand& ImapCommand::text(std::string_view value) {
  if (auto quoted = imap_quoted(value)) return words(*quoted);
  return literal(std::string(value));
}

ImapCommand& ImapCommand::literal(std::string octets) {
  pieces_.push_back({std::move(octets), true});
  return *this;
}

ImapCommand& ImapCommand::mailbox(std::string_view name) {
  return text(to_modified_utf7(name));
}

std::string ImapClient::next_tag() {
  return fmt::format("r{}", ++tags_);
}

Outcome<ImapResponse> ImapClient::next_response() {
  while (true) {
    auto response = reader_.next();
    if (!response) {
      return failure(ExitCode::Protocol, fmt::format("{} does not answer as IMAP: {}",
                                                     stream_.peer(), response.error()));
    }
    if (*response) return std::move(**response);
    auto octets = stream_.read_some();
    if (!octets) return std::unexpected(octets.error());
    reader_.feed(*octets);
  }
}

void ImapClient::take(const ImapResponse& response) {
  std::vector<std::string> words;
  if (code_word(response) == "CAPABILITY") {
    words = split_words(response.code);
  } else if (!response.tokens.empty() && response.tokens[0].is("CAPABILITY")) {
    for (const ImapToken& token : response.tokens) words.push_back(upper(token.text));
  }
  if (words.empty()) return;
  capabilities_ = std::move(words);
  literal_plus_ =
      std::find(capabilities_.begin(), capabilities_.end(), "LITERAL+") != capabilities_.end();
}

Outcome<void> ImapClient::greet(bool local) {
  auto greeting = next_response();
  if (!greeting) return std::unexpected(greeting.error());
  if (greeting->kind != ImapResponse::Kind::Untagged ||
      (greeting->status != "OK" && greeting->status != "PREAUTH")) {
    if (greeting->status == "BYE") {
      // A local server that does not know the caller says goodbye without a code.
      const bool unknown = local && greeting->code.empty();
      return failure(unknown ? ExitCode::Login : ExitCode::TryLater,
                     fmt::format("{} is not available: {}", stream_.peer(), greeting->text));
    }
    return failure(ExitCode::Protocol, stream_.peer() + " does not greet as IMAP");
  }
  logged_in_ = greeting->status == "PREAUTH";
  greeting_ = greeting->text;
  take(*greeting);
  return {};
}

Outcome<ImapClient> ImapClient::open(const Endpoint& endpoint) {
  const bool local = !endpoint.socket.empty();
  auto stream = local ? ClientStream::connect_local(endpoint.socket, endpoint.timeouts)
                      : ClientStream::connect(endpoint.host, endpoint.port, endpoint.timeouts);
  if (!stream) return std::unexpected(stream.error());
  ImapClient client(std::move(*stream));
  if (!local && endpoint.security == Security::Tls) {
    if (auto tls = client.stream_.start_tls(endpoint.trust); !tls) {
      return std::unexpected(tls.error());
    }
  }
  if (auto greeted = client.greet(local); !greeted) return std::unexpected(greeted.error());
  if (local || endpoint.security == Security::Tls) return client;
  if (auto ready = client.prepare_tls(); !ready) return std::unexpected(ready.error());
  if (auto tls = client.stream_.start_tls(endpoint.trust); !tls) {
    return std::unexpected(tls.error());
  }
  return client;
}

Outcome<void> ImapClient::prepare_tls() {
  // A greeting of PREAUTH before TLS would keep us from STARTTLS: an attack (RFC 9051 s11.4).
  if (logged_in_) {
    return failure(ExitCode::Login, stream_.peer() + " skips the login before TLS");
  }
  auto started = run(ImapCommand("STARTTLS"));
  if (!started) {
    return failure(ExitCode::Login, fmt::format("{} offers no STARTTLS: {}", stream_.peer(),
                                                started.error().message));
  }
  reader_ = ImapResponseReader();
  capabilities_.clear();
  literal_plus_ = false;
  return {};
}

Outcome<std::string> ImapClient::look_at_certificate(const Endpoint& endpoint) {
  auto stream = ClientStream::connect(endpoint.host, endpoint.port, endpoint.timeouts);
  if (!stream) return std::unexpected(stream.error());
  ImapClient client(std::move(*stream));
  if (endpoint.security == Security::StartTls) {
    if (auto greeted = client.greet(false); !greeted) return std::unexpected(greeted.error());
    if (auto ready = client.prepare_tls(); !ready) return std::unexpected(ready.error());
  }
  return client.stream_.look_at_fingerprint();
}

Outcome<void> ImapClient::wait_continuation(const std::string& tag, const OnData& on_data) {
  while (true) {
    auto response = next_response();
    if (!response) return std::unexpected(response.error());
    take(*response);
    if (response->kind == ImapResponse::Kind::Continuation) return {};
    if (response->kind == ImapResponse::Kind::Tagged && response->tag == tag) {
      return std::unexpected(refused(*response));
    }
    if (response->status == "BYE") {
      return failure(ExitCode::TryLater,
                     fmt::format("{} said goodbye: {}", stream_.peer(), response->text));
    }
    if (on_data && response->status.empty()) on_data(*response);
  }
}

Outcome<void> ImapClient::send(const std::string& tag, const ImapCommand& command,
                               const OnData& on_data) {
  std::string line = tag + " ";
  for (const ImapCommand::Piece& piece : command.pieces_) {
    if (!piece.literal) {
      line += piece.octets;
      continue;
    }
    line += fmt::format("{{{}{}}}\r\n", piece.octets.size(), literal_plus_ ? "+" : "");
    if (auto sent = stream_.write(line); !sent) return sent;
    if (!literal_plus_) {
      if (auto go_on = wait_continuation(tag, on_data); !go_on) return go_on;
    }
    if (auto sent = stream_.write(piece.octets); !sent) return sent;
    line.clear();
  }
  return stream_.write(line + "\r\n");
}

Outcome<ImapResponse> ImapClient::run(const ImapCommand& command, const OnData& on_data) {
  const std::string tag = next_tag();
  if (auto sent = send(tag, command, on_data); !sent) return std::unexpected(sent.error());
  while (true) {
    auto response = next_response();
    if (!response) return std::unexpected(response.error());
    take(*response);
    if (response->kind == ImapResponse::Kind::Tagged) {
      if (response->tag != tag) {
        return failure(ExitCode::Protocol, stream_.peer() + " answers a command it was not given");
      }
      if (response->status != "OK") return std::unexpected(refused(*response));
      return response;
    }
    if (response->status == "BYE" && command.pieces_[0].octets != "LOGOUT") {
      return failure(ExitCode::TryLater,
                     fmt::format("{} said goodbye: {}", stream_.peer(), response->text));
    }
    if (on_data && response->kind == ImapResponse::Kind::Untagged && response->status.empty()) {
      on_data(*response);
    }
  }
}

Outcome<void> ImapClient::read_capabilities() {
  if (!capabilities_.empty()) return {};
  auto done = run(ImapCommand("CAPABILITY"));
  if (!done) return std::unexpected(done.error());
  return {};
}

Outcome<bool> ImapClient::has(std::string_view capability) {
  if (auto read = read_capabilities(); !read) return std::unexpected(read.error());
  return std::find(capabilities_.begin(), capabilities_.end(), capability) != capabilities_.end();
}

Outcome<void> ImapClient::login(const Login& login) {
  if (logged_in_) return {};
  if (auto read = read_capabilities(); !read) return read;
  std::vector<std::string> mechanisms;
  for (const std::string& capability : capabilities_) {
    if (capability.starts_with("AUTH=")) mechanisms.push_back(capability.substr(5));
  }
  const std::string binding = stream_.channel_binding();
  const auto mechanism = SaslClient::choose(mechanisms, !binding.empty(), stream_.encrypted());
  if (!mechanism) {
    return failure(ExitCode::Login, stream_.peer() + " offers no way to log in that is known here");
  }
  SaslClient sasl(login.user, login.password, binding);
  auto initial = sasl.start(*mechanism);
  if (!initial) return std::unexpected(initial.error());
  const bool at_once =
      std::find(capabilities_.begin(), capabilities_.end(), "SASL-IR") != capabilities_.end();
  const std::string word = initial->empty() ? "=" : encode_base64_line(*initial);
  const std::string tag = next_tag();
  const std::string line =
      fmt::format("{} AUTHENTICATE {}{}\r\n", tag, *mechanism, at_once ? " " + word : "");
  if (auto sent = stream_.write(line); !sent) return sent;
  capabilities_.clear();  // those before the login do not count after it
  auto done = exchange(tag, sasl, at_once ? std::nullopt : std::optional(*initial));
  if (!done) {
    Failure why = done.error();
    why.message =
        fmt::format("cannot log in to {} as {}: {}", stream_.peer(), login.user, why.message);
    return std::unexpected(why);
  }
  logged_in_ = true;
  return {};
}

// Challenges and answers up to the tagged response. initial: the first answer, if it has not been
// sent with the command.
Outcome<void> ImapClient::exchange(const std::string& tag, SaslClient& sasl,
                                   std::optional<std::string> initial) {
  for (std::size_t steps = 0; steps < kSaslSteps;) {
    auto response = next_response();
    if (!response) return std::unexpected(response.error());
    take(*response);
    if (response->kind == ImapResponse::Kind::Tagged && response->tag == tag) {
      if (response->status != "OK") {
        const Failure why = refused(*response);
        return failure(why.code == ExitCode::TryLater ? why.code : ExitCode::Login, why.message);
      }
      if (sasl.complete()) return {};
      return failure(ExitCode::Login, "the server did not prove that it knows the password");
    }
    if (response->kind != ImapResponse::Kind::Continuation) continue;
    ++steps;
    const auto challenge = decode_base64_line(response->text);
    Outcome<std::string> answer =
        failure(ExitCode::Protocol, "the server's challenge is malformed");
    if (initial) {
      answer = *std::exchange(initial, std::nullopt);
    } else if (challenge) {
      answer = sasl.step(*challenge);
    }
    if (!answer) {
      // RFC 9051 s6.2.2
      const auto cancelled = stream_.write("*\r\n");
      return std::unexpected(cancelled ? answer.error() : cancelled.error());
    }
    if (auto sent = stream_.write(encode_base64_line(*answer) + "\r\n"); !sent) return sent;
  }
  return failure(ExitCode::Protocol, "the exchange does not end");
}

Outcome<std::vector<ImapMailbox>> ImapClient::list_mailboxes() {
  std::vector<ImapMailbox> mailboxes;
  const auto collect = [&](const ImapResponse& response) {
    const auto& tokens = response.tokens;
    if (tokens.size() < 5 || !tokens[0].is("LIST") || tokens[1].kind != ImapToken::Kind::Open) {
      return;
    }
    ImapMailbox mailbox;
    std::size_t at = 2;
    for (; at < tokens.size() && tokens[at].kind == ImapToken::Kind::Atom; ++at) {
      mailbox.attributes.push_back(tokens[at].text);
    }
    if (at + 2 >= tokens.size()) return;
    mailbox.name = from_modified_utf7(tokens[at + 2].text);
    mailboxes.push_back(std::move(mailbox));
  };
  auto done = run(ImapCommand("LIST \"\" \"*\""), collect);
  if (!done) return std::unexpected(done.error());
  return mailboxes;
}

Outcome<std::uint32_t> ImapClient::select(const std::string& mailbox, bool read_only) {
  std::uint32_t exists = 0;
  ImapCommand command(read_only ? "EXAMINE " : "SELECT ");
  command.mailbox(mailbox);
  auto done = run(command, [&](const ImapResponse& response) {
    if (response.tokens.size() != 2 || !response.tokens[1].is("EXISTS")) return;
    exists = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(imap_number(response.tokens[0].text).value_or(0), UINT32_MAX));
  });
  if (done) return exists;
  Failure why = done.error();
  if (why.code == ExitCode::NoInput || why.code == ExitCode::Refused) {
    return failure(ExitCode::NoInput, fmt::format("no mailbox {}: {}", mailbox, why.message));
  }
  return std::unexpected(why);
}

Outcome<std::vector<std::uint32_t>> ImapClient::search_uids(const std::string& criteria) {
  std::vector<std::uint32_t> uids;
  auto done = run(ImapCommand("UID SEARCH " + criteria), [&](const ImapResponse& response) {
    if (response.tokens.empty() || !response.tokens[0].is("SEARCH")) return;
    for (std::size_t i = 1; i < response.tokens.size(); ++i) {
      const auto uid = imap_number(response.tokens[i].text);
      if (uid && *uid > 0 && *uid <= UINT32_MAX) uids.push_back(static_cast<std::uint32_t>(*uid));
    }
  });
  if (!done) return std::unexpected(done.error());
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

Outcome<ImapAppended> ImapClient::append(const std::string& mailbox, std::string_view flags,
                                         const std::string& octets) {
  ImapCommand command("APPEND ");
  command.mailbox(mailbox).words(fmt::format(" ({}) ", flags)).literal(octets);
  auto done = run(command);
  if (!done) return std::unexpected(done.error());
  ImapAppended appended;
  const auto words = split_words(done->code);
  if (words.size() == 3 && words[0] == "APPENDUID") {
    const auto uid = imap_number(words[2]);
    if (uid && *uid <= UINT32_MAX) appended.uid = static_cast<std::uint32_t>(*uid);
  }
  return appended;
}

void ImapClient::logout() {
  [[maybe_unused]] const auto answer = run(ImapCommand("LOGOUT"));
}

}  // namespace restante::cli
