// GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208 s4.1). An account is one quota root, named by its
// address; only the operator sets its limits.
#include "mail/imap/sharing_writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::uint64_t kUnit = 1024;  // RFC 9208 s5.1

void append_quota_of(std::string& out, const storage::Account& account) {
  std::vector<imap::QuotaResource> resources;
  const auto units = [](std::uint64_t octets) { return octets / kUnit + (octets % kUnit != 0); };
  if (account.quota_octets != 0) {
    resources.push_back({"STORAGE", units(account.used_octets), units(account.quota_octets)});
  }
  if (account.quota_messages != 0) {
    resources.push_back({"MESSAGE", account.messages, account.quota_messages});
  }
  imap::append_quota(out, account.address, resources);
}

struct Root {
  std::string mailbox;
  storage::Account account;
};

// The mailbox need not exist where it would be one's own (RFC 9208 s4.1.2); of another account it
// must be one that the account may read, since the quota tells how much is in it (s6).
Result<Root> find_root(storage::Reader& reader, AccountId account, const std::string& name) {
  const auto owned = resolve_name(reader, account, name);
  if (!owned) return std::unexpected(owned.error());
  if (owned->owner != account) {
    const auto access = find_mailbox(reader, account, name, storage::Right::Read);
    if (!access) return std::unexpected(access.error());
  }
  auto owner = reader.account(owned->owner);
  if (!owner) return std::unexpected(owner.error());
  return Root{name, std::move(*owner)};
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::GetQuota& body) {
  auto read = [id = session.account_id()](storage::Reader& reader) { return reader.account(id); };
  const auto account = co_await read_store(session.store(), std::move(read));
  if (!account) co_return session.refuse(command.tag, account.error());
  // Which other roots there are is nobody's business.
  if (body.root != account->address) {
    co_return session.refuse(command.tag, "NONEXISTENT", "No such quota root");
  }
  append_quota_of(session.out(), *account);
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::GetQuotaRoot& body) {
  auto read = [id = session.account_id(), name = body.mailbox](storage::Reader& reader) {
    return find_root(reader, id, name);
  };
  const auto root = co_await read_store(session.store(), std::move(read));
  if (!root) co_return session.refuse(command.tag, root.error());
  imap::append_quota_root(session.out(), root->mailbox, root->account.address,
                          session.enabled().utf8());
  append_quota_of(session.out(), root->account);
  co_await session.complete(command, Expunges::Permitted);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::SetQuota&) {
  session.refuse(command.tag, "NOPERM", "Only the operator of this server sets quotas");
  co_return;
}

}  // namespace restante::session
