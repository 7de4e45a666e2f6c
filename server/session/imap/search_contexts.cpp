#include "server/session/imap/search_contexts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mail/imap/writer.h"
#include "server/session/imap/searching.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

using Uids = std::vector<std::uint32_t>;

imap::SearchedBy searched_by(const SearchContext& context, bool utf8) {
  imap::SearchedBy search{context.tag, context.uid, std::nullopt};
  if (!context.mailbox.empty()) {
    search.mailbox = imap::SearchedMailbox{context.mailbox, context.uid_validity.value(), utf8};
  }
  return search;
}

// Those of the ascending uids that are in the context's result.
Uids within(const SearchContext& context, const Uids& uids) {
  Uids inside;
  std::ranges::copy_if(uids, std::back_inserter(inside),
                       [&](std::uint32_t uid) { return imap::contains(context.uids, uid); });
  return inside;
}

Uids difference(const Uids& of, const Uids& taken) {
  Uids left;
  std::ranges::set_difference(of, taken, std::back_inserter(left));
  return left;
}

// Messages of the view that changed, and uids that are gone, both ascending.
struct Changed {
  Uids here;
  Uids gone;
};

Uids numbers_of(const storage::UidSet& set) {
  Uids numbers;
  for (const storage::UidRange& range : set) {
    for (Uid uid = range.first; uid <= range.last; uid = Uid(uid.value() + 1)) {
      numbers.push_back(uid.value());
    }
  }
  return numbers;
}

Changed changed_in(const MailboxView& view, const storage::Changes& changes) {
  return Changed{numbers_of(view.uids().among(changes.changed)),
                 numbers_of(view.uids().among(changes.expunged))};
}

// Where messages join or leave a sorted result: the place in it, from 1, and the uids that follow
// each other there.
struct Run {
  std::uint32_t position = 0;  // 0: the order is the mailbox's
  Uids uids;
};

// uids: ascending. Each run stands where it is once those before it have left.
std::vector<Run> runs_leaving(const Uids& order, const Uids& uids) {
  std::vector<Run> runs;
  std::uint32_t position = 1;
  for (const std::uint32_t uid : order) {
    if (!std::ranges::binary_search(uids, uid)) {
      ++position;
      continue;
    }
    if (runs.empty() || runs.back().position != position) runs.push_back(Run{position, {}});
    runs.back().uids.push_back(uid);
  }
  return runs;
}

// uids: ascending. Each run stands where it is once those before it have joined.
std::vector<Run> runs_joining(const Uids& order, const Uids& uids) {
  std::vector<Run> runs;
  std::uint32_t position = 0;
  for (const std::uint32_t uid : order) {
    ++position;
    if (!std::ranges::binary_search(uids, uid)) continue;
    const bool follows =
        !runs.empty() && runs.back().position + runs.back().uids.size() == position;
    if (!follows) runs.push_back(Run{position, {}});
    runs.back().uids.push_back(uid);
  }
  return runs;
}

struct Teller {
  std::string& out;
  const MailboxView& view;
  bool utf8;

  void tell(const SearchContext& context, imap::ContextChange change, Run run) const {
    if (!context.uid) {
      for (std::uint32_t& number : run.uids) number = view.sequence_number(Uid(number));
      std::erase(run.uids, 0U);  // gone since, which the client has been told
    }
    if (run.uids.empty()) return;
    imap::append_context_change(out, searched_by(context, utf8), change, run.position, run.uids);
  }

  void leave(SearchContext& context, const Uids& uids) const {
    if (context.criteria.empty()) {
      return tell(context, imap::ContextChange::RemoveFrom, Run{0, uids});
    }
    for (Run& run : runs_leaving(context.order, uids)) {
      tell(context, imap::ContextChange::RemoveFrom, std::move(run));
    }
    std::erase_if(context.order,
                  [&](std::uint32_t uid) { return std::ranges::binary_search(uids, uid); });
  }

  void join(SearchContext& context, const Uids& uids) const {
    if (context.criteria.empty()) {
      return tell(context, imap::ContextChange::AddTo, Run{0, uids});
    }
    if (uids.empty()) return;
    context.order = std::exchange(context.next_order, {});
    for (Run& run : runs_joining(context.order, uids)) {
      tell(context, imap::ContextChange::AddTo, std::move(run));
    }
  }
};

constexpr std::size_t kProbed = 16;

asio::awaitable<Result<Uids>> sort_uids(ImapSession& session, const SearchContext& context,
                                        Uids numbers) {
  ScoredMessages found;
  found.numbers = std::move(numbers);
  auto sorted =
      co_await sort_messages(session, *session.view(), std::move(found), context.criteria);
  if (sorted) {
    for (std::uint32_t& number : *sorted) number = session.view()->uid_at(number).value();
  }
  co_return sorted;
}

// Where one message belongs among others in order: some of them are read and compared with it.
asio::awaitable<Result<std::size_t>> place_of(ImapSession& session, const SearchContext& context,
                                              const Uids& order, std::uint32_t uid) {
  std::size_t low = 0;
  std::size_t high = order.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    Uids pair{session.view()->sequence_number(Uid(uid)),
              session.view()->sequence_number(Uid(order[middle]))};
    std::ranges::sort(pair);
    const auto sorted = co_await sort_uids(session, context, std::move(pair));
    if (!sorted) co_return std::unexpected(sorted.error());
    if (sorted->size() < 2) co_return fail(ErrorKind::NotFound, "gone meanwhile");
    if (sorted->front() == uid) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  co_return low;
}

