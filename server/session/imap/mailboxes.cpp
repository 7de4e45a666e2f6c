// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, NAMESPACE and STATUS (RFC 9051 s6.3,
// RFC 6154, RFC 8474).
#include "mail/imap/mailbox_name.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/imap/status_values.h"
#include "server/session/imap/store_values.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

struct Named {
  MailboxAccess access;
  imap::StatusValues values;
};

Result<Named> read_status(storage::Reader& reader, AccountId account, const std::string& name,
                          imap::StatusItems items) {
  auto access = find_mailbox(reader, account, name, storage::Right::Read);
  if (!access) return std::unexpected(access.error());
  const auto values = status_values(reader, access->mailbox, items);
  if (!values) return std::unexpected(values.error());
  return Named{std::move(*access), *values};
}

struct Ends {
  OwnedName from;
  OwnedName to;
};

// RENAME within one account: of another's mailbox it takes the right to delete it, and that to
// create where it goes (RFC 4314 s4).
Result<Ends> find_ends(storage::Reader& reader, AccountId account, const imap::Rename& body) {
  auto from = resolve_name(reader, account, body.from);
  if (!from) return std::unexpected(from.error());
  if (from->owner != account) {
    const auto access = find_mailbox(reader, account, body.from, storage::Right::DeleteMailbox);
    if (!access) return std::unexpected(access.error());
    if (access->mailbox.name == "INBOX")
      return fail(ErrorKind::Denied, "only its owner renames an INBOX");
  }
  auto to = find_new_place(reader, account, body.to);
  if (!to) return std::unexpected(to.error());
  if (to->owner != from->owner)
    return fail(ErrorKind::Invalid, "a mailbox cannot be renamed to another account");
  return Ends{std::move(*from), std::move(*to)};
}

// Whether the selected mailbox is still there.
asio::awaitable<bool> selection_exists(ImapSession& session) {
  auto task = [id = session.view()->id()](storage::Reader& reader) { return reader.mailbox(id); };
  const auto mailbox = co_await read_store(session.store(), std::move(task));
  co_return mailbox || mailbox.error().kind() != ErrorKind::NotFound;
}

}  // namespace

Result<imap::StatusValues> status_values(storage::Reader& reader, const storage::Mailbox& mailbox,
                                         imap::StatusItems items) {
  imap::StatusValues values;
  values.messages = mailbox.messages;
  values.uid_next = mailbox.uid_next.value();
  values.uid_validity = mailbox.uid_validity.value();
  values.unseen = mailbox.unseen;
  values.deleted = mailbox.deleted;
  values.size = mailbox.size_octets;
  values.highest_modseq = mailbox.highest_modseq.value();
  values.mailbox_id = mailbox.id.value();
  if (items.has(imap::StatusItem::DeletedStorage)) {
    const auto octets = reader.deleted_octets(mailbox.id);
    if (!octets) return std::unexpected(octets.error());
    values.deleted_storage = *octets;
  }
  if (items.has(imap::StatusItem::Recent) && mailbox.first_recent < mailbox.uid_next) {
    const storage::UidSet recent{storage::UidRange{mailbox.first_recent, mailbox.uid_next}};
    const auto rows = reader.placements(mailbox.id, recent);
    if (!rows) return std::unexpected(rows.error());
    values.recent = rows->size();
  }
  return values;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Create& body) {
  if (body.unknown_use || body.uses.size() > 1) {
    co_return session.refuse(command.tag, "USEATTR", "A mailbox has one known special use");
  }
  const auto valid = imap::check_new_mailbox_name(body.mailbox);
  if (!valid) co_return session.refuse(command.tag, valid.error());
  storage::SpecialUse use = storage::SpecialUse::None;
  if (!body.uses.empty()) use = special_use_of(body.uses.front());
  auto find = [account = session.account_id(), name = body.mailbox](storage::Reader& reader) {
    return find_new_place(reader, account, name);
  };
  const auto place = co_await read_store(session.store(), std::move(find));
  if (!place) co_return session.refuse(command.tag, place.error());
  if (use != storage::SpecialUse::None && place->owner != session.account_id()) {
    co_return session.refuse(command.tag, "USEATTR", "Only its owner gives a mailbox a use");
  }
  const auto created = co_await create_mailbox(session.store(), place->owner, place->name, use);
  if (!created) co_return session.refuse(command.tag, created.error());
  const std::string code = imap::code_mailbox_id(created->id.value());
  co_await session.complete(command, Expunges::Permitted, code);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Delete& body) {
  auto find = [account = session.account_id(), name = body.mailbox](storage::Reader& reader) {
    return find_mailbox(reader, account, name, storage::Right::DeleteMailbox);
  };
  const auto access = co_await read_store(session.store(), std::move(find));
  if (!access) co_return session.refuse(command.tag, access.error());
  const storage::Mailbox& mailbox = access->mailbox;
  const auto deleted = co_await delete_mailbox(session.store(), mailbox.account, mailbox.name);
  if (!deleted) co_return session.refuse(command.tag, deleted.error());
  if (session.view() != nullptr) {
    const bool exists = co_await selection_exists(session);
    if (!exists) {
      session.unselect();
      session.refuse("", "CLOSED", "The selected mailbox was deleted; no mailbox is selected");
    }
  }
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Rename& body) {
  const auto valid = imap::check_new_mailbox_name(body.to);
  if (!valid) co_return session.refuse(command.tag, valid.error());
  auto find = [account = session.account_id(), &body](storage::Reader& reader) {
    return find_ends(reader, account, body);
  };
  const auto ends = co_await read_store(session.store(), std::move(find));
  if (!ends) co_return session.refuse(command.tag, ends.error());
  const auto renamed =
      co_await rename_mailbox(session.store(), ends->from.owner, ends->from.name, ends->to.name);
  if (!renamed) co_return session.refuse(command.tag, renamed.error());
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Subscribe& body) {
  const auto done = co_await subscribe(session.store(), session.account_id(), body.mailbox, true);
  if (!done) co_return session.refuse(command.tag, done.error());
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::Unsubscribe& body) {
  const auto done = co_await subscribe(session.store(), session.account_id(), body.mailbox, false);
  if (!done) co_return session.refuse(command.tag, done.error());
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Namespace&) {
  imap::append_namespace(session.out());
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Status& body) {
  if (body.items.has(imap::StatusItem::HighestModSeq)) session.enable(Extension::CondStore);
  auto task = [account = session.account_id(), name = body.mailbox, items = body.items](
                  storage::Reader& reader) { return read_status(reader, account, name, items); };
  auto status = co_await read_store(session.store(), std::move(task));
  if (!status) co_return session.refuse(command.tag, status.error());
  status->values.append_limit = session.services().settings.limits.message_size_octets;
  imap::append_status_response(session.out(), status->access.name, body.items, status->values,
                               session.enabled().utf8());
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
