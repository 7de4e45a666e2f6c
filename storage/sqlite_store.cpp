// Opening a store, and each operation as a job of the writer.
#include "storage/sqlite_store.h"

#include "storage/check.h"
#include "storage/prepared_message.h"
#include "storage/schema.h"

namespace restante::storage {

namespace {

constexpr const char* kDatabaseName = "restante.db";

// What a job holds besides the octets of its message.
constexpr std::size_t kJobOctets = 512;

std::size_t octets_of(const UidSet& uids) {
  return kJobOctets + uids.size() * sizeof(UidRange);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& folder,
                                           const StoreOptions& options) {
  const std::filesystem::path absolute = std::filesystem::absolute(folder).lexically_normal();
  Result<void> made = make_data_file(absolute, kDatabaseName);
  if (!made) return std::unexpected(made.error());
  ServerLock lock;
  if (options.exclusive_server) {
    Result<ServerLock> taken = ServerLock::take(absolute);
    if (!taken) return std::unexpected(taken.error());
    lock = std::move(*taken);
  }
  const std::string path = (absolute / kDatabaseName).string();
  try {
    sqlite::Connection first(path, sqlite::OpenMode::ReadWrite);
    Result<void> migrated = migrate(first, schema_steps());
    if (!migrated) return std::unexpected(migrated.error());
    configure_writer(first, options.secure_delete);
    // Bodies whose readers ended with an earlier server.
    if (options.exclusive_server) {
      first.execute(
          "DELETE FROM digest WHERE blob IN (SELECT id FROM blob WHERE uses = 0);"
          "DELETE FROM blob WHERE uses = 0");
    }
    return std::make_unique<SqliteStore>(path, options, std::move(lock));
  } catch (const sqlite::Failure& failure) {
    return std::unexpected(failure.error());
  }
}

SqliteStore::SqliteStore(const std::string& path, const StoreOptions& options, ServerLock lock)
    : path_(path),
      lock_(std::move(lock)),
      watches_(std::make_shared<WatchRegistry>()),
      holds_(std::make_shared<BlobHolds>()),
      checkpointer_(path),
      readers_(path, options.reader_threads, options.read_queue, flag_log_, holds_),
      writer_(path, options, *watches_, flag_log_, *holds_, checkpointer_),
      filler_(path, options, writer_) {
  // Nobody waits for it: where it fails the body goes when the store is opened next.
  holds_->on_unheld([this](BlobId blob) {
    auto write = [blob](WriteContext& context) { return write_unheld_blob(context, blob); };
    writer_.submit(kJobOctets, std::move(write), Completion<void>([](const Result<void>&) {}));
  });
}

SqliteStore::~SqliteStore() {
  holds_->on_unheld({});
}

Result<void> SqliteStore::read(ReadTask task) {
  return readers_.submit(std::move(task));
}

void SqliteStore::read_here(const std::function<void(Reader&)>& task) {
  readers_.run_here(task);
}

void SqliteStore::deliver(Delivery delivery, Completion<DeliveryResult> done) {
  const std::size_t octets =
      kJobOctets + delivery.message->stored_octets + delivery.recipients.size() * sizeof(Recipient);
  auto write = [delivery = std::move(delivery)](WriteContext& context) {
    return write_delivery(context, delivery);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::append(Append append, Completion<Delivered> done) {
  const std::size_t octets = kJobOctets + append.message->stored_octets;
  auto write = [append = std::move(append)](WriteContext& context) {
    return write_append(context, append);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::append_all(std::vector<Append> messages, std::optional<Replaced> replaced,
                             Completion<AppendResult> done) {
  std::size_t octets = kJobOctets;
  for (const Append& append : messages) octets += kJobOctets + append.message->stored_octets;
  auto write = [messages = std::move(messages), replaced](WriteContext& context) {
    return write_appends(context, messages, replaced);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::store_flags(StoreFlags change, Completion<StoreFlagsResult> done) {
  const std::size_t octets = octets_of(change.uids);
  auto write = [change = std::move(change)](WriteContext& context) {
    return write_flags(context, change);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::copy(Copy job, Completion<CopyResult> done) {
  const std::size_t octets = octets_of(job.uids);
  auto write = [job = std::move(job)](WriteContext& context) { return write_copy(context, job); };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::move(Copy job, Completion<CopyResult> done) {
  const std::size_t octets = octets_of(job.uids);
  auto write = [job = std::move(job)](WriteContext& context) { return write_move(context, job); };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::expunge(Expunge job, Completion<ExpungeResult> done) {
  const std::size_t octets = octets_of(job.uids);
  auto write = [job = std::move(job)](WriteContext& context) {
    return write_expunge(context, job);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::set_acl(SetAcl change, Completion<void> done) {
  auto write = [change](WriteContext& context) { return write_acl(context, change); };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::set_annotations(SetAnnotations change, Completion<ChangedAccounts> done) {
  std::size_t octets = kJobOctets;
  for (const Annotation& entry : change.entries)
    octets += entry.entry.size() + entry.value.value_or(std::string()).size();
  auto write = [change = std::move(change)](WriteContext& context) {
    return write_annotations(context, change);
  };
  writer_.submit(octets, std::move(write), std::move(done));
}

void SqliteStore::set_quota(AccountId account, std::uint64_t octets, std::uint64_t messages,
                            Completion<void> done) {
  auto write = [account, octets, messages](WriteContext& context) {
    return write_quota(context, account, octets, messages);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::create_mailbox(AccountId account, std::string name, SpecialUse use,
                                 Completion<Mailbox> done) {
  auto write = [account, use, name = std::move(name)](WriteContext& context) {
    return write_new_mailbox(context, account, name, use);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::rename_mailbox(AccountId account, std::string from, std::string to,
                                 Completion<void> done) {
  auto write = [account, from = std::move(from), to = std::move(to)](WriteContext& context) {
    return write_renamed_mailbox(context, account, from, to);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::delete_mailbox(AccountId account, std::string name, Completion<void> done) {
  auto write = [account, name = std::move(name)](WriteContext& context) {
    return write_deleted_mailbox(context, account, name);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::subscribe(AccountId account, std::string name, bool subscribed,
                            Completion<void> done) {
  auto write = [account, subscribed, name = std::move(name)](WriteContext& context) {
    return write_subscription(context, account, name, subscribed);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::claim_recent(MailboxId mailbox, Completion<Uid> done) {
  auto write = [mailbox](WriteContext& context) { return write_recent_claim(context, mailbox); };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::create_account(std::string address, Credential credential,
                                 std::uint64_t quota_octets, Completion<Account> done) {
  auto write = [address = std::move(address), credential = std::move(credential),
                quota_octets](WriteContext& context) {
    return write_new_account(context, address, credential, quota_octets);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::set_credential(AccountId account, Credential credential, Completion<void> done) {
  auto write = [account, credential = std::move(credential)](WriteContext& context) {
    return write_credential(context, account, credential);
  };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

void SqliteStore::remove_account(AccountId account, Completion<void> done) {
  auto write = [account](WriteContext& context) { return write_removed_account(context, account); };
  writer_.submit(kJobOctets, std::move(write), std::move(done));
}

std::unique_ptr<Subscription> SqliteStore::watch(AccountId account, Watcher watcher) {
  return watches_->watch(account, std::move(watcher));
}

void SqliteStore::complete_search_index(Completion<void> done) {
  filler_.complete(std::move(done));
}

Result<std::vector<std::string>> SqliteStore::check() {
  try {
    sqlite::Connection db(path_, sqlite::OpenMode::ReadOnly);
    configure_reader(db);
    return check_database(db);
  } catch (const sqlite::Failure& failure) {
    return std::unexpected(failure.error());
  }
}

}  // namespace restante::storage
