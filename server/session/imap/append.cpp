// APPEND, REPLACE and UID REPLACE (RFC 9051 s6.3.12, RFC 3502, 3516 s4.4, 4469, 7888, 8508):
// refused before octets come where that can be known; acknowledged once all is kept.
#include <algorithm>
#include <chrono>

#include "mail/imap/message_url.h"
#include "mail/imap/writer.h"
#include "mail/message/binary_parts.h"
#include "server/async_bridge.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/imap/store_values.h"
#include "server/session/imap/url_content.h"
#include "server/session/log.h"
#include "server/session/permits.h"
#include "server/session/spool.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::size_t kInlineMessages = 32 * 1024;  // more are worked on by other threads
constexpr std::size_t kMessages = 10'000;           // of one command
constexpr std::uint64_t kCommandMessages = 4;  // largest messages that one command may hold in all

constexpr std::string_view kTooBig = "The message is larger than this server takes";
constexpr const char* kNulText = "NUL stands where it cannot be kept";
constexpr std::string_view kTooMuch = "The messages are too large for one command";

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
storage::PreparedMessagePtr prepare_message(std::string_view octets) {
  if (octets.find('\0') == std::string_view::npos) return storage::prepare(octets);
  const message::Index index = message::index(octets);
  const auto encoded = message::encode_nul_parts(std::string(octets), index);
  if (!encoded) return nullptr;
  return storage::prepare(*encoded);
}

// One command, from its first words to its answer.
class Appending {
 public:
  Appending(ImapSession& session, imap::AppendStart start)
      : session_(session),
        start_(std::move(start)),
        spool_(session.services().workers, session.services().settings.data_dir) {}

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
  Executing add(std::string_view octets);
  Executing add_url(std::string url);
  void end_message();
  Result<std::vector<storage::Append>> prepare();
  asio::awaitable<std::optional<storage::AppendResult>> store();
  Executing keep();

  struct Received {
    imap::AppendMessage options;
    std::uint64_t size = 0;
  };
  struct Failure {
    std::string code;
    std::string text;
  };

  ImapSession& session_;
  imap::AppendStart start_;
  std::optional<Failure> failure_;
  std::optional<Target> target_;
  std::optional<storage::Replaced> replaced_;
  Spool spool_;                     // the octets of all messages
  std::vector<Received> messages_;  // those whose octets have all come

  // The message that is coming.
  std::optional<imap::AppendMessage> message_;
  std::uint64_t message_begin_ = 0;  // in spool_
  std::uint64_t announced_ = 0;      // octets of all messages, with those of the present literal
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
  if (literal.size > limit || spool_.size() - message_begin_ + literal.size > limit) {
    fail("TOOBIG", kTooBig);
  } else if (announced_ > kCommandMessages * limit) {
    fail("LIMIT", kTooMuch);
  }
  // What is replaced makes room: how much is known when it is removed.
  if (target_ && !replaced_) {
    const storage::Account& account = target_->account;
    const bool too_large =
        account.quota_octets != 0 && account.used_octets + announced_ > account.quota_octets;
    const bool too_many = account.quota_messages != 0 && account.messages >= account.quota_messages;
    if (too_large || too_many) fail("OVERQUOTA", "The message does not fit into this account");
  }
  if (failure_) {
    answer_failure();
    session_.parser().refuse_append();
    return false;
  }
  session_.parser().accept_append();
  if (literal.synchronizing) imap::append_continuation(session_.out(), "Ready");
  return true;
}

// An announcement is no reason to give memory: it is given as the octets come.
Executing Appending::add(std::string_view octets) {
  if (failure_) co_return;
  spool_.add(octets);
  const auto settled = co_await spool_.settle();
  if (!settled) fail(imap::response_code(settled.error().kind()), settled.error().message());
}

