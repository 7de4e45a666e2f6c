// Version 3 of the schema: the search index and how far it is (docs/schema.md, "The search index").
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion3 = R"sql(
CREATE TABLE search_progress (
  account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  number INTEGER NOT NULL
) STRICT;

CREATE TABLE search_skipped (
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_word (
  id INTEGER PRIMARY KEY,
  word TEXT NOT NULL UNIQUE
) STRICT;

CREATE VIRTUAL TABLE search_gram USING fts5 (
  grams, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);

CREATE VIRTUAL TABLE search_text USING fts5 (
  words, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);
)sql";

}  // namespace restante::storage
