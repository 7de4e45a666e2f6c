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

Changed changed_in(const MailboxView& view, const storage::Changes& changes) {
  Changed changed;
  for (const storage::Placement& placement : changes.changed) {
    if (view.sequence_number(placement.uid) != 0) changed.here.push_back(placement.uid.value());
  }
  for (const Uid uid : changes.expunged) changed.gone.push_back(uid.value());
  return changed;
}

void tell(std::string& out, const MailboxView& view, const SearchContext& context, bool utf8,
          imap::ContextChange change, Uids numbers) {
  if (!context.uid) {
    for (std::uint32_t& number : numbers) number = view.sequence_number(Uid(number));
    std::erase(numbers, 0U);  // gone since, which the client has been told
  }
  if (numbers.empty()) return;
  imap::append_context_change(out, searched_by(context, utf8), change, 0, numbers);
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
  const std::string code = fmt::format("NOUPDATE \"{}\"", context.tag);
  if (session.contexts().add(std::move(context), session.view()->modseq())) return;
  imap::append_status(session.out(), "", imap::Condition::No, code, "Too many contexts");
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
  for (SearchContext& context : contexts_.all()) {
    const Uids gone = within(context, changed.gone);
    context.uids = imap::without(context.uids, gone);
    tell(out_, *view_, context, enabled_.utf8(), imap::ContextChange::RemoveFrom, gone);
    if (changed.here.empty()) continue;
    const auto program = imap::within_uids(context.program, imap::ranges_of(changed.here));
    auto found = co_await find_messages(*this, *view_, program);
    if (!found) co_return true;
    for (std::uint32_t& number : *found) number = view_->uid_at(number).value();
    const Uids before = within(context, changed.here);
    context.joined = difference(*found, before);
    context.left = difference(before, *found);
    context.uids = imap::with(imap::without(context.uids, context.left), context.joined);
  }
  contexts_.set_modseq(now);
  co_return !ended_;
}

asio::awaitable<void> ImapSession::tell_contexts() {
  for (SearchContext& context : contexts_.all()) {
    const Uids left = std::exchange(context.left, {});
    const Uids joined = std::exchange(context.joined, {});
    tell(out_, *view_, context, enabled_.utf8(), imap::ContextChange::RemoveFrom, left);
    tell(out_, *view_, context, enabled_.utf8(), imap::ContextChange::AddTo, joined);
    context.told = joined;
  }
  co_return;
}

}  // namespace restante::session
