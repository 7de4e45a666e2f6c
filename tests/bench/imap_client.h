// A raw IMAP connection for measuring: sends commands and swallows answers without parsing them, so
// that the driver costs less than any server. Blocking sockets on loopback; throws on failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace restante::bench {

// What one command's answer was.
struct Answer {
  std::uint64_t octets = 0;
  std::string last_line;  // the tagged one, without its tag and CRLF
};

class ImapClient {
 public:
  // Connects and reads the greeting.
  explicit ImapClient(int port);
  ~ImapClient();
  ImapClient(const ImapClient&) = delete;
  ImapClient& operator=(const ImapClient&) = delete;

  // Sends a command (without tag and CRLF) and reads to its tagged answer; throws unless that is
  // OK. The end is found by a tag that stands in no message, at the beginning of the last line.
  Answer command(std::string_view text);
  // The same and the whole answer.
  std::string answer_of(std::string_view text);

  // A new tag; for commands that are sent piece by piece.
  std::string next_tag();
  void send(std::string_view octets);
  // Reads to the tagged answer.
  Answer finish(const std::string& tag, std::string* all = nullptr);
  // Reads one line that must be a continuation request.
  void continuation();

 private:
  std::size_t receive();

  int socket_ = -1;
  std::uint64_t commands_ = 0;
  std::vector<char> buffer_;
};

}  // namespace restante::bench
