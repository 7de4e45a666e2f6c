// Version 2 of the schema: threads (docs/schema.md).
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion2 = R"sql(
CREATE TABLE thread (
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  thread INTEGER NOT NULL,
  merged_into INTEGER,
  PRIMARY KEY (account, thread)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace restante::storage
