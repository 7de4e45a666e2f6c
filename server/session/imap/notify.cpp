// NOTIFY, and telling events at any time (RFC 5465).
#include <algorithm>
#include <map>
#include <memory>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"
#include "server/session/imap/fetching.h"
#include "server/session/store_access.h"

namespace restante::session {
namespace {

// RFC 5465 s3.1: all that is known, where something else was asked for.
constexpr std::string_view kBadEvent =
    "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)";

asio::awaitable<Result<NotifySnapshot>> read_snapshot(ImapSession& session) {
  const MailboxId selected = session.view() == nullptr ? MailboxId() : session.view()->id();
  auto task = [account = session.account_id(), selected](storage::Reader& reader) {
    return read_notify_snapshot(reader, account, selected);
  };
  return read_store(session.store(), std::move(task));
}

void add_missing(std::vector<imap::FetchItem>& items, const std::vector<imap::FetchItem>& more) {
  for (const imap::FetchItem& item : more) {
    if (std::ranges::find(items, item) == items.end()) items.push_back(item);
  }
}

bool contains(const std::vector<storage::UidRange>& ranges, Uid uid) {
  return std::ranges::any_of(ranges, [uid](const storage::UidRange& range) {
    return range.first <= uid && uid <= range.last;
  });
}

}  // namespace

void ImapSession::set_notify(std::unique_ptr<NotifyState> notify) {
  notify_ = std::move(notify);
  watch_->set_wants_all(notify_ && notify_->watches_others());
}

void ImapSession::created_here(MailboxId mailbox, Uid first, Uid last) {
  const bool told_of = notify_ || !contexts_.empty();
  if (!told_of || !view_ || view_->id() != mailbox) return;
  created_.push_back(storage::UidRange{first, last});
}

// Commands that must tell what they did to messages, whatever else is told; and names that this
// session changes itself.
void ImapSession::note_own(const imap::Command& command) {
  changes_messages_ = std::holds_alternative<imap::Expunge>(command.body) ||
                      std::holds_alternative<imap::Move>(command.body);
  const auto add = [&](const auto& body) {
    using Body = std::decay_t<decltype(body)>;
    if constexpr (std::is_same_v<Body, imap::Create> || std::is_same_v<Body, imap::Delete> ||
                  std::is_same_v<Body, imap::Subscribe> ||
                  std::is_same_v<Body, imap::Unsubscribe>) {
      notify_->add_own(body.mailbox);
    } else if constexpr (std::is_same_v<Body, imap::Rename>) {
      notify_->add_own(body.from);
      notify_->add_own(body.to);
    }
  };
  std::visit(add, command.body);
}

// FETCH of new messages that others made, each once with all that NOTIFY and contexts ask for
// (s5.2, s7).
asio::awaitable<void> ImapSession::tell_new_messages(Uid last_told) {
  const auto created = std::exchange(created_, {});
  const imap::NotifyGroup* wanted = notify_ ? notify_->selected() : nullptr;
  // Which askers, as bits, want which messages.
  std::map<unsigned, std::vector<std::uint32_t>> wishes;
  const std::vector<SearchContext>& contexts = contexts_.all();
  for (std::uint32_t number = view_->size(); number > 0; --number) {
    const Uid uid = view_->uid_at(number);
    if (!(last_told < uid)) break;
    unsigned askers = wanted != nullptr && !wanted->items.empty() ? 1U : 0U;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const bool joined = std::ranges::binary_search(contexts[i].told, uid.value());
      if (joined && !contexts[i].items.empty()) askers |= 2U << i;
    }
    if (askers != 0 && !contains(created, uid)) wishes[askers].push_back(number);
  }
  for (auto& [askers, numbers] : wishes) {
    std::vector<imap::FetchItem> items;
    if ((askers & 1U) != 0) items = wanted->items;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      if ((askers & (2U << i)) != 0) add_missing(items, contexts[i].items);
    }
    std::ranges::reverse(numbers);
    const FetchOptions options;
    const auto answer =
        co_await send_messages(*this, std::move(items), imap::ranges_of(numbers), options);
    if (ended_) co_return;
  }
}

asio::awaitable<bool> ImapSession::tell_events(Expunges expunges) {
  const bool going_on = co_await sync(expunges);
  if (!going_on) co_return false;
  if (!notify_ || !watch_->take_any_changed()) co_return true;
  const auto now = co_await read_snapshot(*this);
  if (!now) co_return true;  // looked at again with the next change
  NotifyStyle style;
  style.utf8 = enabled_.utf8();
  if (!notify_->compare(*now, style, out_)) {
    imap::append_status(out_, "", imap::Condition::Ok, "NOTIFICATIONOVERFLOW",
                        "Too many mailboxes to watch");
    set_notify(std::make_unique<NotifyState>(imap::Notify()));
  }
  co_return co_await flush_if_large();
}

asio::awaitable<bool> ImapSession::wait_at_prompt() {
  connection_->set_deadline(services_.settings.limits.idle_timeout);
  changes_messages_ = false;
  if (connection_->has_buffered_input()) co_return true;
  watch_->set_waiting(true);
  const Expunges expunges = notify_->delays_expunges() ? Expunges::Withheld : Expunges::Permitted;
  for (;;) {
    const bool told = co_await tell_events(expunges);
    if (!told) co_return false;
    const bool flushed = co_await flush();
    if (!flushed) co_return false;
    const auto reason = co_await wait();
    if (!reason) co_return false;
    if (*reason == net::WakeReason::Input) break;
    const bool exists = co_await check_account();
    if (!exists) co_return false;
  }
  watch_->set_waiting(false);
  co_return true;
}

Executing execute(ImapSession& session, const imap::Command& command, const imap::Notify& body) {
  if (body.unsupported_event) {
    co_return session.refuse(command.tag, kBadEvent, "No such event is known here");
  }
  // RFC 5465 s3.1: SET tells what has accumulated.
  if (!body.groups.empty()) {
    const bool going_on = co_await session.sync(Expunges::Permitted);
    if (!going_on) co_return;
  }
  auto state = std::make_unique<NotifyState>(body);
  if (state->watches_others()) {
    session.watch().set_wants_all(true);  // before the state is read
    const auto now = co_await read_snapshot(session);
    if (!now) co_return session.refuse(command.tag, now.error());
    NotifyStyle style;
    style.utf8 = session.enabled().utf8();
    std::string told;
    if (!state->begin(*now, style, told)) {
      co_return session.refuse(command.tag, "NOTIFICATIONOVERFLOW", "Too many mailboxes to watch");
    }
    session.out() += told;
  }
  session.set_notify(std::move(state));
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
