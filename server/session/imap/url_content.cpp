// From a URL to octets, in bounded reads. See url_content.h.
#include "server/session/imap/url_content.h"

#include <algorithm>

#include "mail/imap/message_url.h"
#include "server/session/imap/mailbox_access.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::uint64_t kPieceOctets = 256 * 1024;  // of one read: a reader serves everybody

// Whose URL it is and what stands selected.
struct Base {
  Base(AccountId who, MailboxId mailbox) : account(who), selected(mailbox) {}
  AccountId account;
  MailboxId selected;  // none: no mailbox is
};

struct Content {
  BlobId blob;
  imap::SectionContent section;
};

std::unexpected<Error> names_nothing() {
  return fail(ErrorKind::NotFound, "the URL names nothing here");
}

Result<storage::Mailbox> find_base(storage::Reader& reader, const Base& base,
                                   const imap::MessageUrl& url) {
  if (!url.mailbox) {
    if (!base.selected) return names_nothing();
    // The right to read may have been taken away since it was selected (RFC 4314 s4).
    const auto rights = reader.rights(base.account, base.selected);
    if (!rights) return std::unexpected(rights.error());
    if (!rights->has_all(storage::Right::Read)) return names_nothing();
    return reader.mailbox(base.selected);
  }
  auto access = find_mailbox(reader, base.account, *url.mailbox, storage::Right::Read);
  if (!access) return std::unexpected(access.error());
  return std::move(access->mailbox);
}

Result<Content> find_content(storage::Reader& reader, const Base& base,
                             const imap::MessageUrl& url) {
  const auto mailbox = find_base(reader, base, url);
  if (!mailbox) return std::unexpected(mailbox.error());
  if (url.uid_validity && *url.uid_validity != mailbox->uid_validity.value())
    return names_nothing();
  const storage::UidSet uids{storage::UidRange{Uid(url.uid), Uid(url.uid)}};
  const auto placements = reader.placements(mailbox->id, uids);
  if (!placements) return std::unexpected(placements.error());
  if (placements->empty()) return names_nothing();
  const BlobId blob = placements->front().blob;
  const auto index = reader.index(blob);
  if (!index) return std::unexpected(index.error());
  std::string header;
  if (const auto range = imap::header_needed(*index, url.section)) {
    auto read = reader.octets(blob, range->offset, range->length);
    if (!read) return std::unexpected(read.error());
    header = std::move(*read);
  }
  imap::SectionContent section = imap::resolve_section(*index, url.section, header);
  if (!section.exists) return names_nothing();
  if (url.partial) section = imap::apply_partial(std::move(section), *url.partial);
  return Content{blob, std::move(section)};
}

}  // namespace

asio::awaitable<Result<void>> append_url(ImapSession& session, std::string text,
                                         std::uint64_t limit, Spool& out) {
  const auto url = imap::parse_message_url(text);
  if (!url) co_return names_nothing();
  MailboxId selected;
  if (session.view() != nullptr) selected = session.view()->id();
  const Base base(session.account_id(), selected);
  auto find = [base, url = *url](storage::Reader& reader) {
    return find_content(reader, base, url);
  };
  const auto content = co_await read_store(session.store(), std::move(find));
  if (!content) co_return std::unexpected(content.error());
  if (content->section.size() > limit)
    co_return fail(ErrorKind::OverQuota, "the message is too large");
  for (const message::Range& range : content->section.ranges) {
    for (std::uint64_t done = 0; done < range.length;) {
      const std::uint64_t length = std::min(range.length - done, kPieceOctets);
      auto read = [blob = content->blob, offset = range.offset + done,
                   length](storage::Reader& reader) { return reader.octets(blob, offset, length); };
      const auto octets = co_await read_store(session.store(), std::move(read));
      if (!octets) co_return std::unexpected(octets.error());
      if (octets->size() != length) co_return fail(ErrorKind::Corrupt, "message cut short");
      out.add(*octets);
      const auto settled = co_await out.settle();
      if (!settled) co_return settled;
      done += length;
    }
  }
  out.add(content->section.tail);
  co_return Result<void>();
}

}  // namespace restante::session
