// LIST and LSUB (RFC 9051 s6.3.9, RFC 3501 s6.3.9, RFC 5258, RFC 5819, RFC 6154).
#include <map>
#include <memory>
#include <type_traits>

#include "mail/imap/sharing_writer.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/listing.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/imap/mailbox_list.h"
#include "server/session/imap/status_values.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

std::vector<storage::Mailbox> by_shown_name(const std::vector<MailboxAccess>& visible) {
  std::vector<storage::Mailbox> mailboxes;
  mailboxes.reserve(visible.size());
  for (const MailboxAccess& each : visible) {
    mailboxes.push_back(each.mailbox);
    mailboxes.back().name = each.name;
  }
  return mailboxes;
}

// The answer, and what its names stand in. Found on a reader thread: patterns cost their length for
// each name.
struct Answer {
  Answer(std::vector<MailboxAccess> visible, std::vector<std::string> subscriptions)
      : list(by_shown_name(visible), std::move(subscriptions)) {
    for (const MailboxAccess& each : visible) rights.emplace(each.mailbox.id, each.rights);
  }
  MailboxList list;
  std::map<MailboxId, storage::Rights> rights;
  std::vector<MailboxList::Match> matches;
};
using AnswerPtr = std::shared_ptr<const Answer>;

template <class Body>
std::vector<MailboxList::Match> matches_of(const MailboxList& list, const Body& body) {
  if constexpr (std::is_same_v<Body, imap::List>) {
    return list.list(body);
  } else {
    return list.lsub(body);
  }
}

template <class Body>
Result<AnswerPtr> find_answer(storage::Reader& reader, AccountId account, const Body& body) {
  auto mailboxes = visible_mailboxes(reader, account);
  if (!mailboxes) return std::unexpected(mailboxes.error());
  auto subscriptions = reader.list_subscriptions(account);
  if (!subscriptions) return std::unexpected(subscriptions.error());
  auto answer = std::make_shared<Answer>(std::move(*mailboxes), std::move(*subscriptions));
  answer->matches = matches_of(answer->list, body);
  return AnswerPtr(std::move(answer));
}

template <class Body>
asio::awaitable<Result<AnswerPtr>> read_answer(ImapSession& session, const Body& body) {
  auto task = [account = session.account_id(), &body](storage::Reader& reader) {
    return find_answer(reader, account, body);
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

asio::awaitable<bool> list_mailbox(ImapSession& session, std::string name) {
  auto find = [account = session.account_id(), name](storage::Reader& reader) -> Result<AnswerPtr> {
    auto mailboxes = visible_mailboxes(reader, account);
    if (!mailboxes) return std::unexpected(mailboxes.error());
    auto answer = std::make_shared<Answer>(std::move(*mailboxes), std::vector<std::string>());
    if (auto match = answer->list.find(name)) answer->matches.push_back(*match);
    return AnswerPtr(std::move(answer));
  };
  const auto answer = co_await read_store(session.store(), std::move(find));
  if (!answer) co_return false;
  for (const MailboxList::Match& match : (*answer)->matches) {
    imap::append_list(session.out(), match.entry, session.enabled().utf8());
  }
  co_return true;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::List& body) {
  if (body.select_recursive_match && !body.select_subscribed && !body.select_special_use) {
    co_return session.bad(command.tag, "RECURSIVEMATCH needs something to select (RFC 5258)");
  }
  if (!body.extended && asks_for_root(body.patterns)) {
    imap::append_list_root(session.out(), body.reference);
    co_return co_await session.complete(command, Expunges::Permitted);
  }
  if (body.return_status && body.return_status->has(imap::StatusItem::HighestModSeq)) {
    session.enable(Extension::CondStore);
  }
  const auto answer = co_await read_answer(session, body);
  if (!answer) co_return session.refuse(command.tag, answer.error());
  for (const MailboxList::Match& match : (*answer)->matches) {
    imap::append_list(session.out(), match.entry, session.enabled().utf8());
    if (match.mailbox == nullptr || !match.selected) continue;
    const storage::Rights rights = (*answer)->rights.at(match.mailbox->id);
    if (body.return_my_rights) {
      imap::append_my_rights(session.out(), match.mailbox->name, rights.bits(),
                             session.enabled().utf8());
    }
    if (!body.return_status || !rights.has_all(storage::Right::Read)) continue;
    auto values = co_await read_values(session, *match.mailbox, *body.return_status);
    if (!values) continue;  // deleted since
    values->append_limit = session.services().settings.limits.message_size_octets;
    imap::append_status_response(session.out(), match.mailbox->name, *body.return_status, *values,
                                 session.enabled().utf8());
  }
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Lsub& body) {
  if (asks_for_root(body.patterns)) {
    imap::append_list_root(session.out(), body.reference, true);
    co_return co_await session.complete(command, Expunges::Permitted);
  }
  const auto answer = co_await read_answer(session, body);
  if (!answer) co_return session.refuse(command.tag, answer.error());
  for (const MailboxList::Match& match : (*answer)->matches) {
    imap::append_lsub(session.out(), match.entry, session.enabled().utf8());
  }
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
