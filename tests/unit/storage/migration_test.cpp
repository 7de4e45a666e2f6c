// Migrations: from the file of each older version, which is kept here as text and never changed.
#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>

#include "storage/rows.h"
#include "storage/schema.h"
#include "tests/unit/storage/store_fixture.h"

using namespace restante;
using namespace restante::storage;
using namespace restante::storage::testing;

namespace {

// Version 1 as it was made, with an account that holds one message in INBOX, copied to Archive.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_uid_validity INTEGER NOT NULL
) STRICT;
INSERT INTO store (id, last_uid_validity) VALUES (1, 0);

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL UNIQUE,
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  stored_key BLOB NOT NULL,
  server_key BLOB NOT NULL,
  quota INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  modseq INTEGER NOT NULL DEFAULT 1,
  next_number INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE address (
  address TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  PRIMARY KEY (address, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address (account);

CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  special_use INTEGER NOT NULL DEFAULT 0,
  uid_validity INTEGER NOT NULL UNIQUE,
  uid_next INTEGER NOT NULL DEFAULT 1 CHECK (uid_next BETWEEN 1 AND 4294967295),
  highest_modseq INTEGER NOT NULL,
  changed_modseq INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  first_recent INTEGER NOT NULL DEFAULT 1,
  UNIQUE (account, name)
) STRICT;

CREATE TABLE subscription (
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyword (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  bit INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 63),
  name TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (mailbox, bit),
  UNIQUE (mailbox, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uses INTEGER NOT NULL,
  size INTEGER NOT NULL,
  structure BLOB NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE blob_chunk (
  blob INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
  chunk INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (blob, chunk)
) STRICT;

CREATE TABLE message (
  account INTEGER NOT NULL,
  number INTEGER NOT NULL,
  blob INTEGER NOT NULL,
  received INTEGER NOT NULL,
  placements INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE copy (
  account INTEGER NOT NULL,
  number INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (account, number, mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE placement (
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  blob INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  size INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  save_date INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE expunged (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  modseq INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, first)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kVersion1Rows = R"sql(
PRAGMA application_id = 1919251316;
PRAGMA user_version = 1;
UPDATE store SET last_uid_validity = 1700000002;
INSERT INTO account VALUES (1, 'anna@example.org', 'salt', 4096, x'01', x'02', 0, 19, 3, 2);
INSERT INTO address VALUES ('anna@example.org', 1);
INSERT INTO mailbox VALUES (1, 1, 'INBOX', 0, 1700000001, 2, 3, 3, 1, 0, 0, 19, 1);
INSERT INTO mailbox VALUES (2, 1, 'Archive', 1, 1700000002, 2, 3, 2, 1, 1, 0, 19, 1);
INSERT INTO subscription VALUES (1, 'INBOX');
INSERT INTO keyword VALUES (1, 5, 'work');
INSERT INTO message VALUES (1, 1, 1, 1700000000, 2, 1, 1);
INSERT INTO copy VALUES (1, 1, 2, 1);
INSERT INTO placement VALUES (1, 1, 1, 1, 1, 32, 3, 19, 1700000000, 1700000005);
INSERT INTO placement VALUES (2, 1, 1, 1, 0, 0, 3, 19, 1700000000, 1700000006);
)sql";

constexpr const char* kVersion1Body = "Subject: old\r\n\r\nx\r\n";

// A file of version 1; the salt is bound because the column holds octets.
void make_version_1(const std::string& path) {
  sqlite::Connection db(path, sqlite::OpenMode::ReadWrite);
  db.execute(kVersion1);
  std::string rows = kVersion1Rows;
  rows.replace(rows.find("'salt'"), 6, "x'73616c74'");
  db.execute(rows);
  const message::Index index = message::index(kVersion1Body);
  db.run("INSERT INTO blob VALUES (1, 1, ?1, ?2, ?3)", index.size,
         sqlite::Blob{message::encode_index(index)}, sqlite::Blob{kVersion1Body});
}

std::vector<SchemaStep> one_step_more(const char* sql) {
  const auto steps = schema_steps();
  std::vector<SchemaStep> more(steps.begin(), steps.end());
  more.push_back({sql});
  return more;
}

}  // namespace

TEST_CASE("A file of version 1 is opened with all it holds") {
  TempFolder folder;
  make_version_1(folder.database());
  TestStore store(folder.path());
  const auto anna = store.read([](Reader& r) { return r.find_account("anna@example.org"); });
  REQUIRE(anna);
  CHECK(anna->credential.salt == "salt");
  const auto placements = store.placements(store.mailbox(anna->id).id);
  REQUIRE(placements.size() == 1);
  CHECK(placements[0].flags == flags_of({Flag::Seen}, {"work"}));
  CHECK(store.octets(placements[0].blob) == kVersion1Body);
  CHECK(store.deliver(anna->id, text_of("new")).number == MessageNumber(2));
}

TEST_CASE("The messages of an older file get threads and digests") {
  TempFolder folder;
  make_version_1(folder.database());
  {
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    db.execute("UPDATE account SET next_number = 4, used = used + 2 * 70, modseq = 5");
    for (int number = 2; number < 4; ++number) {
      std::string body = number == 2 ? "Message-ID: <2@x>\r\nReferences: <3@x>\r\n\r\n"
                                     : "Message-ID: <3@x>\r\nSubject: Re: old\r\n\r\n";
      body.resize(70, 'x');
      const message::Index index = message::index(body);
      db.run("INSERT INTO blob VALUES (?1, 1, 70, ?2, ?3)", number,
             sqlite::Blob{message::encode_index(index)}, sqlite::Blob{body});
      db.run("INSERT INTO message VALUES (1, ?1, ?1, 1700000000, 1, 1, ?1)", number);
      db.run("INSERT INTO placement VALUES (1, ?1, ?1, ?1, 1, 0, 3, 70, 1700000000, 0)", number);
    }
    db.execute("UPDATE mailbox SET messages = 3, size = size + 140, uid_next = 4 WHERE id = 1");
  }
  TestStore store(folder.path());
  const std::vector<MessageNumber> numbers = {MessageNumber(1), MessageNumber(2), MessageNumber(3)};
  const auto threads = store.read([&](Reader& r) { return r.threads(AccountId(1), numbers); });
  REQUIRE(threads);
  // The third is a reply to the subject of the first and named by the second.
  CHECK(*threads == std::vector<ThreadId>(3, ThreadId(1)));
}

TEST_CASE("An older file is backed up and then migrated") {
  TempFolder folder;
  {
    TestStore store(folder.path());
  }
  const auto steps = one_step_more("ALTER TABLE store ADD COLUMN later INTEGER DEFAULT 7");
  const int before = kSchemaVersion;
  const std::string backup = folder.database() + ".v" + std::to_string(before) + "-backup";
  {
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    const auto migrated = migrate(db, steps);
    if (!migrated) FAIL(migrated.error().message());
    CHECK(db.integer("PRAGMA user_version") == before + 1);
    CHECK(db.integer("SELECT later FROM store") == 7);
    CHECK(migrate(db, steps));
  }
  REQUIRE(std::filesystem::exists(backup));
  CHECK((std::filesystem::status(backup).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  // The backup is a whole store of the version before.
  const auto refused = Store::open(folder.path(), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::Invalid);
  std::filesystem::rename(backup, folder.database());
  TestStore store(folder.path());
}

TEST_CASE("A migration that fails leaves the file as it was") {
  TempFolder folder;
  {
    TestStore store(folder.path());
    store.deliver(store.account("anna@example.org"), text_of("kept"));
  }
  {
    sqlite::Connection db(folder.database(), sqlite::OpenMode::ReadWrite);
    const auto failed = migrate(
        db, one_step_more("ALTER TABLE store ADD COLUMN later INTEGER; DROP TABLE no_such_table"));
    REQUIRE_FALSE(failed);
    CHECK(db.integer("PRAGMA user_version") == kSchemaVersion);
  }
  TestStore store(folder.path());
  CHECK(store.read([](Reader& r) { return r.list_accounts(); })->size() == 1);
}
