// The shared part of the store's tests.
#include "tests/unit/storage/store_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>

#include <catch2/catch.hpp>

namespace restante::storage::testing {

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "restante-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string text_of(std::string_view subject, std::size_t octets) {
  std::string text =
      "From: a@example.org\r\nSubject: " + std::string(subject) + "\r\nMIME-Version: 1.0\r\n\r\n";
  while (text.size() < octets) text += "The quick brown fox jumps over the lazy dog.\r\n";
  return text + "end\r\n";
}

std::string random_octets(std::size_t octets, unsigned seed) {
  std::mt19937 random(seed);
  std::string text = "Subject: noise\r\n\r\n";
  while (text.size() < octets) text += static_cast<char>(1 + random() % 255);
  return text;
}

UidSet uids_of(std::uint32_t first, std::uint32_t last) {
  return {UidRange{Uid(first), Uid(last)}};
}

Flags flags_of(std::initializer_list<Flag> system, std::vector<std::string> keywords) {
  Flags flags;
  for (const Flag flag : system) flags.set(flag);
  flags.keywords = std::move(keywords);
  return flags;
}

TestStore::TestStore(const std::filesystem::path& folder, const StoreOptions& options) {
  Result<std::unique_ptr<Store>> opened = Store::open(folder, options);
  if (!opened) FAIL("cannot open the store: " << opened.error().message());
  store_ = std::move(*opened);
}

TestStore::~TestStore() {
  check();
}

void TestStore::check() {
  const auto lines = store_->check();
  if (!lines) {
    FAIL_CHECK("check failed: " << lines.error().message());
    return;
  }
  for (const std::string& line : *lines) FAIL_CHECK("invariant broken: " << line);
}

AccountId TestStore::account(const std::string& address, std::uint64_t quota_octets) {
  const Result<Account> made = wait_for<Account>([&](Completion<Account> done) {
    store_->create_account(address, {"salt", 4096, std::string(32, 's'), std::string(32, 'v')},
                           quota_octets, std::move(done));
  });
  if (!made) FAIL("cannot create the account: " << made.error().message());
  return made->id;
}

Result<DeliveryResult> TestStore::deliver(Delivery delivery) {
  return wait_for<DeliveryResult>([&](Completion<DeliveryResult> done) {
    store_->deliver(std::move(delivery), std::move(done));
  });
}

Delivered TestStore::deliver(AccountId to, std::string octets) {
  Result<DeliveryResult> result =
      deliver(Delivery(prepare(std::move(octets)), {Recipient{to}}, kReceived));
  if (!result) FAIL("delivery failed: " << result.error().message());
  REQUIRE(result->size() == 1);
  if (!result->front()) FAIL("delivery refused: " << result->front().error().message());
  return *result->front();
}

Result<Delivered> TestStore::append(AccountId account, MailboxId mailbox, std::string octets,
                                    Flags flags) {
  return wait_for<Delivered>([&](Completion<Delivered> done) {
    store_->append(
        Append(account, mailbox, prepare(std::move(octets)), std::move(flags), kReceived),
        std::move(done));
  });
}

Result<AppendResult> TestStore::append_all(std::vector<Append> messages,
                                           std::optional<Replaced> replaced) {
  return wait_for<AppendResult>([&](Completion<AppendResult> done) {
    store_->append_all(std::move(messages), replaced, std::move(done));
  });
}

Result<StoreFlagsResult> TestStore::store_flags(StoreFlags change) {
  return wait_for<StoreFlagsResult>([&](Completion<StoreFlagsResult> done) {
    store_->store_flags(std::move(change), std::move(done));
  });
}

Result<CopyResult> TestStore::copy(MailboxId from, UidSet uids, MailboxId to, AccountId actor) {
  return wait_for<CopyResult>([&](Completion<CopyResult> done) {
    store_->copy(Copy{from, uids, to, actor}, std::move(done));
  });
}

Result<CopyResult> TestStore::move(MailboxId from, UidSet uids, MailboxId to, AccountId actor) {
  return wait_for<CopyResult>([&](Completion<CopyResult> done) {
    store_->move(Copy{from, uids, to, actor}, std::move(done));
  });
}

Result<ExpungeResult> TestStore::expunge(MailboxId mailbox, UidSet uids, AccountId actor) {
  return wait_for<ExpungeResult>([&](Completion<ExpungeResult> done) {
    store_->expunge(Expunge{mailbox, uids, actor}, std::move(done));
  });
}

Result<ExpungeResult> TestStore::remove_messages(MailboxId mailbox, UidSet uids) {
  return wait_for<ExpungeResult>([&](Completion<ExpungeResult> done) {
    store_->expunge(Expunge{mailbox, uids, AccountId(), true}, std::move(done));
  });
}

Result<Mailbox> TestStore::create(AccountId account, const std::string& name, SpecialUse use) {
  return wait_for<Mailbox>([&](Completion<Mailbox> done) {
    store_->create_mailbox(account, name, use, std::move(done));
  });
}

Result<void> TestStore::rename(AccountId account, const std::string& from, const std::string& to) {
  return wait_for<void>(
      [&](Completion<void> done) { store_->rename_mailbox(account, from, to, std::move(done)); });
}

