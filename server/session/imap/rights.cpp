// SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314 s3).
#include "mail/imap/rights.h"

#include "mail/imap/sharing_writer.h"
#include "server/delivery/address.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using storage::Right;
using storage::Rights;

constexpr std::string_view kAnyone = "anyone";

// Both have l r s w i p k x t e a in this order.
static_assert(static_cast<int>(Right::Lookup) == 1 && static_cast<int>(Right::Insert) == 16 &&
              static_cast<int>(Right::DeleteMailbox) == 128 &&
              static_cast<int>(Right::Administer) == 1024);

// Whom an identifier as written means; nullopt: it is no identifier at all.
struct Identifier {
  std::string address;  // canonical; empty: anyone
  bool negative = false;
};
std::optional<Identifier> parse_identifier(std::string_view written) {
  Identifier identifier;
  identifier.negative = written.starts_with('-');
  if (identifier.negative) written.remove_prefix(1);
  if (written == kAnyone) return identifier;
  auto address = delivery::canonical_address(written);
  if (!address) return std::nullopt;
  identifier.address = std::move(*address);
  return identifier;
}

struct Target {
  MailboxAccess access;
  storage::Grantee grantee;
};

// The mailbox, which the account must administer, and whom the identifier means.
Result<Target> find_target(storage::Reader& reader, AccountId account, const std::string& mailbox,
                           const Identifier& identifier) {
  auto access = find_mailbox(reader, account, mailbox, Right::Administer);
  if (!access) return std::unexpected(access.error());
  Target target;
  target.access = std::move(*access);
  target.grantee.negative = identifier.negative;
  if (identifier.address.empty()) return target;
  const auto found = reader.find_account(identifier.address);
  if (!found && found.error().kind() != ErrorKind::NotFound) return std::unexpected(found.error());
  if (!found || found->address != identifier.address)
    return fail(ErrorKind::Invalid, "the identifier is no account of this server");
  target.grantee.account = found->id;
  return target;
}

asio::awaitable<Result<Target>> read_target(ImapSession& session, std::string mailbox,
                                            Identifier identifier) {
  auto find = [account = session.account_id(), mailbox = std::move(mailbox),
               identifier = std::move(identifier)](storage::Reader& reader) {
    return find_target(reader, account, mailbox, identifier);
  };
  return read_store(session.store(), std::move(find));
}

Executing change_acl(ImapSession& session, const imap::Command& command, std::string mailbox,
                     std::string identifier, storage::RightsChange how, Rights rights) {
  const auto whom = parse_identifier(identifier);
  if (!whom) co_return session.bad(command.tag, "The identifier is not an address or anyone");
  const auto target = co_await read_target(session, mailbox, *whom);
  if (!target) co_return session.refuse(command.tag, target.error());
  storage::SetAcl change;
  change.actor = session.account_id();
  change.mailbox = target->access.mailbox.id;
  change.grantee = target->grantee;
  change.change = how;
  change.rights = rights;
  const auto changed = co_await set_acl(session.store(), change);
  if (!changed) co_return session.refuse(command.tag, changed.error());
  co_await session.complete(command, Expunges::Permitted);
}

struct AclAnswer {
  std::string name;
  std::vector<imap::AclLine> lines;
};

Result<AclAnswer> read_acl(storage::Reader& reader, AccountId account, const std::string& name) {
  const auto access = find_mailbox(reader, account, name, Right::Administer);
  if (!access) return std::unexpected(access.error());
  const auto owner = reader.account(access->mailbox.account);
  if (!owner) return std::unexpected(owner.error());
  const auto entries = reader.acl(access->mailbox.id);
  if (!entries) return std::unexpected(entries.error());
  AclAnswer answer;
  answer.name = access->name;
  answer.lines.push_back(imap::AclLine{owner->address, Rights::all().bits()});
  for (const storage::AclEntry& entry : *entries) {
    std::string identifier = entry.grantee.negative ? "-" : "";
    identifier += entry.grantee.account ? std::string_view(entry.address) : kAnyone;
    answer.lines.push_back(imap::AclLine{std::move(identifier), entry.rights.bits()});
  }
  return answer;
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::SetAcl& body) {
  storage::RightsChange how = storage::RightsChange::Replace;
  if (body.mode == imap::SetAcl::Mode::Add) how = storage::RightsChange::Add;
  if (body.mode == imap::SetAcl::Mode::Remove) how = storage::RightsChange::Remove;
  co_await change_acl(session, command, body.mailbox, body.identifier, how, Rights(body.rights));
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::DeleteAcl& body) {
  co_await change_acl(session, command, body.mailbox, body.identifier,
                      storage::RightsChange::Replace, Rights());
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::GetAcl& body) {
  auto read = [account = session.account_id(), name = body.mailbox](storage::Reader& reader) {
    return read_acl(reader, account, name);
  };
  const auto answer = co_await read_store(session.store(), std::move(read));
  if (!answer) co_return session.refuse(command.tag, answer.error());
  imap::append_acl(session.out(), answer->name, answer->lines, session.enabled().utf8());
  co_await session.complete(command, Expunges::Permitted);
}

// The owner has all rights whatever is set; anybody else may be given each by itself.
Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::ListRights& body) {
  const auto whom = parse_identifier(body.identifier);
  if (!whom) co_return session.bad(command.tag, "The identifier is not an address or anyone");
  const auto target = co_await read_target(session, body.mailbox, *whom);
  if (!target) co_return session.refuse(command.tag, target.error());
  const bool owner = target->grantee.account == target->access.mailbox.account;
  const std::uint16_t all = Rights::all().bits();
  const std::uint16_t none = 0;
  imap::append_list_rights(session.out(), target->access.name, body.identifier, owner ? all : none,
                           owner ? none : all, session.enabled().utf8());
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::MyRights& body) {
  auto find = [account = session.account_id(), name = body.mailbox](storage::Reader& reader) {
    const Rights any = Right::Lookup | Right::Read | Right::Insert | Right::CreateMailboxes |
                       Right::DeleteMailbox | Right::Administer;
    return find_mailbox_with_any(reader, account, name, any);
  };
  const auto access = co_await read_store(session.store(), std::move(find));
  if (!access) co_return session.refuse(command.tag, access.error());
  imap::append_my_rights(session.out(), access->name, access->rights.bits(),
                         session.enabled().utf8());
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
