// Opening: modes, errors, migrations, and what the consistency check finds.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <catch2/catch.hpp>

#include "storage/schema.h"
#include "storage/sqlite/transaction.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

Error error_of(const std::filesystem::path& folder) {
  const auto refused = Store::open(folder, {});
  if (refused) FAIL("was opened");
  return refused.error();
}

void write_file(const std::filesystem::path& path, const std::string& octets) {
  std::ofstream(path, std::ios::binary) << octets;
}

}  // namespace

TEST_CASE("The folder is made, and nobody else may look into it") {
  TempFolder folder;
  const auto data = folder.path() / "deep" / "data";
  TestStore store(data);
  store.account("anna@example.org");
  CHECK(mode_of(data) == 0700);
  CHECK(mode_of(data / "restante.db") == 0600);
  CHECK(mode_of(data / "restante.db-wal") == 0600);
  CHECK(mode_of(data / "restante.db-shm") == 0600);
}

TEST_CASE("A folder that cannot be made or written is named") {
  TempFolder folder;
  write_file(folder.path() / "file", "x");
  const Error error = error_of(folder.path() / "file" / "data");
  CHECK(error.kind() == ErrorKind::Io);
  CHECK_THAT(error.message(), Catch::Contains((folder.path() / "file" / "data").string()) &&
                                  Catch::Contains("choose another data folder"));
}

TEST_CASE("A folder without permission is named", "[permission]") {
  TempFolder folder;
  const auto closed = folder.path() / "closed";
  REQUIRE(::mkdir(closed.c_str(), 0500) == 0);
  if (::geteuid() != 0) {
    CHECK(error_of(closed).kind() == ErrorKind::Io);
    return;
  }
  // Root may write anywhere: look as somebody else.
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::chmod(folder.path().c_str(), 0755) == 0 && ::setuid(65534) == 0;
    const auto refused = Store::open(closed, {});
    const bool right = dropped && !refused && refused.error().kind() == ErrorKind::Io &&
                       refused.error().message().find("Permission denied") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("A file that is no database is refused and left as it was") {
  TempFolder folder;
  const std::string octets = "this is no database " + std::string(5000, 'x');
  write_file(folder.database(), octets);
  const Error error = error_of(folder.path());
  CHECK(error.kind() == ErrorKind::Corrupt);
  CHECK_THAT(error.message(), Catch::Contains(folder.database()) && Catch::Contains("restore"));
  CHECK(std::filesystem::file_size(folder.database()) == octets.size());
}

TEST_CASE("A database of another program is refused") {
  TempFolder folder;
  {
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    db.execute("CREATE TABLE recipes (title TEXT)");
  }
  CHECK(error_of(folder.path()).kind() == ErrorKind::Corrupt);
}

TEST_CASE("A database of a newer program is refused with one line") {
  TempFolder folder;
  {
    TestStore store(folder.path());
  }
  {
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    db.execute("PRAGMA user_version = 4711");
  }
  const Error error = error_of(folder.path());
  CHECK(error.kind() == ErrorKind::Invalid);
  CHECK_THAT(error.message(), Catch::Contains("newer restante") && Catch::Contains("4711"));
  sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
  db.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
}

TEST_CASE("A damaged database is refused with a hint") {
  TempFolder folder;
  {
    TestStore store(folder.path());
    const AccountId anna = store.account("anna@example.org");
    for (int i = 0; i < 50; ++i) store.deliver(anna, random_octets(3000, 1));
  }
  const auto size = std::filesystem::file_size(folder.database());
  SECTION("cut off") {
    std::filesystem::resize_file(folder.database(), size / 2);
  }
  SECTION("schema overwritten") {
    std::fstream file(folder.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(3000, '\xa5');
  }
  SECTION("first pages of the tables overwritten") {
    std::fstream file(folder.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(20 * 4096, '\xa5');
  }
  const Error error = error_of(folder.path());
  CHECK(error.kind() == ErrorKind::Corrupt);
  CHECK_THAT(error.message(), Catch::Contains("restore it from a backup"));
}

TEST_CASE("The check names what is broken") {
  TempFolder folder;
  AccountId anna;
  {
    TestStore store(folder.path());
    anna = store.account("anna@example.org");
    store.deliver(anna, text_of("1"));
    store.deliver(anna, text_of("2", 600'000));
    const MailboxId inbox = store.mailbox(anna).id;
    REQUIRE(store.copy(inbox, uids_of(1, 1), inbox));
    store.deliver(anna, text_of("3"));
    REQUIRE(store.store_flags(
        StoreFlags(inbox, uids_of(4, 4), FlagChange::Add, flags_of({Flag::Deleted}))));
    REQUIRE(store.expunge(inbox, uids_of(4, 4)));
  }
  const auto store = Store::open(folder.path(), {}).value();
  REQUIRE(store->check().value().empty());
  const std::string change = GENERATE(
      "UPDATE mailbox SET messages = messages + 1 WHERE name = 'INBOX'",
      "UPDATE mailbox SET unseen = 0 WHERE name = 'INBOX'", "UPDATE mailbox SET deleted = 5",
      "UPDATE mailbox SET size = size - 1 WHERE name = 'INBOX'",
      "UPDATE mailbox SET uid_next = 2 WHERE name = 'INBOX'",
      "UPDATE mailbox SET highest_modseq = 1000", "UPDATE mailbox SET highest_modseq = 1",
      "UPDATE mailbox SET uid_validity = uid_validity + 1000000",
      "UPDATE mailbox SET first_recent = 400", "UPDATE account SET used = used + 1",
      "UPDATE account SET next_number = 1", "DELETE FROM address", "DELETE FROM blob WHERE id = 1",
      "UPDATE blob SET uses = 2", "UPDATE blob SET structure = x'00' WHERE id = 1",
      "UPDATE blob SET body = x'28b52ffd' WHERE id = 1", "UPDATE blob_chunk SET body = x'01'",
      "DELETE FROM blob_chunk WHERE chunk = 2", "DELETE FROM message WHERE number = 2",
      "UPDATE message SET placements = 3 WHERE number = 1",
      "UPDATE message SET uid = 7 WHERE number = 2", "DELETE FROM copy", "UPDATE copy SET uid = 9",
      "DELETE FROM placement WHERE uid = 2", "UPDATE placement SET size = 3 WHERE uid = 1",
      "UPDATE placement SET number = 2", "UPDATE placement SET keywords = 4 WHERE uid = 1",
      "UPDATE placement SET modseq = 900 WHERE uid = 1", "UPDATE expunged SET first = 1",
      "UPDATE expunged SET last = 77", "UPDATE placement SET mailbox = 4000 WHERE uid = 2");
  CAPTURE(change);
  sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
  db.execute(change);
  const auto lines = store->check();
  REQUIRE(lines);
  CHECK_FALSE(lines->empty());
}
