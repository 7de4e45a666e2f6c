// LIST and LSUB (RFC 9051 s6.3.9, RFC 3501 s6.3.9, RFC 5258, RFC 5819, RFC 6154).
#include <memory>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_list.h"
#include "server/session/imap/status_values.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using ListPtr = std::shared_ptr<const MailboxList>;

Result<ListPtr> read_list(storage::Reader& reader, AccountId account) {
  auto mailboxes = reader.list_mailboxes(account);
  if (!mailboxes) return std::unexpected(mailboxes.error());
  auto subscriptions = reader.list_subscriptions(account);
  if (!subscriptions) return std::unexpected(subscriptions.error());
  return std::make_shared<const MailboxList>(std::move(*mailboxes), std::move(*subscriptions));
}

asio::awaitable<Result<ListPtr>> read_mailboxes(ImapSession& session) {
  auto task = [account = session.account_id()](storage::Reader& reader) {
    return read_list(reader, account);
  };
  return read_store(session.store(), std::move(task));
}

// Also counts \Recent, which needs the store.
asio::awaitable<Result<imap::StatusValues>> read_values(ImapSession& session,
                                                        storage::Mailbox mailbox,
                                                        imap::StatusItems items) {
  auto task = [mailbox = std::move(mailbox), items](storage::Reader& reader) {
    return status_values(reader, mailbox, items);
  };
  return read_store(session.store(), std::move(task));
}

bool asks_for_root(const std::vector<std::string>& patterns) {
  return patterns.size() == 1 && patterns.front().empty();
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::List& body) {
  if (body.select_recursive_match && !body.select_subscribed && !body.select_special_use) {
    co_return session.bad(command.tag, "RECURSIVEMATCH needs something to select (RFC 5258)");
  }
  if (!body.extended && asks_for_root(body.patterns)) {
    imap::append_list_root(session.out(), body.reference);
    co_return co_await session.complete(command, Expunges::Permitted);
  }
  const auto list = co_await read_mailboxes(session);
  if (!list) co_return session.refuse(command.tag, list.error());
  for (const MailboxList::Match& match : (*list)->list(body)) {
    imap::append_list(session.out(), match.entry, false);
    if (!body.return_status || match.mailbox == nullptr) continue;
    const auto values = co_await read_values(session, *match.mailbox, *body.return_status);
    if (!values) continue;  // deleted since
    imap::append_status_response(session.out(), match.mailbox->name, *body.return_status, *values,
                                 false);
  }
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Lsub& body) {
  if (asks_for_root(body.patterns)) {
    imap::append_list_root(session.out(), body.reference, true);
    co_return co_await session.complete(command, Expunges::Permitted);
  }
  const auto list = co_await read_mailboxes(session);
  if (!list) co_return session.refuse(command.tag, list.error());
  for (const MailboxList::Match& match : (*list)->lsub(body)) {
    imap::append_lsub(session.out(), match.entry, false);
  }
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
