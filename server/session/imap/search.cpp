// SEARCH and UID SEARCH, also with RETURN (RFC 9051 s6.4.4, RFC 4731).
#include <memory>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/search_scanner.h"
#include "server/session/store_access.h"

namespace restante::session {

Executing execute(ImapSession& session, const imap::Command& command, const imap::Search& body) {
  const MailboxView& view = *session.view();
  if (body.charset_named && session.enabled().has(Extension::Utf8Accept)) {
    co_return session.bad(command.tag, "No CHARSET after ENABLE UTF8=ACCEPT");
  }
  if (imap::exceeds(body.program, view.size())) {
    co_return session.bad(command.tag, "No such message");
  }
  auto scanner = std::make_shared<SearchScanner>(view, body.program);
  while (!scanner->done()) {
    auto task = [scanner](storage::Reader& reader) -> Result<bool> {
      scanner->scan(reader);
      return true;
    };
    const auto scanned = co_await read_store(session.store(), std::move(task));
    if (!scanned) co_return session.refuse(command.tag, scanned.error());
  }
  if (scanner->error()) co_return session.refuse(command.tag, *scanner->error());
  std::vector<std::uint32_t> numbers = scanner->found();
  if (body.uid) {
    for (std::uint32_t& number : numbers) number = view.uid_at(number).value();
  }
  if (body.returns || session.enabled().rev2()) {
    imap::SearchReturn all;
    all.all = true;  // RFC 9051 s6.4.4: SEARCH without RETURN
    const imap::SearchReturn& returns = body.returns ? *body.returns : all;
    imap::append_esearch(session.out(), command.tag, body.uid, returns, numbers);
  } else {
    imap::append_search(session.out(), numbers);
  }
  const bool by_number = !body.uid || imap::uses_sequence_numbers(body.program);
  co_await session.complete(command, by_number ? Expunges::Withheld : Expunges::Permitted);
}

}  // namespace restante::session
