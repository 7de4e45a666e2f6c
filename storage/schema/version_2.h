// Version 2 of the schema: threads, and the digests that sorting and threading read
// (docs/schema.md). Filled for the messages of an older file by fill_threads().
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion2 = R"sql(
ALTER TABLE message ADD COLUMN thread INTEGER NOT NULL DEFAULT 0;

CREATE TABLE digest (
  blob INTEGER PRIMARY KEY,
  digest BLOB NOT NULL
) STRICT;

CREATE TABLE thread_key (
  account INTEGER NOT NULL,
  key INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE thread_subject (
  account INTEGER NOT NULL,
  key INTEGER NOT NULL,
  opener INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  PRIMARY KEY (account, key, opener)
) STRICT, WITHOUT ROWID;

CREATE TABLE thread_join (
  account INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  lowest INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  PRIMARY KEY (account, thread)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace restante::storage
