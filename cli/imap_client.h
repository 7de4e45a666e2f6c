// The client's side of IMAP (RFC 9051, 3501; RFC 4315, 8474 where the server has them). What the
// server says is a stranger's word: bounded, checked. Blocking, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/client_stream.h"
#include "cli/endpoint.h"
#include "cli/exit_code.h"
#include "cli/imap_response.h"

namespace restante::cli {

class SaslClient;

// A command in pieces: words as they are, and strings that travel quoted or as literals.
class ImapCommand {
 public:
  explicit ImapCommand(std::string words) { pieces_.push_back({std::move(words), false}); }
  ImapCommand& words(std::string_view words);
  ImapCommand& text(std::string_view value);  // a string argument
  ImapCommand& literal(std::string octets);   // a string argument, always a literal
  // The name of a mailbox (UTF-8), in modified UTF-7 (RFC 3501 s5.1.3).
  ImapCommand& mailbox(std::string_view name);

 private:
  friend class ImapClient;
  struct Piece {
    std::string octets;
    bool literal;
  };
  std::vector<Piece> pieces_;
};

struct ImapMailbox {
  std::string name;                            // UTF-8
  std::vector<std::string> attributes;         // as sent, such as "\\Sent"
  bool has(std::string_view attribute) const;  // any case
};

struct ImapAppended {
  std::optional<std::uint32_t> uid;  // where the server says so (APPENDUID, RFC 4315)
};

class ImapClient {
 public:
  using OnData = std::function<void(const ImapResponse&)>;

  // Connects, reads the greeting, turns TLS on as the endpoint says. Errors: TryLater, Login
  // (certificate), Protocol.
  static Outcome<ImapClient> open(const Endpoint& endpoint);
  // The SHA-256 of the certificate the server shows; nothing is believed and nothing said to it.
  static Outcome<std::string> look_at_certificate(const Endpoint& endpoint);
  Outcome<void> login(const Login& login);
  bool logged_in() const { return logged_in_; }  // by PREAUTH or login
  // The words of the greeting: on the local socket they name the account.
  const std::string& greeting() const { return greeting_; }

  // Sends and waits for the tagged OK; each untagged data response goes to on_data. Errors: NoInput
  // for NO [NONEXISTENT], TryLater for [UNAVAILABLE], [INUSE], Refused for other NO, Protocol.
  Outcome<ImapResponse> run(const ImapCommand& command, const OnData& on_data = {});

  Outcome<std::vector<ImapMailbox>> list_mailboxes();
  // Opens a mailbox; returns the number of messages. Errors: NoInput where there is none.
  Outcome<std::uint32_t> select(const std::string& mailbox, bool read_only);
  Outcome<std::vector<std::uint32_t>> search_uids(const std::string& criteria);
  Outcome<ImapAppended> append(const std::string& mailbox, std::string_view flags,
                               const std::string& octets);
  Outcome<bool> has(std::string_view capability);  // upper case
  void logout();

 private:
  explicit ImapClient(ClientStream stream) : stream_(std::move(stream)) {}
  Outcome<ImapResponse> next_response();
  Outcome<void> greet(bool local);
  Outcome<void> send(const std::string& tag, const ImapCommand& command, const OnData& on_data);
  Outcome<void> wait_continuation(const std::string& tag, const OnData& on_data);
  Outcome<void> prepare_tls();  // STARTTLS up to the handshake
  Outcome<void> read_capabilities();
  Outcome<void> exchange(const std::string& tag, SaslClient& sasl,
                         std::optional<std::string> initial);
  void take(const ImapResponse& response);
  std::string next_tag();

  ClientStream stream_;
  ImapResponseReader reader_;
  std::vector<std::string> capabilities_;  // upper case
  std::string greeting_;
  std::uint64_t tags_ = 0;
  bool logged_in_ = false;
  bool literal_plus_ = false;
};

// A string as an IMAP quoted string; nullopt: it needs a literal.
std::optional<std::string> imap_quoted(std::string_view value);

// Mailbox names between UTF-8 and modified UTF-7 (RFC 3501 s5.1.3); what is malformed stays as it
// is.
std::string to_modified_utf7(std::string_view utf8);
std::string from_modified_utf7(std::string_view encoded);

}  // namespace restante::cli
