#include "server/session/pop3/maildrop.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/session/store_access.h"

namespace restante::session {
namespace {

constexpr std::size_t kMessagesARead = 5'000;

struct Inbox {
  storage::Mailbox mailbox;
  std::vector<Uid> uids;
};

Result<Inbox> read_inbox(storage::Reader& reader, AccountId account) {
  auto mailbox = reader.find_mailbox(account, "INBOX");
  if (!mailbox) return std::unexpected(mailbox.error());
  auto uids = reader.uids(mailbox->id);
  if (!uids) return std::unexpected(uids.error());
  return Inbox{std::move(*mailbox), std::move(*uids)};
}

// COPY can put a message into its own mailbox.
void find_copies(std::vector<MaildropMessage>& messages) {
  std::vector<std::uint32_t> order(messages.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return messages[i].number; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    messages[order[i]].copy = messages[order[i]].number == messages[order[i - 1]].number;
  }
}

}  // namespace

MaildropLock& MaildropLock::operator=(MaildropLock&& other) noexcept {
  if (this != &other) {
    release();
    locks_ = std::move(other.locks_);
    account_ = other.account_;
  }
  return *this;
}

void MaildropLock::release() {
  if (auto locks = std::move(locks_)) locks->give_back(account_);
}

MaildropLock MaildropLocks::take(AccountId account) {
  const std::lock_guard lock(mutex_);
  if (!held_.insert(account).second) return {};
  return MaildropLock(shared_from_this(), account);
}

void MaildropLocks::give_back(AccountId account) {
  const std::lock_guard lock(mutex_);
  held_.erase(account);
}

Maildrop::Maildrop(const storage::Mailbox& inbox, std::vector<MaildropMessage> messages)
    : mailbox_(inbox.id), uid_validity_(inbox.uid_validity), messages_(std::move(messages)) {
  find_copies(messages_);
  unmark_all();
}

const MaildropMessage* Maildrop::find(std::uint32_t number) const {
  if (number == 0 || number > size()) return nullptr;
  const MaildropMessage& message = messages_[number - 1];
  return message.deleted ? nullptr : &message;
}

std::string Maildrop::unique_id(std::uint32_t number) const {
  const MaildropMessage& message = messages_[number - 1];
  std::string id = fmt::format("M{}.{}", message.number.value(), uid_validity_.value());
  if (message.copy) id += fmt::format(".{}", message.uid.value());
  return id;
}

void Maildrop::mark(std::uint32_t number) {
  MaildropMessage& message = messages_[number - 1];
  message.deleted = true;
  --count_;
  octets_ -= message.size_octets;
}

void Maildrop::unmark_all() {
  count_ = size();
  octets_ = 0;
  for (MaildropMessage& message : messages_) {
    message.deleted = false;
    octets_ += message.size_octets;
  }
}

storage::UidSet Maildrop::marked() const {
  storage::UidSet uids;
  for (const MaildropMessage& message : messages_) {
    if (!message.deleted) continue;
    uids.push_back(storage::UidRange{message.uid, message.uid});
  }
  return uids;
}

asio::awaitable<Result<Maildrop>> open_maildrop(storage::Store& store, AccountId account) {
  auto begin = [account](storage::Reader& reader) { return read_inbox(reader, account); };
  const auto inbox = co_await read_store(store, std::move(begin));
  if (!inbox) co_return std::unexpected(inbox.error());
  const std::vector<Uid>& uids = inbox->uids;
  std::vector<MaildropMessage> messages;
  messages.reserve(uids.size());
  for (std::size_t at = 0; at < uids.size(); at += kMessagesARead) {
    const Uid last = uids[std::min(at + kMessagesARead, uids.size()) - 1];
    const storage::UidSet range{storage::UidRange{uids[at], last}};
    auto task = [id = inbox->mailbox.id, range](storage::Reader& reader) {
      return reader.placements(id, range);
    };
    const auto rows = co_await read_store(store, std::move(task));
    if (!rows) co_return std::unexpected(rows.error());
    for (const storage::Placement& row : *rows) {
      messages.push_back(MaildropMessage{row.uid, row.number, row.blob, row.size_octets});
    }
  }
  co_return Maildrop(inbox->mailbox, std::move(messages));
}

}  // namespace restante::session
