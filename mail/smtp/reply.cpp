#include "mail/smtp/reply.h"

namespace restante::smtp {
namespace {

void append_line(std::string& out, int code, char separator, std::string_view status,
                 std::string_view text) {
  out += static_cast<char>('0' + code / 100 % 10);
  out += static_cast<char>('0' + code / 10 % 10);
  out += static_cast<char>('0' + code % 10);
  out += separator;
  if (!status.empty()) {
    out += status;
    out += ' ';
  }
  out += text;
  out += "\r\n";
}

}  // namespace

Reply reply_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:  // a recipient that was there at RCPT: the next attempt will know
      return {451, "4.2.1", "A recipient has just gone; send again"};
    case ErrorKind::Invalid:
      return {554, "5.6.0", "Message cannot be kept"};
    case ErrorKind::OverQuota:
      return {452, "4.2.2", "A recipient's mailbox is full; kept for nobody"};
    case ErrorKind::Denied:
      return {550, "5.7.1", "Not permitted"};
    case ErrorKind::Busy:
      return {452, "4.3.1", "Server is busy; try again soon"};
    case ErrorKind::Io:
      return {452, "4.3.1", "Server cannot store mail now; try later"};
    case ErrorKind::Exists:
    case ErrorKind::Corrupt:
      break;
  }
  return {451, "4.3.0", "Server has a problem; try later"};
}

void append_reply(std::string& out, const Reply& reply) {
  append_line(out, reply.code, ' ', reply.status, reply.text);
}

void append_replies(std::string& out, int code, std::string_view status,
                    std::span<const std::string_view> lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    append_line(out, code, i + 1 == lines.size() ? ' ' : '-', status, lines[i]);
  }
}

}  // namespace restante::smtp