Result<void> TestStore::remove(AccountId account, const std::string& name) {
  return wait_for<void>(
      [&](Completion<void> done) { store_->delete_mailbox(account, name, std::move(done)); });
}

Result<void> TestStore::subscribe(AccountId account, const std::string& name, bool subscribed) {
  return wait_for<void>([&](Completion<void> done) {
    store_->subscribe(account, name, subscribed, std::move(done));
  });
}

Result<void> TestStore::remove_account(AccountId account) {
  return wait_for<void>(
      [&](Completion<void> done) { store_->remove_account(account, std::move(done)); });
}

Result<void> TestStore::set_acl(SetAcl change) {
  return wait_for<void>([&](Completion<void> done) { store_->set_acl(change, std::move(done)); });
}

void TestStore::share(MailboxId mailbox, AccountId grantee, Rights rights) {
  const auto found = read([&](Reader& reader) { return reader.mailbox(mailbox); });
  REQUIRE(found);
  REQUIRE(
      set_acl(SetAcl{found->account, mailbox, Grantee{grantee}, RightsChange::Replace, rights}));
}

Result<ChangedAccounts> TestStore::set_annotations(SetAnnotations change) {
  return wait_for<ChangedAccounts>([&](Completion<ChangedAccounts> done) {
    store_->set_annotations(std::move(change), std::move(done));
  });
}

Result<void> TestStore::set_quota(AccountId account, std::uint64_t octets, std::uint64_t messages) {
  return wait_for<void>([&](Completion<void> done) {
    store_->set_quota(account, octets, messages, std::move(done));
  });
}

Mailbox TestStore::mailbox(AccountId account, const std::string& name) {
  const auto found = read([&](Reader& reader) { return reader.find_mailbox(account, name); });
  if (!found) FAIL("no mailbox " << name << ": " << found.error().message());
  return *found;
}

std::vector<std::string> TestStore::names(AccountId account) {
  std::vector<std::string> names;
  const auto listed = read([&](Reader& reader) { return reader.list_mailboxes(account); });
  REQUIRE(listed);
  for (const Mailbox& mailbox : *listed) names.push_back(mailbox.name);
  return names;
}

std::vector<Placement> TestStore::placements(MailboxId mailbox) {
  const auto found =
      read([&](Reader& reader) { return reader.placements(mailbox, uids_of(1, 0xffffffff)); });
  if (!found) FAIL("no placements: " << found.error().message());
  return *found;
}

std::string TestStore::octets(BlobId blob) {
  const auto found = read([&](Reader& reader) { return reader.octets(blob, 0, ~0ULL); });
  if (!found) FAIL("no octets: " << found.error().message());
  return *found;
}

Account TestStore::account(AccountId id) {
  const auto found = read([&](Reader& reader) { return reader.account(id); });
  REQUIRE(found);
  return *found;
}

struct HeldWriter::State {
  std::binary_semaphore entered{0};
  std::binary_semaphore leave{0};
  std::atomic<bool> released = false;
};

HeldWriter::HeldWriter(Store& store, AccountId account) : state_(std::make_shared<State>()) {
  // Not a change: a subscription is taken away that does not exist.
  store.subscribe(account, "held", false, [state = state_](Result<void>) {
    state->entered.release();
    state->leave.acquire();
  });
  state_->entered.acquire();
}

void HeldWriter::release() {
  if (!state_->released.exchange(true)) state_->leave.release();
}

namespace {

constexpr const char* kFolderVariable = "RESTANTE_TEST_CHILD_FOLDER";

}  // namespace

std::filesystem::path child_folder() {
  const char* folder = std::getenv(kFolderVariable);
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

ChildProcess::ChildProcess(const std::string& test_case, const std::filesystem::path& folder) {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::string program = "/proc/self/exe", name = test_case;
  char* arguments[] = {program.data(), name.data(), nullptr};
  std::vector<std::string> values;
  for (char** entry = environ; *entry != nullptr; ++entry) values.emplace_back(*entry);
  values.push_back(std::string(kFolderVariable) + "=" + folder.string());
  std::vector<char*> environment;
  for (std::string& value : values) environment.push_back(value.data());
  environment.push_back(nullptr);
  process_ = ::fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) {
    ::dup2(ends[1], 3);
    ::execve(program.c_str(), arguments, environment.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  output_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, &status_, 0);
  }
  if (output_ >= 0) ::close(output_);
}

std::string ChildProcess::finish() {
  std::string all;
  char octets[4096];
  for (ssize_t got = 0; (got = ::read(output_, octets, sizeof octets)) > 0;)
    all.append(octets, static_cast<std::size_t>(got));
  ::waitpid(process_, &status_, 0);
  process_ = -1;
  return all;
}

std::string ChildProcess::kill_after(std::chrono::milliseconds time) {
  // From its first line on, so that it has begun.
  pollfd ready{output_, POLLIN, 0};
  ::poll(&ready, 1, 60'000);
  ::poll(nullptr, 0, static_cast<int>(time.count()));
  ::kill(process_, SIGKILL);
  return finish();
}

std::string ChildProcess::wait() {
  std::string all = finish();
  CHECK(WIFEXITED(status_));
  CHECK(WEXITSTATUS(status_) == 0);
  return all;
}

}  // namespace restante::storage::testing
