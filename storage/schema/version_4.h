// Version 4 of the schema: rights, annotations and quotas (docs/schema.md).
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion4 = R"sql(
ALTER TABLE account ADD COLUMN quota_messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
UPDATE account SET messages =
  (SELECT coalesce(sum(m.messages), 0) FROM mailbox m WHERE m.account = account.id);

CREATE TABLE acl (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  grantee INTEGER NOT NULL,
  negative INTEGER NOT NULL CHECK (negative IN (0, 1)),
  rights INTEGER NOT NULL CHECK (rights BETWEEN 1 AND 2047),
  PRIMARY KEY (mailbox, grantee, negative)
) STRICT, WITHOUT ROWID;
CREATE INDEX acl_grantee ON acl (grantee, mailbox);

CREATE TABLE annotation (
  mailbox INTEGER NOT NULL,
  account INTEGER NOT NULL,
  entry TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (mailbox, account, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX annotation_account ON annotation (account, mailbox);
)sql";

}  // namespace restante::storage
