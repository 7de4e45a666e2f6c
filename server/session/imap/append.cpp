// APPEND, REPLACE and UID REPLACE (RFC 9051 s6.3.12, RFC 3502, RFC 3516 s4.4, RFC 7888, RFC 8508):
// refused before octets come where that can be known; acknowledged once all is kept.
#include <algorithm>
#include <chrono>

#include "mail/imap/writer.h"
#include "mail/message/binary_parts.h"
#include "server/async_bridge.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/imap/store_values.h"
#include "server/session/log.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::size_t kInlineMessage = 32 * 1024;  // larger ones are worked on by other threads
constexpr std::size_t kFirstReserve = 64 * 1024;
constexpr std::size_t kMessages = 10'000;      // of one command
constexpr std::uint64_t kCommandMessages = 4;  // largest messages that one command may hold in all

struct Target {
  MailboxAccess access;
  storage::Account account;  // whose mailbox it is
};

Result<Target> find_target(storage::Reader& reader, AccountId id, const std::string& name) {
  auto access = find_mailbox(reader, id, name, storage::Right::Insert);
  if (!access) return std::unexpected(access.error());
  auto account = reader.account(access->mailbox.account);
  if (!account) return std::unexpected(account.error());
  return Target{std::move(*access), std::move(*account)};
}

storage::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Null: it holds NUL where nothing can encode it.
storage::PreparedMessagePtr prepare_message(std::string octets) {
  if (octets.find('\0') == std::string::npos) return storage::prepare(std::move(octets));
  const message::Index index = message::index(octets);
  auto encoded = message::encode_nul_parts(std::move(octets), index);
  if (!encoded) return nullptr;
  return storage::prepare(std::move(*encoded));
}

// One command, from its first words to its answer.
class Appending {
 public:
  Appending(ImapSession& session, imap::AppendStart start)
      : session_(session), start_(std::move(start)) {}

  Executing run();

 private:
  // Why the command will fail. Its octets are still read past where the client sends them anyway.
  void fail(std::string_view code, std::string_view text) {
    if (!failure_) failure_ = Failure{std::string(code), std::string(text)};
  }
  void answer_failure();
  Executing open();
  void find_replaced();
  bool take_literal(const imap::AppendLiteral& literal);
  void add(std::string_view octets);
  Executing end_message();
  Executing keep();

  struct Failure {
    std::string code;
    std::string text;
  };

  ImapSession& session_;
  imap::AppendStart start_;
  std::optional<Failure> failure_;
  std::optional<Target> target_;
  std::optional<storage::Replaced> replaced_;
  std::vector<storage::Append> messages_;  // those whose octets have all come

  // The message that is coming.
  std::optional<imap::AppendMessage> message_;
  std::string octets_;
  std::uint64_t announced_ = 0;  // octets of all messages, with those of the present literal
};

void Appending::answer_failure() {
  session_.refuse(start_.tag, failure_->code, failure_->text);
}

// Which message REPLACE removes; the session must have a mailbox selected.
void Appending::find_replaced() {
  const MailboxView& view = *session_.view();
  if (view.read_only()) return fail("READ-ONLY", "The mailbox was opened with EXAMINE");
  const auto positions = view.positions(*start_.command.replaces, start_.command.uid);
  if (positions.empty()) return fail("NONEXISTENT", "There is no such message to replace");
  replaced_.emplace(view.id(), view.uid_at(positions.front().first));
  replaced_->actor = session_.account_id();
}

Executing Appending::open() {
  if (start_.command.replaces) find_replaced();
  auto find = [id = session_.account_id(), name = start_.command.mailbox](storage::Reader& reader) {
    return find_target(reader, id, name);
  };
  auto target = co_await read_store(session_.store(), std::move(find));
  if (target) {
    target_ = std::move(*target);
  } else if (target.error().kind() == ErrorKind::NotFound) {
    fail("TRYCREATE", "No such mailbox");
  } else {
    fail(imap::response_code(target.error().kind()), target.error().message());
  }
}

// False: the command was answered, and the parser skips the rest of it.
bool Appending::take_literal(const imap::AppendLiteral& literal) {
  const std::uint64_t limit = session_.services().settings.limits.message_size_octets;
  announced_ += literal.size;
  if (literal.size > limit || octets_.size() + literal.size > limit) {
    fail("TOOBIG", "The message is larger than this server takes");
  } else if (announced_ > kCommandMessages * limit) {
    fail("LIMIT", "The messages are too large for one command");
  }
  // What is replaced makes room: how much is known when it is removed.
  if (target_ && !replaced_) {
    const storage::Account& account = target_->account;
    if (account.quota_octets != 0 && account.used_octets + announced_ > account.quota_octets)
      fail("OVERQUOTA", "The message does not fit into this account");
  }
  if (failure_) {
    answer_failure();
    session_.parser().refuse_append();
    return false;
  }
  // An announcement is no reason to give memory before the octets come.
  octets_.reserve(octets_.size() + std::min<std::uint64_t>(literal.size, kFirstReserve));
  session_.parser().accept_append();
  if (literal.synchronizing) imap::append_continuation(session_.out(), "Ready");
  return true;
}

