// A maildrop as one POP3 session sees it: the messages that stood in INBOX at login, what the
// client has marked as deleted, and the lock that keeps other sessions out (RFC 1939 s4-6).
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace restante::session {

class MaildropLocks;

// Holds one account's maildrop; gives it back when it ends.
class MaildropLock {
 public:
  MaildropLock() = default;
  MaildropLock(std::shared_ptr<MaildropLocks> locks, AccountId account)
      : locks_(std::move(locks)), account_(account) {}
  MaildropLock(MaildropLock&& other) noexcept = default;
  MaildropLock& operator=(MaildropLock&& other) noexcept;
  ~MaildropLock() { release(); }
  void release();
  explicit operator bool() const { return locks_ != nullptr; }

 private:
  std::shared_ptr<MaildropLocks> locks_;
  AccountId account_;
};

// Whose maildrop is open in this server. Thread-safe.
class MaildropLocks : public std::enable_shared_from_this<MaildropLocks> {
 public:
  // An empty lock where another session holds it.
  MaildropLock take(AccountId account);

 private:
  friend class MaildropLock;
  void give_back(AccountId account);
  std::mutex mutex_;
  std::unordered_set<AccountId> held_;
};

struct MaildropMessage {
  Uid uid;
  MessageNumber number;
  BlobId blob;
  std::uint64_t size_octets = 0;
  bool deleted = false;
  bool copy = false;  // the same message stands in the mailbox before it
};

// A value that belongs to one session.
class Maildrop {
 public:
  // messages: ascending by uid.
  Maildrop(const storage::Mailbox& inbox, std::vector<MaildropMessage> messages);

  MailboxId mailbox() const { return mailbox_; }
  // Of all messages, marked ones included.
  std::uint32_t size() const { return static_cast<std::uint32_t>(messages_.size()); }
  // Of those that are not marked.
  std::uint32_t count() const { return count_; }
  std::uint64_t octets() const { return octets_; }
  // number: 1 to size(); null where there is none or it is marked.
  const MaildropMessage* find(std::uint32_t number) const;
  // The same for every session, and kept when a message is moved away and back (RFC 1939 s7): its
  // permanent number with the UIDVALIDITY of INBOX. number must be one that find() finds.
  std::string unique_id(std::uint32_t number) const;

  void mark(std::uint32_t number);  // one that find() finds
  void unmark_all();
  storage::UidSet marked() const;

 private:
  MailboxId mailbox_;
  UidValidity uid_validity_;
  std::vector<MaildropMessage> messages_;
  std::uint32_t count_ = 0;
  std::uint64_t octets_ = 0;
};

// Reads the messages of INBOX as they are now, in short reads. Errors: those of the store.
asio::awaitable<Result<Maildrop>> open_maildrop(storage::Store& store, AccountId account);

}  // namespace restante::session
