// What the tests of the store share: a temporary folder, an open store whose operations wait for
// their completion, and the consistency check at the end of every test.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace restante::storage::testing {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string database() const { return (path_ / "restante.db").string(); }

 private:
  std::filesystem::path path_;
};

// Waits for the completion of start(done).
template <class T>
Result<T> wait_for(const std::function<void(Completion<T>)>& start);

inline constexpr Time kReceived = Time(std::chrono::seconds(1'700'000'000));

std::string text_of(std::string_view subject, std::size_t octets = 0);
std::string random_octets(std::size_t octets, unsigned seed);
UidSet uids_of(std::uint32_t first, std::uint32_t last);
Flags flags_of(std::initializer_list<Flag> system, std::vector<std::string> keywords = {});

// An open store. check() fails the test where an invariant does not hold; so does the destructor.
class TestStore {
 public:
  explicit TestStore(const std::filesystem::path& folder, const StoreOptions& options = {});
  ~TestStore();
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  Store& store() { return *store_; }
  Store* operator->() { return store_.get(); }
  void check();

  AccountId account(const std::string& address, std::uint64_t quota_octets = 0);
  Result<DeliveryResult> deliver(Delivery delivery);
  Delivered deliver(AccountId to, std::string octets);
  Result<AppendResult> append_all(std::vector<Append> messages,
                                  std::optional<Replaced> replaced = std::nullopt);
  Result<Delivered> append(AccountId account, MailboxId mailbox, std::string octets,
                           Flags flags = {});
  Result<StoreFlagsResult> store_flags(StoreFlags change);
  Result<CopyResult> copy(MailboxId from, UidSet uids, MailboxId to, AccountId actor = {});
  Result<CopyResult> move(MailboxId from, UidSet uids, MailboxId to, AccountId actor = {});
  Result<ExpungeResult> expunge(MailboxId mailbox, UidSet uids, AccountId actor = {});
  Result<ExpungeResult> remove_messages(MailboxId mailbox, UidSet uids);  // whatever their flags
  Result<Mailbox> create(AccountId account, const std::string& name,
                         SpecialUse use = SpecialUse::None);
  Result<void> rename(AccountId account, const std::string& from, const std::string& to);
  Result<void> remove(AccountId account, const std::string& name);
  Result<void> subscribe(AccountId account, const std::string& name, bool subscribed);
  Result<void> remove_account(AccountId account);
  Result<void> set_acl(SetAcl change);
  // Gives or takes rights as their owner.
  void share(MailboxId mailbox, AccountId grantee, Rights rights);
  Result<ChangedAccounts> set_annotations(SetAnnotations change);
  Result<void> set_quota(AccountId account, std::uint64_t octets, std::uint64_t messages);

  Mailbox mailbox(AccountId account, const std::string& name = "INBOX");
  std::vector<std::string> names(AccountId account);
  std::vector<Placement> placements(MailboxId mailbox);
  std::string octets(BlobId blob);
  Account account(AccountId id);
  template <class Read>
  auto read(Read&& task) {
    std::optional<decltype(task(std::declval<Reader&>()))> result;
    store_->read_here([&](Reader& reader) { result.emplace(task(reader)); });
    return std::move(*result);
  }

 private:
  std::unique_ptr<Store> store_;
};

// Holds the writer thread inside a completion, so that what is queued meanwhile is one group.
class HeldWriter {
 public:
  HeldWriter(Store& store, AccountId account);
  ~HeldWriter() { release(); }
  void release();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Runs the hidden test case of that name in a process of its own.
class ChildProcess {
 public:
  ChildProcess(const std::string& test_case, const std::filesystem::path& folder);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // What it has printed until it was killed or ended.
  std::string kill_after(std::chrono::milliseconds time);
  std::string wait();

 private:
  std::string finish();
  int process_ = -1;
  int output_ = -1;
  int status_ = 0;
};
std::filesystem::path child_folder();  // empty outside a child

}  // namespace restante::storage::testing

#include <semaphore>

namespace restante::storage::testing {

template <class T>
Result<T> wait_for(const std::function<void(Completion<T>)>& start) {
  std::binary_semaphore done(0);
  std::optional<Result<T>> result;
  start([&](Result<T> got) {
    result.emplace(std::move(got));
    done.release();
  });
  done.acquire();
  return std::move(*result);
}

}  // namespace restante::storage::testing
