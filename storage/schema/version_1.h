// Version 1 of the schema: accounts, mailboxes, messages, bodies (docs/schema.md).
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion1 = R"sql(
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

}  // namespace restante::storage
