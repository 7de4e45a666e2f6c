#include "server/session/imap/sharing.h"

#include <optional>

#include "mail/imap/writer.h"
#include "server/session/imap/mailbox_access.h"

namespace restante::session {
namespace {

using storage::Right;

// nullopt: the account may not know of it, or it is gone.
Result<std::optional<std::string>> name_of(storage::Reader& reader, AccountId account,
                                           MailboxId id) {
  const auto mailbox = reader.mailbox(id);
  if (!mailbox && mailbox.error().kind() == ErrorKind::NotFound) return std::nullopt;
  if (!mailbox) return std::unexpected(mailbox.error());
  if (mailbox->account == account) return mailbox->name;
  const auto rights = reader.rights(account, id);
  if (!rights) return std::unexpected(rights.error());
  if (!rights->has_all(Right::Lookup)) return std::nullopt;
  const auto owner = reader.account(mailbox->account);
  if (!owner) return std::unexpected(owner.error());
  return shown_name(owner->address, mailbox->name);
}

}  // namespace

bool may_change(storage::Rights rights) {
  return rights.has_any(Right::Insert | Right::Expunge | Right::KeepSeen | Right::Write |
                        Right::DeleteMessages);
}

std::string permanent_flags(const MailboxView& view, storage::Rights rights) {
  if (view.read_only()) return "PERMANENTFLAGS ()";
  const bool keywords = rights.has_all(Right::Write);
  return imap::code_permanent_flags(storage::changeable_flags(rights),
                                    keywords ? view.keywords() : std::vector<std::string>(),
                                    keywords);
}

Result<std::vector<AnnotatedName>> name_annotations(
    storage::Reader& reader, AccountId account,
    const std::vector<storage::ChangeNotice::Annotations>& changes) {
  std::vector<AnnotatedName> named;
  for (const auto& change : changes) {
    AnnotatedName each;
    if (change.mailbox) {
      const auto name = name_of(reader, account, change.mailbox);
      if (!name) return std::unexpected(name.error());
      if (!*name) continue;
      each.mailbox = **name;
    }
    each.entries = change.entries;
    named.push_back(std::move(each));
  }
  return named;
}

}  // namespace restante::session
