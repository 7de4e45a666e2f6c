// Version 4 of the schema: rights, annotations and quotas (docs/schema.md).
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion4 = R"sql(
CREATE TABLE acl (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  identifier TEXT NOT NULL,
  rights INTEGER NOT NULL,
  PRIMARY KEY (mailbox, identifier)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace restante::storage