// The order of a sorted context once what is to be told has been told. Few new messages are put in
// their places; for many all is sorted anew.
asio::awaitable<Result<Uids>> order_next(ImapSession& session, const SearchContext& context) {
  Uids order = context.order;
  std::erase_if(order,
                [&](std::uint32_t uid) { return std::ranges::binary_search(context.left, uid); });
  bool placed = context.joined.size() <= kProbed;
  for (std::size_t i = 0; placed && i < context.joined.size(); ++i) {
    const auto place = co_await place_of(session, context, order, context.joined[i]);
    placed = place.has_value();
    if (placed)
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(*place), context.joined[i]);
  }
  if (placed) co_return order;
  Uids numbers;
  const imap::SequenceSet set(context.uids);
  for (const imap::SequenceRange& range : session.view()->positions(set, true)) {
    for (std::uint32_t number = range.first; number <= range.last; ++number) {
      numbers.push_back(number);
    }
  }
  const std::size_t expected = numbers.size();
  auto sorted = co_await sort_uids(session, context, std::move(numbers));
  if (sorted && sorted->size() < expected) co_return fail(ErrorKind::NotFound, "gone meanwhile");
  co_return sorted;
}

}  // namespace

bool SearchContexts::has(std::string_view tag) const {
  return std::ranges::find(contexts_, tag, &SearchContext::tag) != contexts_.end();
}

void SearchContexts::remove(std::string_view tag) {
  std::erase_if(contexts_, [tag](const SearchContext& context) { return context.tag == tag; });
}

bool SearchContexts::add(SearchContext context, ModSeq now) {
  if (contexts_.size() == kMost) return false;
  if (contexts_.empty() || now < modseq_) modseq_ = now;
  contexts_.push_back(std::move(context));
  return true;
}

void keep_context(ImapSession& session, SearchContext context) {
  const std::string tag = context.tag;
  if (session.contexts().add(std::move(context), session.view()->modseq())) return;
  refuse_context(session, tag, "Too many contexts");
}

void refuse_context(ImapSession& session, std::string_view tag, std::string_view text) {
  const std::string code = fmt::format("NOUPDATE \"{}\"", tag);
  imap::append_status(session.out(), "", imap::Condition::No, code, text);
}

std::vector<imap::SequenceRange> uid_ranges(const MailboxView& view,
                                            const std::vector<imap::SequenceRange>& positions) {
  std::vector<imap::SequenceRange> uids;
  for (const storage::UidRange& range : view.uids_of(positions)) {
    uids.push_back(imap::SequenceRange{range.first.value(), range.last.value()});
  }
  return uids;
}

imap::SearchProgram frozen(imap::SearchProgram program, const MailboxView& view) {
  const imap::SequenceSet saved(view.saved_result());
  imap::replace_saved(program, view.positions(saved, true), view.saved_result());
  for (imap::SearchNode& node : program.nodes) {
    if (node.kind != imap::SearchKind::Sequence) continue;
    node.kind = imap::SearchKind::Uid;
    node.set = imap::SequenceSet(uid_ranges(view, view.positions(node.set, false)));
  }
  return program;
}

// What is gone is told at once, while the client still has numbers for it (RFC 5267 s4.3.4).
asio::awaitable<bool> ImapSession::update_contexts() {
  if (!(contexts_.modseq() < view_->modseq())) co_return true;
  const ModSeq now = view_->modseq();
  auto task = [id = view_->id(), since = contexts_.modseq()](storage::Reader& reader) {
    return reader.changes_since(id, since);
  };
  const auto changes = co_await read_store(services_.store, std::move(task));
  if (!changes) co_return true;  // looked at again with the next change
  const Changed changed = changed_in(*view_, *changes);
  const Teller teller{out_, *view_, enabled_.utf8()};
  bool complete = true;
  for (SearchContext& context : contexts_.all()) {
    const Uids gone = within(context, changed.gone);
    context.uids = imap::without(context.uids, gone);
    teller.leave(context, gone);
    if (changed.here.empty()) continue;
    const auto program = imap::within_uids(context.program, imap::ranges_of(changed.here));
    auto found = co_await find_messages(*this, *view_, program);
    if (!found) co_return true;
    for (std::uint32_t& number : *found) number = view_->uid_at(number).value();
    const Uids before = within(context, changed.here);
    context.joined = difference(*found, before);
    context.left = difference(before, *found);
    context.uids = imap::with(imap::without(context.uids, context.left), context.joined);
    if (context.criteria.empty() || context.joined.empty()) continue;
    auto order = co_await order_next(*this, context);
    if (!order) {  // told with the next change
      context.uids = imap::without(context.uids, std::exchange(context.joined, {}));
      complete = false;
      continue;
    }
    context.next_order = std::move(*order);
  }
  if (complete) contexts_.set_modseq(now);
  co_return !ended_;
}

asio::awaitable<void> ImapSession::tell_contexts() {
  const Teller teller{out_, *view_, enabled_.utf8()};
  for (SearchContext& context : contexts_.all()) {
    const Uids left = std::exchange(context.left, {});
    const Uids joined = std::exchange(context.joined, {});
    teller.leave(context, left);
    teller.join(context, joined);
    context.told = joined;
  }
  co_return;
}

}  // namespace restante::session
