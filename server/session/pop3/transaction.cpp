// The TRANSACTION state: STAT, LIST, UIDL, RETR, TOP, DELE and RSET (RFC 1939 s5, s7).
#include <fmt/format.h>

#include "mail/pop3/multiline.h"
#include "server/session/log.h"
#include "server/session/pop3/message_text.h"
#include "server/session/pop3_session.h"
#include "server/session/store_access.h"

namespace restante::session {

const MaildropMessage* Pop3Session::find(std::uint32_t number) {
  const MaildropMessage* message = maildrop_->find(number);
  if (message == nullptr) refuse(pop3::Code::None, "No such message");
  return message;
}

void Pop3Session::status() {
  pop3::append_ok(out_, fmt::format("{} {}", maildrop_->count(), maildrop_->octets()));
}

void Pop3Session::mark(std::uint32_t number) {
  if (find(number) == nullptr) return;
  maildrop_->mark(number);
  pop3::append_ok(out_, fmt::format("Message {} is marked as deleted", number));
}

void Pop3Session::reset() {
  maildrop_->unmark_all();
  pop3::append_ok(out_, fmt::format("{} messages", maildrop_->count()));
}

// number: of one message; 0: all.
asio::awaitable<void> Pop3Session::list(std::uint32_t number, bool unique_ids) {
  if (number != 0) {
    const MaildropMessage* message = find(number);
    if (message == nullptr) co_return;
    const std::string value =
        unique_ids ? maildrop_->unique_id(number) : std::to_string(message->size_octets);
    co_return pop3::append_ok(out_, fmt::format("{} {}", number, value));
  }
  pop3::append_ok(out_, fmt::format("{} messages", maildrop_->count()));
  for (std::uint32_t each = 1; each <= maildrop_->size(); ++each) {
    const MaildropMessage* message = maildrop_->find(each);
    if (message == nullptr) continue;
    if (unique_ids) {
      pop3::append_entry(out_, each, maildrop_->unique_id(each));
    } else {
      pop3::append_entry(out_, each, message->size_octets);
    }
    const bool going_on = co_await flush_if_large();
    if (!going_on) co_return;
  }
  pop3::append_end(out_);
}

// body_lines: of TOP; all for RETR.
asio::awaitable<void> Pop3Session::send_message(const MaildropMessage& message,
                                                std::optional<std::uint32_t> body_lines) {
  auto open = [blob = message.blob, ascii_only = !utf8_](storage::Reader& reader) {
    return open_message(reader, blob, ascii_only);
  };
  auto opening = co_await read_store(services_.store, std::move(open));
  if (!opening) {
    const bool gone = opening.error().kind() == ErrorKind::NotFound;
    if (gone) co_return refuse(pop3::Code::None, "Another session has removed this message");
    services_.log.write(LogLevel::Error, connection_->session_id(), "message cannot be read",
                        {{"reason", opening.error().message()}});
    co_return refuse(pop3::Code::SysTemp, "This message cannot be read now");
  }
  if (opening->needs_utf8) {
    co_return refuse(pop3::Code::Utf8, "The header of this message is UTF-8: say UTF8 first");
  }
  pop3::append_ok(
      out_, body_lines ? "Top follows" : fmt::format("{} octets follow", message.size_octets));
  pop3::DotStuffer stuffer;
  pop3::TopCut cut(body_lines.value_or(0));
  std::string piece = std::move(opening->octets);
  std::uint64_t read_octets = piece.size();
  for (;;) {
    stuffer.add(out_, body_lines ? cut.take(piece) : std::string_view(piece));
    if (read_octets >= message.size_octets || (body_lines && cut.done())) break;
    const bool going_on = co_await flush_if_large();
    if (!going_on) co_return;
    auto next = [blob = message.blob, read_octets](storage::Reader& reader) {
      return reader.octets(blob, read_octets, kMessagePieceOctets);
    };
    auto more = co_await read_store(services_.store, std::move(next));
    if (!more || more->empty()) {
      out_.clear();  // an answer cut short must not look like a whole one
      co_return end("message cut short");
    }
    piece = std::move(*more);
    read_octets += piece.size();
  }
  stuffer.finish(out_);
  ++sent_;
  co_await flush_if_large();
}

}  // namespace restante::session
