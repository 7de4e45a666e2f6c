// Version 3 of the schema: the search index and how far it is (docs/schema.md).
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion3 = R"sql(
CREATE TABLE search_progress (
  account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  number INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace restante::storage
