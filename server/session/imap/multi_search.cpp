// ESEARCH: one search in many mailboxes, one after the other, so that memory is that of the largest
// (RFC 7377).
#include <algorithm>
#include <memory>
#include <set>

#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/mailbox_filter.h"
#include "server/session/imap/searching.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using Kind = imap::MailboxFilter::Kind;

// A mailbox to be searched.
struct Source {
  MailboxId id;
  std::string name;
  UidValidity uid_validity;
};
using Sources = std::vector<Source>;

class SourceList {
 public:
  void add(MailboxAccess found) {
    if (!found.rights.has_all(storage::Right::Read)) return;
    const storage::Mailbox& mailbox = found.mailbox;
    if (!known_.insert(mailbox.id).second) return;
    sources_.push_back(Source{mailbox.id, std::move(found.name), mailbox.uid_validity});
  }
  Sources take() { return std::move(sources_); }

 private:
  std::set<MailboxId> known_;
  Sources sources_;
};

// RFC 7377 s2.2: each once; those that may not be read are passed over without a word.
Result<Sources> find_sources(storage::Reader& reader, AccountId account, MailboxId selected,
                             const std::vector<imap::MailboxFilter>& filters) {
  const auto context = read_filter_context(reader, account, selected);
  if (!context) return std::unexpected(context.error());
  auto visible = visible_mailboxes(reader, account);
  if (!visible) return std::unexpected(visible.error());
  SourceList sources;
  for (MailboxAccess& mailbox : *visible) {
    const auto means = [&](const imap::MailboxFilter& filter) {
      return matches(filter, mailbox, *context);
    };
    if (std::ranges::any_of(filters, means)) sources.add(std::move(mailbox));
  }
  for (const imap::MailboxFilter& filter : filters) {
    if (filter.kind != Kind::Mailboxes) continue;
    for (const std::string& name : filter.names) {
      auto named = find_mailbox(reader, account, name, storage::Right::Read);
      if (named) sources.add(std::move(*named));
    }
  }
  return sources.take();
}

using ViewPtr = std::shared_ptr<MailboxView>;

// A mailbox as it is now.
Result<ViewPtr> read_view(storage::Reader& reader, MailboxId id, AccountId account) {
  const auto mailbox = reader.mailbox(id);
  if (!mailbox) return std::unexpected(mailbox.error());
  const auto uids = reader.uids(id);
  if (!uids) return std::unexpected(uids.error());
  auto view =
      std::make_shared<MailboxView>(*mailbox, std::vector<std::string>(), UidSequence(*uids), true);
  if (mailbox->account != account) view->set_foreign(mailbox->account);
  if (mailbox->first_recent < mailbox->uid_next) {
    view->add_recent(mailbox->first_recent, Uid(mailbox->uid_next.value() - 1));
  }
  return view;
}

// Uids of what matches in one mailbox; the selected one is searched as the client knows it.
asio::awaitable<Result<ScoredMessages>> search_mailbox(ImapSession& session, MailboxId id,
                                                       const imap::Search& search) {
  ViewPtr other;
  if (session.view() == nullptr || session.view()->id() != id) {
    auto task = [id, account = session.account_id()](storage::Reader& reader) {
      return read_view(reader, id, account);
    };
    auto read = co_await read_store(session.store(), std::move(task));
    if (!read) co_return std::unexpected(read.error());
    other = *read;
  }
  const MailboxView& view = other ? *other : *session.view();
  auto found =
      co_await find_scored_messages(session, view, search.program, search.returns->relevancy);
  if (found) {
    for (std::uint32_t& number : found->numbers) number = view.uid_at(number).value();
  }
  co_return found;
}

bool is_selected_only(const std::vector<imap::MailboxFilter>& filters) {
  return std::ranges::all_of(filters, [](const auto& f) { return f.kind == Kind::Selected; });
}

