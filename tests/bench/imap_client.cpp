#include "tests/bench/imap_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace restante::bench {
namespace {

constexpr std::size_t kBufferOctets = std::size_t{1} << 20;
constexpr std::size_t kLongestLine = 4096;
constexpr int kTimeoutSeconds = 120;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

ImapClient::ImapClient(int port) : buffer_(kBufferOctets) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{kTimeoutSeconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  std::size_t length = 0;
  do length = receive();
  while (buffer_[length - 1] != '\n');
}

ImapClient::~ImapClient() {
  ::close(socket_);
}

std::size_t ImapClient::receive() {
  for (;;) {
    // Else a server that writes an answer in two pieces without TCP_NODELAY, as Cyrus does, would
    // be measured by the 40 ms after which an acknowledgement is sent.
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) throw std::runtime_error("the server closed the connection");
    if (errno != EINTR) fail("recv");
  }
}

void ImapClient::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send");
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string ImapClient::next_tag() {
  return fmt::format("zq{}x", ++commands_);
}

Answer ImapClient::finish(const std::string& tag, std::string* all) {
  Answer answer;
  std::string tail;  // the last octets received
  for (;;) {
    const std::size_t length = receive();
    answer.octets += length;
    const std::string_view piece(buffer_.data(), length);
    if (all != nullptr) all->append(piece);
    if (length >= kLongestLine) {
      tail.assign(piece.substr(length - kLongestLine));
    } else {
      tail.append(piece);
      if (tail.size() > kLongestLine) tail.erase(0, tail.size() - kLongestLine);
    }
    if (!tail.ends_with("\r\n")) continue;
    const std::size_t before = tail.rfind('\n', tail.size() - 2);
    const std::string_view line =
        std::string_view(tail).substr(before == std::string::npos ? 0 : before + 1);
    if (line.size() <= tag.size() || !line.starts_with(tag) || line[tag.size()] != ' ') continue;
    answer.last_line = line.substr(tag.size() + 1, line.size() - tag.size() - 3);
    if (!answer.last_line.starts_with("OK")) throw std::runtime_error(answer.last_line);
    return answer;
  }
}

void ImapClient::continuation() {
  std::string line;
  do line.append(buffer_.data(), receive());
  while (!line.ends_with("\r\n"));
  if (!line.starts_with('+') && line.find("\r\n+") == std::string::npos)
    throw std::runtime_error("no continuation but " + line);
}

Answer ImapClient::command(std::string_view text) {
  const std::string tag = next_tag();
  send(fmt::format("{} {}\r\n", tag, text));
  return finish(tag);
}

std::string ImapClient::answer_of(std::string_view text) {
  const std::string tag = next_tag();
  send(fmt::format("{} {}\r\n", tag, text));
  std::string all;
  finish(tag, &all);
  return all;
}

}  // namespace restante::bench
