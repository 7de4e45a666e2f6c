// Store over one SQLite database: the composition of writer, readers, checkpoints and notices.
#pragma once

#include <memory>
#include <string>

#include "storage/checkpointer.h"
#include "storage/data_folder.h"
#include "storage/notices.h"
#include "storage/read_pool.h"
#include "storage/search_filler.h"
#include "storage/store.h"
#include "storage/writer.h"

namespace restante::storage {

class SqliteStore : public Store {
 public:
  // path: a database of the current schema. Throws sqlite::Failure.
  SqliteStore(const std::string& path, const StoreOptions& options, ServerLock lock);
  ~SqliteStore() override;

  Result<void> read(ReadTask task) override;
  void read_here(const std::function<void(Reader&)>& task) override;

  void deliver(Delivery delivery, Completion<DeliveryResult> done) override;
  void append(Append append, Completion<Delivered> done) override;
  void append_all(std::vector<Append> messages, std::optional<Replaced> replaced,
                  Completion<AppendResult> done) override;
  void store_flags(StoreFlags change, Completion<StoreFlagsResult> done) override;
  void copy(Copy job, Completion<CopyResult> done) override;
  void move(Copy job, Completion<CopyResult> done) override;
  void expunge(Expunge job, Completion<ExpungeResult> done) override;
  void set_acl(SetAcl change, Completion<void> done) override;
  void set_annotations(SetAnnotations change, Completion<ChangedAccounts> done) override;
  void set_quota(AccountId account, std::uint64_t octets, std::uint64_t messages,
                 Completion<void> done) override;
  void create_mailbox(AccountId account, std::string name, SpecialUse use,
                      Completion<Mailbox> done) override;
  void rename_mailbox(AccountId account, std::string from, std::string to,
                      Completion<void> done) override;
  void delete_mailbox(AccountId account, std::string name, Completion<void> done) override;
  void subscribe(AccountId account, std::string name, bool subscribed,
                 Completion<void> done) override;
  void claim_recent(MailboxId mailbox, Completion<Uid> done) override;
  void create_account(std::string address, Credential credential, std::uint64_t quota_octets,
                      Completion<Account> done) override;
  void set_credential(AccountId account, Credential credential, Completion<void> done) override;
  void remove_account(AccountId account, Completion<void> done) override;

  std::unique_ptr<Subscription> watch(AccountId account, Watcher watcher) override;
  void complete_search_index(Completion<void> done) override;
  Result<std::vector<std::string>> check() override;

 private:
  // In the order of making; the reverse order ends them: the writer drains first.
  const std::string path_;
  ServerLock lock_;
  std::shared_ptr<WatchRegistry> watches_;
  std::shared_ptr<BlobHolds> holds_;
  FlagLog flag_log_;
  Checkpointer checkpointer_;
  ReadPool readers_;
  Writer writer_;
  SearchFiller filler_;
};

}  // namespace restante::storage