// Why the command is BAD; empty: it is not (RFC 7377 s2.2).
std::string_view objection(ImapSession& session, const std::vector<imap::MailboxFilter>& filters,
                           const imap::SearchReturn& returns) {
  const bool selected =
      std::ranges::any_of(filters, [](const auto& f) { return f.kind == Kind::Selected; });
  if (selected && session.view() == nullptr) return "No mailbox is selected";
  if (returns.update && session.view() == nullptr) return "UPDATE needs a selected mailbox";
  if (returns.save && !is_selected_only(filters)) return "SAVE is for the selected mailbox only";
  return {};
}

void save(MailboxView& view, const std::vector<std::uint32_t>& uids,
          const imap::SearchReturn& returns) {
  const imap::SequenceSet set(imap::ranges_of(imap::saved_of(uids, returns)));
  view.save_result(view.positions(set, true));
}

// RFC 7377 s2.2: updates are of the selected mailbox only.
void update(ImapSession& session, const imap::Command& command, const Source& source,
            const imap::Search& search, const std::vector<std::uint32_t>& uids) {
  SearchContext context(command.tag, true, frozen(search.program, *session.view()),
                        search.returns->update_items);
  context.mailbox = source.name;
  context.uid_validity = source.uid_validity;
  context.uids = imap::ranges_of(uids);
  keep_context(session, std::move(context));
}

// Searches the sources and answers for those with matches.
asio::awaitable<Result<void>> search_sources(ImapSession& session, const imap::Command& command,
                                             const Sources& sources, const imap::Search& search) {
  for (const Source& source : sources) {
    const auto found = co_await search_mailbox(session, source.id, search);
    if (!found && found.error().kind() == ErrorKind::NotFound) continue;  // deleted meanwhile
    if (!found) co_return std::unexpected(found.error());
    const std::vector<std::uint32_t>& uids = found->numbers;
    if (search.returns->save) save(*session.view(), uids, *search.returns);
    if (search.returns->update && session.view()->id() == source.id) {
      update(session, command, source, search, uids);
    }
    if (uids.empty() || !search.returns->answers()) continue;
    const imap::SearchedMailbox mailbox{source.name, source.uid_validity.value(),
                                        session.enabled().utf8()};
    imap::append_esearch(session.out(), command.tag, mailbox, *search.returns, uids, found->scores,
                         found->answered_modseq(search.program, *search.returns).value());
    const bool going_on = co_await session.flush_if_large();
    if (!going_on) break;
  }
  co_return Result<void>();
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command,
                  const imap::MultiSearch& body) {
  const imap::Search& search = body.search;
  if (search.charset_named && session.enabled().has(Extension::Utf8Accept)) {
    co_return session.bad(command.tag, "No CHARSET after ENABLE UTF8=ACCEPT");
  }
  if (imap::uses_modseq(search.program)) session.enable(Extension::CondStore);
  std::vector<imap::MailboxFilter> filters = body.sources;
  if (filters.empty()) filters.emplace_back();  // the selected one
  const std::string_view objected = objection(session, filters, *search.returns);
  if (!objected.empty()) co_return session.bad(command.tag, objected);
  if (search.returns->update && session.contexts().has(command.tag)) {
    co_return session.bad(command.tag, "The tag is that of a context");  // RFC 5267 s4.3
  }
  const MailboxId selected = session.view() == nullptr ? MailboxId() : session.view()->id();
  auto find = [account = session.account_id(), selected, filters](storage::Reader& reader) {
    return find_sources(reader, account, selected, filters);
  };
  auto searched = Result<void>();
  const auto sources = co_await read_store(session.store(), std::move(find));
  if (!sources) searched = std::unexpected(sources.error());
  if (sources) searched = co_await search_sources(session, command, *sources, search);
  if (session.ended()) co_return;
  if (!searched) {
    if (search.returns->save) session.view()->save_result({});  // RFC 5182 s2.1
    co_return session.refuse(command.tag, searched.error());
  }
  const bool by_number = imap::uses_sequence_numbers(search.program);
  co_await session.complete(command, by_number ? Expunges::Withheld : Expunges::Permitted);
}

}  // namespace restante::session
