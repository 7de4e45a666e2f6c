// APPEND (RFC 9051 s6.3.12, RFC 4315 s3, RFC 7888): refused before its octets come where that can
// be known; acknowledged once it is kept.
#include <algorithm>
#include <chrono>

#include "mail/imap/writer.h"
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

// Where it goes; nullopt: it was refused and answered, and the parser skips its octets.
asio::awaitable<std::optional<Target>> accept(ImapSession& session,
                                              const imap::AppendStart& start) {
  if (!session.logged_in()) {
    session.bad(start.tag, "Log in first");
    session.count_bad();
    co_return std::nullopt;
  }
  if (start.size > session.services().settings.limits.message_size_octets) {
    session.refuse(start.tag, "TOOBIG", "The message is larger than this server takes");
    co_return std::nullopt;
  }
  auto find = [id = session.account_id(), name = start.command.mailbox](storage::Reader& reader) {
    return find_target(reader, id, name);
  };
  auto target = co_await read_store(session.store(), std::move(find));
  if (!target) {
    if (target.error().kind() == ErrorKind::NotFound) {
      session.refuse(start.tag, "TRYCREATE", "No such mailbox");
    } else {
      session.refuse(start.tag, target.error());
    }
    co_return std::nullopt;
  }
  const storage::Account& account = target->account;
  if (account.quota_octets != 0 && account.used_octets + start.size > account.quota_octets) {
    session.refuse(start.tag, "OVERQUOTA", "The message does not fit into this account");
    co_return std::nullopt;
  }
  co_return std::move(*target);
}

// All octets of the message; nullopt: the command ended otherwise, and has been answered.
asio::awaitable<std::optional<std::string>> read_message(ImapSession& session, std::uint64_t size) {
  std::string octets;
  // An announcement is no reason to give memory before the octets come.
  octets.reserve(std::min<std::uint64_t>(size, kFirstReserve));
  for (;;) {
    imap::ParserEvent event = session.parser().next();
    if (std::holds_alternative<imap::AppendEnd>(event)) co_return octets;
    if (const auto* piece = std::get_if<imap::AppendPiece>(&event)) {
      octets += piece->octets;
    } else if (const auto* error = std::get_if<imap::CommandError>(&event)) {
      imap::append_error(session.out(), *error);
      if (error->fatal) session.bye("Cannot go on after this command");
      co_return std::nullopt;
    } else if (std::holds_alternative<imap::NeedInput>(event)) {
      const bool filled = co_await session.fill();
      if (!filled) co_return std::nullopt;
    }
  }
}

asio::awaitable<storage::PreparedMessagePtr> prepare_message(ImapSession& session,
                                                             std::string octets) {
  if (octets.size() <= kInlineMessage) co_return storage::prepare(std::move(octets));
  auto work = [octets = std::move(octets)]() mutable {
    return storage::prepare(std::move(octets));
  };
  co_return co_await run_on(session.services().workers, std::move(work));
}

storage::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Executing execute_append(ImapSession& session, imap::AppendStart start) {
  const auto target = co_await accept(session, start);
  if (!target) co_return session.parser().refuse_append();
  session.parser().accept_append();
  if (start.synchronizing) imap::append_continuation(session.out(), "Ready");
  auto octets = co_await read_message(session, start.size);
  if (!octets) co_return;
  const auto prepared = co_await prepare_message(session, std::move(*octets));
  storage::Append job(target->account.id, target->access.mailbox.id, prepared,
                      flags_of(start.command.flags), start.command.internal_date.value_or(now()));
  job.actor = session.account_id();
  const auto kept = co_await append(session.store(), std::move(job));
  if (!kept) co_return session.refuse(start.tag, kept.error());
  const bool going_on = co_await session.sync(Expunges::Permitted);
  if (!going_on) co_return;
  imap::append_status(session.out(), start.tag, imap::Condition::Ok,
                      imap::code_append_uid(kept->uid_validity.value(), kept->uid.value()),
                      "APPEND completed");
}

}  // namespace restante::session
