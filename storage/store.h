// The mailbox store: one writer thread that commits groups of changes durably, a pool of readers,
// and change notices. Nothing in this header says how mail is kept, so that another implementation
// can stand behind the same contract tests (docs/architecture.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/digest.h"
#include "mail/message/index.h"
#include "storage/types.h"

namespace restante::storage {

// Called once, on a thread of the store, after COMMIT or failure (only where the queue refused the
// job with Busy: on the calling thread, before the call returns); must be quick and must not throw.
// Change notices of a COMMIT come before its completions.
// Crossing back to a session is the caller's matter (server/session/store_access.h).
template <class T>
using Completion = std::move_only_function<void(Result<T>)>;

struct StoreOptions {
  unsigned reader_threads = 2;
  std::size_t queue_jobs = 4096;                              // more are refused with Busy
  std::size_t queue_octets = std::size_t{256} * 1024 * 1024;  // more are refused with Busy
  std::size_t group_jobs = 512;                               // per transaction
  std::size_t group_octets = std::size_t{4} * 1024 * 1024;    // per transaction
  std::size_t read_queue = 65536;  // waiting reads; more are refused with Busy
  bool exclusive_server = false;   // take the lock that lets one server run on this data
  bool secure_delete = false;      // overwrite deleted content on disk
  bool fill_search_index = false;  // in the background, between deliveries
};

using DigestVisitor = std::function<void(std::size_t position, const message::Digest& digest)>;

// A consistent view of the store during one read. Lives on a reader thread for the length of one
// call; must not be kept. All errors: NotFound, Corrupt, Io.
class Reader {
 public:
  virtual ~Reader() = default;

  // address must be canonical (server/delivery/address.h). Also finds aliases' accounts.
  virtual Result<Account> find_account(std::string_view address) = 0;
  virtual Result<Account> account(AccountId id) = 0;
  virtual Result<std::vector<Account>> list_accounts() = 0;

  virtual Result<std::vector<Mailbox>> list_mailboxes(AccountId account) = 0;  // ascending by name
  virtual Result<std::vector<std::string>> list_subscriptions(
      AccountId account) = 0;  // names, also of mailboxes that are gone
  virtual Result<Mailbox> find_mailbox(AccountId account, std::string_view name) = 0;
  virtual Result<Mailbox> mailbox(MailboxId id) = 0;

  virtual Result<std::vector<Placement>> placements(MailboxId mailbox,
                                                    const UidSet& uids) = 0;  // ascending by uid
  virtual Result<std::vector<Uid>> uids(MailboxId mailbox) = 0;               // ascending
  // The first message without \Seen; unseen: how many there are (Mailbox::unseen). None: Uid().
  virtual Result<Uid> first_unseen(MailboxId mailbox, std::uint32_t unseen) = 0;
  // What happened since modseq, leaving out changes of flags whose modseq is among known.
  virtual Result<Changes> changes_since(MailboxId mailbox, ModSeq modseq,
                                        const std::vector<ModSeq>& known = {}) = 0;

  // The keywords that placements of the mailbox may have, as first written, ascending.
  virtual Result<std::vector<std::string>> keywords(MailboxId mailbox) = 0;

  // Where a message stands; empty where it was expunged everywhere but its number is not reused.
  // NotFound: the account never had that number.
  virtual Result<std::vector<Location>> locate(AccountId account, MessageNumber number) = 0;

  // What an account may do in a mailbox: everything in its own (RFC 4314 s2).
  virtual Result<Rights> rights(AccountId actor, MailboxId mailbox) = 0;
  // The mailboxes of others in which an account has some right, in no order.
  virtual Result<std::vector<SharedMailbox>> list_shared(AccountId actor) = 0;
  virtual Result<std::vector<AclEntry>> acl(MailboxId mailbox) = 0;  // without the owner
  virtual Result<AnnotationValues> annotations(const AnnotationQuery& query) = 0;
  // The octets that expunging every \Deleted message would free (RFC 9208 s4.1.4).
  virtual Result<std::uint64_t> deleted_octets(MailboxId mailbox) = 0;
  // The messages of the account that may hold needle (folded, mail/message/searched_text.h) in the
  // field: never leaves out one that does. Takes milliseconds, whatever the account holds.
  virtual Result<TextCandidates> find_text(AccountId account, TextField field,
                                           std::string_view needle) = 0;
  // The same for what message::FuzzyNeedle finds; may leave out what only marks make long.
  virtual Result<TextCandidates> find_similar_text(AccountId account, TextField field,
                                                   std::string_view needle) = 0;
  // The uids of those of the messages (ascending, none above `above`) that the mailbox holds, and
  // of all its messages above that number; ascending.
  virtual Result<std::vector<Uid>> uids_of(MailboxId mailbox,
                                           const std::vector<MessageNumber>& numbers,
                                           MessageNumber above) = 0;
  // Calls visit for each placement of the range, ascending by uid, until it returns false. visit
  // must not use the reader.
  virtual Result<void> scan(MailboxId mailbox, UidRange uids,
                            const std::function<bool(const PlacementRow&)>& visit) = 0;
  // Which bit of PlacementRow::keywords stands for which keyword; 0: the mailbox has it not.
  virtual Result<std::uint64_t> keyword_bit(MailboxId mailbox, std::string_view keyword) = 0;

  // The threads of messages, in the order asked; none (0) where the account holds no such message.
  // A thread that was joined with others bears the lowest number of them (RFC 8474 s5.2).
  virtual Result<std::vector<ThreadId>> threads(AccountId account,
                                                std::span<const MessageNumber> numbers) = 0;
  // What a thread is called now that was ever called so; itself where it never was joined.
  virtual Result<ThreadId> thread(AccountId account, ThreadId name) = 0;