Executing Appending::add_url(std::string url) {
  if (failure_) co_return;
  const std::uint64_t limit = session_.services().settings.limits.message_size_octets;
  const std::uint64_t before = spool_.size();
  const std::uint64_t room = limit - std::min(limit, before - message_begin_);
  const auto added = co_await append_url(session_, url, room, spool_);
  announced_ += spool_.size() - before;
  if (added) {
    if (announced_ > kCommandMessages * limit) fail("LIMIT", kTooMuch);
  } else if (added.error().kind() == ErrorKind::OverQuota) {
    fail("TOOBIG", kTooBig);
  } else if (added.error().kind() == ErrorKind::Busy || added.error().kind() == ErrorKind::Io) {
    fail(imap::response_code(added.error().kind()), added.error().message());
  } else {
    fail(imap::code_bad_url(url), "The URL names nothing that could be appended");
  }
}

void Appending::end_message() {
  if (!message_ || failure_) return;
  const std::uint64_t size = spool_.size() - message_begin_;
  if (size == 0) return fail("", "An empty message is not kept");  // RFC 3502
  if (messages_.size() == kMessages) return fail("LIMIT", "Too many messages for one command");
  messages_.push_back(Received{std::move(*message_), size});
  message_.reset();
  message_begin_ = spool_.size();
}

// On a worker thread where it is much.
Result<std::vector<storage::Append>> Appending::prepare() {
  const auto view = spool_.view();
  if (!view) return std::unexpected(view.error());
  std::string_view left = view->octets();
  std::vector<storage::Append> jobs;
  for (const Received& message : messages_) {
    const auto size = static_cast<std::size_t>(message.size);
    auto prepared = prepare_message(left.substr(0, size));
    left.remove_prefix(size);
    if (!prepared) return restante::fail(ErrorKind::Invalid, kNulText);
    jobs.emplace_back(target_->account.id, target_->access.mailbox.id, std::move(prepared),
                      flags_of(message.options.flags),
                      message.options.internal_date.value_or(now()));
    jobs.back().actor = session_.account_id();
  }
  return jobs;
}

// nullopt: it failed and was answered.
asio::awaitable<std::optional<storage::AppendResult>> Appending::store() {
  Result<std::vector<storage::Append>> jobs;
  if (spool_.size() <= kInlineMessages) {
    jobs = prepare();
  } else {
    auto work = [this] { return prepare(); };
    jobs = co_await run_on(session_.services().workers, std::move(work));
  }
  if (!jobs && jobs.error().kind() == ErrorKind::Invalid) {
    session_.refuse(start_.tag, "UNKNOWN-CTE", kNulText);
    co_return std::nullopt;
  }
  if (!jobs) {
    session_.refuse(start_.tag, jobs.error());
    co_return std::nullopt;
  }
  auto result = co_await append_all(session_.store(), std::move(*jobs), replaced_);
  if (!result) {
    session_.refuse(start_.tag, result.error());
    co_return std::nullopt;
  }
  if (result->replaced_missing) {
    session_.refuse(start_.tag, "EXPUNGEISSUED", "The message to replace is gone");
    co_return std::nullopt;
  }
  co_return std::move(*result);
}

// Where it is much, only a few are indexed, compressed and written at once; none of that waits for
// a client.
Executing Appending::keep() {
  if (failure_) co_return answer_failure();
  std::optional<Permits::Turn> turn;
  if (!spool_.in_memory()) turn.emplace(co_await session_.services().large_messages->take());
  const auto result = co_await store();
  turn.reset();
  if (!result) co_return;
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
      end_message();
      co_return co_await keep();
    }
    if (auto* message = std::get_if<imap::AppendMessage>(&event)) {
      end_message();
      message_ = std::move(*message);
    } else if (const auto* url = std::get_if<imap::AppendUrl>(&event)) {
      co_await add_url(url->url);
    } else if (const auto* literal = std::get_if<imap::AppendLiteral>(&event)) {
      const bool taken = take_literal(*literal);
      if (!taken) co_return;
    } else if (const auto* piece = std::get_if<imap::AppendPiece>(&event)) {
      co_await add(piece->octets);
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
