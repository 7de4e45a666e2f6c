// SORT and UID SORT, also with RETURN (RFC 5256, RFC 5267 s3, RFC 5957).
#include <algorithm>
#include <memory>

#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/digest_scanner.h"
#include "server/session/imap/searching.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

// Reads first, then orders, a step in each slice.
class SortScanner {
 public:
  SortScanner(const MailboxView& view, const ScoredMessages& found,
              const std::vector<imap::SortCriterion>& criteria)
      : found_(found),
        sorter_(criteria),
        scanner_(view, found_.numbers, imap::needs_digest(criteria),
                 [this](std::uint32_t number, const storage::PlacementRow& row,
                        const message::Digest* digest) {
                   sorter_.add(number, row.internal_date, row.size_octets, digest,
                               found_.score_of(number));
                 }) {}
  SortScanner(const SortScanner&) = delete;
  SortScanner& operator=(const SortScanner&) = delete;

  void scan(storage::Reader& reader) {
    if (scanner_.done())
      done_ = scanner_.error() || !sorter_.step();
    else
      scanner_.scan(reader);
  }
  bool done() const { return done_; }
  const std::optional<Error>& error() const { return scanner_.error(); }
  std::vector<std::uint32_t> take() { return sorter_.take(); }

 private:
  const ScoredMessages found_;
  imap::Sorter sorter_;
  DigestScanner scanner_;
  bool done_ = false;
};

}  // namespace

asio::awaitable<Result<std::vector<std::uint32_t>>> sort_messages(
    ImapSession& session, const MailboxView& view, ScoredMessages found,
    const std::vector<imap::SortCriterion>& criteria) {
  auto scanner = std::make_shared<SortScanner>(view, found, criteria);
  while (!scanner->done()) {
    auto task = [scanner](storage::Reader& reader) -> Result<bool> {
      scanner->scan(reader);
      return true;
    };
    const auto scanned = co_await read_store(session.store(), std::move(task));
    if (!scanned) co_return std::unexpected(scanned.error());
    const bool going_on = co_await session.tell_progress(found.numbers.size());
    if (!going_on) break;
  }
  if (scanner->error()) co_return std::unexpected(*scanner->error());
  co_return scanner->take();
}

namespace {

// CONTEXT=SORT (RFC 5267 s4.3). numbers: in the order of SORT.
void keep_sorted(ImapSession& session, const imap::Command& command, const imap::Sort& body,
                 const std::vector<std::uint32_t>& numbers) {
  const MailboxView& view = *session.view();
  SearchContext context(command.tag, body.search.uid, frozen(body.search.program, view),
                        body.search.returns->update_items);
  context.criteria = body.criteria;
  std::vector<std::uint32_t> ascending = numbers;
  std::ranges::sort(ascending);
  context.uids = uid_ranges(view, imap::ranges_of(ascending));
  for (const std::uint32_t number : numbers) context.order.push_back(view.uid_at(number).value());
  keep_context(session, std::move(context));
}

bool sorts_by_score(const std::vector<imap::SortCriterion>& criteria) {
  return std::ranges::find(criteria, imap::SortKey::Relevancy, &imap::SortCriterion::key) !=
         criteria.end();
}

}  // namespace

Executing execute(ImapSession& session, const imap::Command& command, const imap::Sort& body) {
  MailboxView& view = *session.view();
  if (body.search.returns && body.search.returns->update && session.contexts().has(command.tag)) {
    co_return session.bad(command.tag, "The tag is that of a context");  // RFC 5267 s4.3
  }
  imap::SearchReturn returns;
  if (body.search.returns) returns = *body.search.returns;
  const bool names_modseq = imap::uses_modseq(body.search.program);
  if (names_modseq) session.enable(Extension::CondStore);
  Result<std::vector<std::uint32_t>> found = std::vector<std::uint32_t>();
  ModSeq modseq;  // RFC 7162 s3.1.9
  const bool by_score = sorts_by_score(body.criteria);
  const bool scored = returns.relevancy || by_score;
  const auto matching = co_await find_scored_messages(session, view, body.search.program, scored);
  if (matching) {
    found = co_await sort_messages(session, view, *matching, body.criteria);
    if (names_modseq) modseq = matching->highest_modseq;
  } else {
    found = std::unexpected(matching.error());
  }
  if (!found) {
    if (returns.save) view.save_result({});  // RFC 5182 s2.1
    co_return session.refuse(command.tag, found.error());
  }
  std::vector<std::uint32_t>& numbers = *found;
  if (returns.update && by_score) {
    refuse_context(session, command.tag, "Scores are not kept up to date");
  } else if (returns.update) {
    keep_sorted(session, command, body, numbers);
  }
  if (returns.save) view.save_result(imap::ranges_of(imap::saved_of(numbers, returns)));
  std::vector<unsigned> scores;
  if (returns.relevancy) {
    for (const std::uint32_t number : numbers) scores.push_back(matching->score_of(number));
  }
  if (body.search.uid) {
    for (std::uint32_t& number : numbers) number = view.uid_at(number).value();
  }
  if (!body.search.returns) {
    imap::append_sort(session.out(), numbers, modseq.value());
  } else if (returns.answers()) {
    imap::append_esearch(session.out(), command.tag, body.search.uid, returns, numbers, scores,
                         modseq.value());
  }
  // Whoever has seen a modseq must be told all that it came with.
  if (modseq > view.modseq()) session.watch().mark_mailbox_changed();
  co_await session.complete(command, expunges_after(body.search));
}

}  // namespace restante::session