void Appending::add(std::string_view octets) {
  if (!failure_) octets_ += octets;
}

Executing Appending::end_message() {
  if (!message_ || failure_) co_return;
  if (octets_.empty()) co_return fail("", "An empty message is not kept");  // RFC 3502
  if (messages_.size() == kMessages) co_return fail("LIMIT", "Too many messages for one command");
  storage::PreparedMessagePtr prepared;
  if (octets_.size() <= kInlineMessage) {
    prepared = prepare_message(std::move(octets_));
  } else {
    auto work = [octets = std::move(octets_)]() mutable {
      return prepare_message(std::move(octets));
    };
    prepared = co_await run_on(session_.services().workers, std::move(work));
  }
  octets_ = std::string();
  if (!prepared) co_return fail("UNKNOWN-CTE", "NUL stands where it cannot be kept");
  messages_.emplace_back(target_->account.id, target_->access.mailbox.id, std::move(prepared),
                         flags_of(message_->flags), message_->internal_date.value_or(now()));
  messages_.back().actor = session_.account_id();
  message_.reset();
}

Executing Appending::keep() {
  if (failure_) co_return answer_failure();
  const auto result = co_await append_all(session_.store(), std::move(messages_), replaced_);
  if (!result) co_return session_.refuse(start_.tag, result.error());
  if (result->replaced_missing) {
    co_return session_.refuse(start_.tag, "EXPUNGEISSUED", "The message to replace is gone");
  }
  session_.created_here(target_->access.mailbox.id, result->kept.front().uid,
                        result->kept.back().uid);
  std::vector<std::uint32_t> uids;
  for (const storage::Delivered& kept : result->kept) uids.push_back(kept.uid.value());
  std::string code = imap::code_append_uid(result->kept.front().uid_validity.value(), uids);
  if (replaced_) {  // RFC 8508 s4.3: before EXPUNGE
    imap::append_status(session_.out(), "", imap::Condition::Ok, code, "Replacement is ready");
    code.clear();
  }
  const bool going_on = co_await session_.sync(Expunges::Permitted);
  if (!going_on) co_return;
  imap::append_status(session_.out(), start_.tag, imap::Condition::Ok, code,
                      start_.name + " completed");
}

Executing Appending::run() {
  co_await open();
  for (;;) {
    imap::ParserEvent event = session_.parser().next();
    if (std::holds_alternative<imap::AppendEnd>(event)) {
      co_await end_message();
      co_return co_await keep();
    }
    if (auto* message = std::get_if<imap::AppendMessage>(&event)) {
      co_await end_message();
      message_ = std::move(*message);
    } else if (const auto* url = std::get_if<imap::AppendUrl>(&event)) {
      fail("BADURL " + url->url, "No such URL");
    } else if (const auto* literal = std::get_if<imap::AppendLiteral>(&event)) {
      const bool taken = take_literal(*literal);
      if (!taken) co_return;
    } else if (const auto* piece = std::get_if<imap::AppendPiece>(&event)) {
      add(piece->octets);
    } else if (const auto* error = std::get_if<imap::CommandError>(&event)) {
      imap::append_error(session_.out(), *error);
      if (error->fatal) session_.bye("Cannot go on after this command");
      co_return;
    } else if (std::holds_alternative<imap::NeedInput>(event)) {
      const bool filled = co_await session_.fill();
      if (!filled) co_return;
    }
  }
}

// Reads past a command that is not permitted; `text` says why.
Executing refuse_append(ImapSession& session, imap::AppendStart start, std::string_view text) {
  for (;;) {
    const imap::ParserEvent event = session.parser().next();
    if (std::holds_alternative<imap::AppendLiteral>(event)) session.parser().refuse_append();
    const bool refused = std::holds_alternative<imap::AppendLiteral>(event);
    if (refused || std::holds_alternative<imap::AppendEnd>(event)) break;
  }
  session.bad(start.tag, text);
  session.count_bad();
  co_return;
}

}  // namespace

Executing execute_append(ImapSession& session, imap::AppendStart start) {
  if (!session.logged_in())
    co_return co_await refuse_append(session, std::move(start), "Log in first");
  if (start.command.replaces) {
    const MailboxView* view = session.view();
    const char* problem = nullptr;
    if (view == nullptr) {
      problem = "No mailbox is selected";
    } else if (!start.command.uid && start.command.replaces->exceeds(view->size())) {
      problem = "No such message";
    }
    if (problem != nullptr) co_return co_await refuse_append(session, std::move(start), problem);
  }
  Appending appending(session, std::move(start));
  co_await appending.run();
}

}  // namespace restante::session