  // Calls visit with the digest of each blob and its position in blobs; not for blobs that were
  // removed. The digest is valid during the call.
  virtual Result<void> digests(std::span<const BlobId> blobs, const DigestVisitor& visit) = 0;

  virtual Result<message::Index> index(BlobId blob) = 0;
  // Only its parts and envelopes (message::decode_structure).
  virtual Result<message::Index> structure(BlobId blob) = 0;
  // Appends to out at most length octets of the message from offset on; touches only the chunks it
  // needs. Where it fails out is as before.
  virtual Result<void> append_octets(BlobId blob, std::uint64_t offset, std::uint64_t length,
                                     std::string& out) = 0;
  Result<std::string> octets(BlobId blob, std::uint64_t offset, std::uint64_t length) {
    std::string out;
    const Result<void> appended = append_octets(blob, offset, length, out);
    if (!appended) return std::unexpected(appended.error());
    return out;
  }
  // The octets of the message stay readable, by this and later reads, until the value is destroyed,
  // though it is expunged meanwhile. What was removed before the present read began is gone.
  virtual std::shared_ptr<const void> hold(BlobId blob) = 0;
};

using ReadTask = std::move_only_function<void(Reader&)>;
using Watcher = std::function<void(const ChangeNotice&)>;

// Ends its watch when destroyed; after that the watcher is not called any more.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// Indexes and compresses octets; pure CPU, time linear in size, any thread.
PreparedMessagePtr prepare(std::string_view octets);
std::uint64_t size_octets(const PreparedMessage& message);
const message::Index& index_of(const PreparedMessage& message);

class Store {
 public:
  virtual ~Store() = default;  // drains the writer, checkpoints, closes

  // Opens or creates restante.db in folder, migrating an older file after a backup of it.
  // Errors: Io (folder not writable, disk full), Corrupt (damaged file), Busy (another server runs
  // on it), each with a message that says which path and what to do.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& folder,
                                             const StoreOptions& options);

  // Runs task on a reader thread; Busy if too many wait. task is called exactly once if this
  // returns a value.
  virtual Result<void> read(ReadTask task) = 0;
  // Runs task at once on the calling thread with a connection of its own (for command line, tests
  // and worker threads; never on a thread that serves sockets). Throws where none can be opened
  // (no descriptor left).
  virtual void read_here(const std::function<void(Reader&)>& task) = 0;

  // Writes: each is one job of the writer thread; the completion comes after COMMIT.
  virtual void deliver(Delivery delivery, Completion<DeliveryResult> done) = 0;
  virtual void append(Append append, Completion<Delivered> done) = 0;
  // Keeps all messages, in this order, or none (RFC 3502). Where one is replaced it is removed in
  // the same transaction, before its successors count against the quota (RFC 8508 s3.4).
  virtual void append_all(std::vector<Append> messages, std::optional<Replaced> replaced,
                          Completion<AppendResult> done) = 0;
  virtual void store_flags(StoreFlags change, Completion<StoreFlagsResult> done) = 0;
  virtual void copy(Copy job, Completion<CopyResult> done) = 0;
  virtual void move(Copy job, Completion<CopyResult> done) = 0;
  // Removes the placements of uids, those that have \Deleted or all; what is gone is passed over.
  virtual void expunge(Expunge job, Completion<ExpungeResult> done) = 0;

  // Changes one line of an access control list. Errors: Denied (also for the owner, who always has
  // all rights), NotFound, Invalid (more than kAclEntries lines).
  virtual void set_acl(SetAcl change, Completion<void> done) = 0;
  // Sets all of them or none. Errors: NotFound, OverQuota (too many).
  virtual void set_annotations(SetAnnotations change, Completion<ChangedAccounts> done) = 0;
  // What the account may hold; 0: unlimited.
  virtual void set_quota(AccountId account, std::uint64_t octets, std::uint64_t messages,
                         Completion<void> done) = 0;

  virtual void create_mailbox(AccountId account, std::string name, SpecialUse use,
                              Completion<Mailbox> done) = 0;
  // Renames the mailbox and all below it; INBOX moves its messages instead (RFC 9051 s6.3.6).
  virtual void rename_mailbox(AccountId account, std::string from, std::string to,
                              Completion<void> done) = 0;
  virtual void delete_mailbox(AccountId account, std::string name, Completion<void> done) = 0;
  virtual void subscribe(AccountId account, std::string name, bool subscribed,
                         Completion<void> done) = 0;
  // Gives the first uid that is \Recent to the caller and takes it from everybody else (RFC 3501
  // s2.3.2).
  virtual void claim_recent(MailboxId mailbox, Completion<Uid> done) = 0;

  // The account gets INBOX and the special-use mailboxes Archive, Drafts, Junk, Sent, Trash.
  virtual void create_account(std::string address, Credential credential,
                              std::uint64_t quota_octets, Completion<Account> done) = 0;
  virtual void set_credential(AccountId account, Credential credential, Completion<void> done) = 0;
  virtual void remove_account(AccountId account, Completion<void> done) = 0;

  // Calls watcher, on a thread of the store, after each COMMIT that changed the account.
  virtual std::unique_ptr<Subscription> watch(AccountId account, Watcher watcher) = 0;

  // Brings the search index up to all that was committed before the call (also where it is not
  // filled in the background).
  virtual void complete_search_index(Completion<void> done) = 0;

  // Every invariant of docs/schema.md; one line a violation, empty where all hold. Slow.
  virtual Result<std::vector<std::string>> check() = 0;
};

}  // namespace restante::storage
