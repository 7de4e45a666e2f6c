// GETMETADATA and SETMETADATA (RFC 5464 s4.2, s4.3).
#include <fmt/format.h>

#include <algorithm>

#include "mail/imap/sharing_writer.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using storage::Right;

// RFC 5464 s3.3: the right to look the mailbox up and any of these.
Result<MailboxAccess> find_annotated(storage::Reader& reader, AccountId account,
                                     const std::string& name) {
  auto access = find_mailbox(reader, account, name, Right::Lookup);
  const storage::Rights any =
      Right::Read | Right::KeepSeen | Right::Write | Right::Insert | Right::Post;
  if (access && !access->rights.has_any(any)) {
    return fail(ErrorKind::Denied, "you have no right to this mailbox's annotations");
  }
  return access;
}

struct Answer {
  std::string name;
  storage::AnnotationValues values;
};

Result<Answer> read_answer(storage::Reader& reader, AccountId account,
                           const imap::GetMetadata& body) {
  Answer answer;
  storage::AnnotationQuery query;
  query.actor = account;
  query.entries = body.entries;
  query.depth = body.depth;
  query.max_octets = body.max_size;
  if (!body.mailbox.empty()) {
    const auto access = find_annotated(reader, account, body.mailbox);
    if (!access) return std::unexpected(access.error());
    query.mailbox = access->mailbox.id;
    answer.name = access->name;
  }
  auto values = reader.annotations(query);
  if (!values) return std::unexpected(values.error());
  answer.values = std::move(*values);
  return answer;
}

// What was found, and NIL for names that stand for nothing.
std::vector<imap::MetadataValue> entries_of(const imap::GetMetadata& body,
                                            const storage::AnnotationValues& values) {
  std::vector<imap::MetadataValue> entries;
  for (const storage::Annotation& each : values.found) entries.emplace_back(each.entry, each.value);
  const std::size_t found = entries.size();
  for (const std::string& name : body.entries) {
    const auto stands_for = [&](const std::string& entry) {
      return entry == name || (entry.starts_with(name) && entry[name.size()] == '/');
    };
    const bool there =
        std::ranges::any_of(entries, [&](const auto& entry) { return stands_for(entry.first); }) ||
        std::ranges::any_of(values.left_out, stands_for);
    if (!there) entries.emplace_back(name, std::nullopt);
  }
  std::ranges::inplace_merge(entries, entries.begin() + static_cast<std::ptrdiff_t>(found), {},
                             &imap::MetadataValue::first);
  return entries;
}

// Shared entries of the server are the operator's (RFC 5464 s3.3).
bool changes_server(const imap::SetMetadata& body) {
  return body.mailbox.empty() && std::ranges::any_of(body.entries, [](const auto& entry) {
           return entry.first.starts_with("/shared/");
         });
}

bool is_too_large(const imap::SetMetadata& body) {
  return std::ranges::any_of(body.entries, [](const auto& entry) {
    return entry.second && entry.second->size() > storage::kAnnotationOctets;
  });
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::GetMetadata& body) {
  auto read = [account = session.account_id(), &body](storage::Reader& reader) {
    return read_answer(reader, account, body);
  };
  const auto answer = co_await read_store(session.store(), std::move(read));
  if (!answer) co_return session.refuse(command.tag, answer.error());
  const std::vector<imap::MetadataValue> entries = entries_of(body, answer->values);
  for (const imap::MetadataValue& entry : entries) {
    const std::span<const imap::MetadataValue> one(&entry, 1);
    imap::append_metadata(session.out(), answer->name, one, session.enabled().utf8());
    const bool going_on = co_await session.flush_if_large();
    if (!going_on) co_return;
  }
  std::string code;
  if (answer->values.longest_left_out != 0) {
    code = fmt::format("METADATA LONGENTRIES {}", answer->values.longest_left_out);
  }
  co_await session.complete(command, Expunges::Permitted, code);
}

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::SetMetadata& body) {
  if (changes_server(body)) {
    co_return session.refuse(command.tag, "NOPERM",
                             "Shared annotations of the server are set by its operator");
  }
  if (is_too_large(body)) {
    const std::string code = fmt::format("METADATA MAXSIZE {}", storage::kAnnotationOctets);
    co_return session.refuse(command.tag, code, "A value is too large");
  }
  storage::SetAnnotations change;
  change.actor = session.account_id();
  for (const auto& [entry, value] : body.entries) change.entries.push_back({entry, value});
  if (!body.mailbox.empty()) {
    auto find = [account = session.account_id(), name = body.mailbox](storage::Reader& reader) {
      return find_annotated(reader, account, name);
    };
    const auto access = co_await read_store(session.store(), std::move(find));
    if (!access) co_return session.refuse(command.tag, access.error());
    change.mailbox = access->mailbox.id;
  }
  const auto changed = co_await set_annotations(session.store(), std::move(change));
  if (!changed && changed.error().kind() == ErrorKind::OverQuota) {
    co_return session.refuse(command.tag, "METADATA TOOMANY", "There are too many annotations");
  }
  if (!changed) co_return session.refuse(command.tag, changed.error());
  session.watch().forget_annotations(*changed);
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
