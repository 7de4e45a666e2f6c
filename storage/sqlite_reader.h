// Reader over one read-only connection. Used by one thread at a time.
#pragma once

#include <functional>

#include "storage/blob_holds.h"
#include "storage/flag_log.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace restante::storage {

class SqliteReader : public Reader {
 public:
  // flag_log: of the same store; without it changes are looked for in the tables.
  SqliteReader(const std::string& path, std::shared_ptr<BlobHolds> holds,
               const FlagLog* flag_log = nullptr);

  // Runs task in one read transaction.
  void run(const std::function<void(Reader&)>& task);

  Result<Account> find_account(std::string_view address) override;
  Result<Account> account(AccountId id) override;
  Result<std::vector<Account>> list_accounts() override;
  Result<std::vector<Mailbox>> list_mailboxes(AccountId account) override;
  Result<std::vector<std::string>> list_subscriptions(AccountId account) override;
  Result<Mailbox> find_mailbox(AccountId account, std::string_view name) override;
  Result<Mailbox> mailbox(MailboxId id) override;
  Result<std::vector<Placement>> placements(MailboxId mailbox, const UidSet& uids) override;
  Result<std::vector<Uid>> uids(MailboxId mailbox) override;
  Result<Uid> first_unseen(MailboxId mailbox, std::uint32_t unseen) override;
  Result<Changes> changes_since(MailboxId mailbox, ModSeq modseq,
                                const std::vector<ModSeq>& known) override;
  Result<std::vector<std::string>> keywords(MailboxId mailbox) override;
  Result<std::vector<Location>> locate(AccountId account, MessageNumber number) override;
  Result<Rights> rights(AccountId actor, MailboxId mailbox) override;
  Result<std::vector<SharedMailbox>> list_shared(AccountId actor) override;
  Result<std::vector<AclEntry>> acl(MailboxId mailbox) override;
  Result<AnnotationValues> annotations(const AnnotationQuery& query) override;
  Result<std::uint64_t> deleted_octets(MailboxId mailbox) override;
  Result<TextCandidates> find_text(AccountId account, TextField field,
                                   std::string_view needle) override;
  Result<TextCandidates> find_similar_text(AccountId account, TextField field,
                                           std::string_view needle) override;
  Result<std::vector<Uid>> uids_of(MailboxId mailbox, const std::vector<MessageNumber>& numbers,
                                   MessageNumber above) override;
  Result<void> scan(MailboxId mailbox, UidRange uids,
                    const std::function<bool(const PlacementRow&)>& visit) override;
  Result<std::uint64_t> keyword_bit(MailboxId mailbox, std::string_view keyword) override;
  Result<std::vector<ThreadId>> threads(AccountId account,
                                        std::span<const MessageNumber> numbers) override;
  Result<ThreadId> thread(AccountId account, ThreadId name) override;
  Result<void> digests(std::span<const BlobId> blobs, const DigestVisitor& visit) override;
  Result<message::Index> index(BlobId blob) override;
  Result<message::Index> structure(BlobId blob) override;
  Result<void> append_octets(BlobId blob, std::uint64_t offset, std::uint64_t length,
                             std::string& out) override;

  sqlite::Connection& db() { return db_; }

  std::shared_ptr<const void> hold(BlobId blob) override { return holds_->hold(blob); }

 private:
  Result<message::Index> stored_index(BlobId blob,
                                      Result<message::Index> (*decode)(std::string_view));
  Result<void> append_range(BlobId blob, std::uint64_t offset, std::uint64_t length,
                            std::string& out);

  std::shared_ptr<BlobHolds> holds_;
  sqlite::Connection db_;
  const FlagLog* flag_log_;
};

}  // namespace restante::storage
