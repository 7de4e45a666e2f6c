// SEARCH and UID SEARCH, also with RETURN (RFC 9051 s6.4.4, RFC 4731, RFC 5182, RFC 9394).
#include <memory>

#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/search_scanner.h"
#include "server/session/imap/searching.h"
#include "server/session/store_access.h"

namespace restante::session {

asio::awaitable<Result<ScoredMessages>> find_scored_messages(ImapSession& session,
                                                             const MailboxView& view,
                                                             const imap::SearchProgram& program,
                                                             bool scored) {
  auto scanner = std::make_shared<SearchScanner>(view, program, scored);
  while (!scanner->done()) {
    auto task = [scanner](storage::Reader& reader) -> Result<bool> {
      scanner->scan(reader);
      return true;
    };
    const auto scanned = co_await read_store(session.store(), std::move(task));
    if (!scanned) co_return std::unexpected(scanned.error());
    const bool going_on = co_await session.tell_progress(scanner->looked_at());
    if (!going_on) break;
  }
  if (scanner->error()) co_return std::unexpected(*scanner->error());
  ScoredMessages found;
  found.numbers = scanner->found();
  found.scores = scanner->scores();
  found.highest_modseq = scanner->highest_modseq();
  found.first_modseq = scanner->first_modseq();
  found.last_modseq = scanner->last_modseq();
  co_return found;
}

asio::awaitable<Result<std::vector<std::uint32_t>>> find_messages(
    ImapSession& session, const MailboxView& view, const imap::SearchProgram& program) {
  auto found = co_await find_scored_messages(session, view, program, false);
  if (!found) co_return std::unexpected(found.error());
  co_return std::move(found->numbers);
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Search& body) {
  MailboxView& view = *session.view();
  if (body.charset_named && session.enabled().has(Extension::Utf8Accept)) {
    co_return session.bad(command.tag, "No CHARSET after ENABLE UTF8=ACCEPT");
  }
  if (body.returns && body.returns->update && session.contexts().has(command.tag)) {
    co_return session.bad(command.tag, "The tag is that of a context");  // RFC 5267 s4.3
  }
  if (imap::uses_modseq(body.program)) session.enable(Extension::CondStore);
  imap::SearchReturn returns;
  returns.all = true;  // RFC 9051 s6.4.4: SEARCH without RETURN
  if (body.returns) returns = *body.returns;
  auto found = co_await find_scored_messages(session, view, body.program, returns.relevancy);
  if (!found) {
    if (returns.save) view.save_result({});  // RFC 5182 s2.1
    co_return session.refuse(command.tag, found.error());
  }
  std::vector<std::uint32_t>& numbers = found->numbers;
  const ModSeq modseq = found->answered_modseq(body.program, returns);
  if (returns.save) view.save_result(imap::ranges_of(imap::saved_of(numbers, returns)));
  if (returns.update) {
    SearchContext context(command.tag, body.uid, frozen(body.program, view), returns.update_items);
    context.uids = uid_ranges(view, imap::ranges_of(numbers));
    keep_context(session, std::move(context));
  }
  if (body.uid) {
    for (std::uint32_t& number : numbers) number = view.uid_at(number).value();
  }
  if (!body.returns && !session.enabled().rev2()) {
    imap::append_search(session.out(), numbers, modseq.value());
  } else if (returns.answers()) {
    imap::append_esearch(session.out(), command.tag, body.uid, returns, numbers, found->scores,
                         modseq.value());
  }
  // Whoever has seen a modseq must be told all that it came with.
  if (modseq > view.modseq()) session.watch().mark_mailbox_changed();
  co_await session.complete(command, expunges_after(body));
}

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::CancelUpdate& body) {
  for (const std::string& tag : body.tags) session.contexts().remove(tag);
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
