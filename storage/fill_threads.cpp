// Digests and threads for the messages of a file that was made before there were any.
#include <vector>

#include "storage/threads.h"

namespace restante::storage {

namespace {

constexpr int kBatch = 1000;

void fill_digests(sqlite::Connection& db) {
  auto row = db.query("SELECT id, structure FROM blob ORDER BY id");
  while (row.step()) {
    const std::string digest = digest_of_structure(row.blob(1));
    if (!digest.empty())
      db.run("INSERT INTO digest (blob, digest) VALUES (?1, ?2)", row.get<BlobId>(0),
             sqlite::Blob{digest});
  }
}

struct Row {
  AccountId account;
  MessageNumber number;
  std::string digest;
};

// The next messages behind last, in the order of their numbers.
std::vector<Row> next_rows(sqlite::Connection& db, const Row& last) {
  std::vector<Row> rows;
  auto row = db.query(
      "SELECT g.account, g.number, d.digest FROM message g LEFT JOIN digest d ON d.blob = g.blob "
      "WHERE (g.account, g.number) > (?1, ?2) ORDER BY g.account, g.number LIMIT ?3",
      last.account, last.number, kBatch);
  while (row.step())
    rows.push_back({row.get<AccountId>(0), row.get<MessageNumber>(1), std::string(row.blob(2))});
  return rows;
}

}  // namespace

std::string digest_of_structure(std::string_view structure) {
  const Result<message::Index> index = message::decode_index(structure);
  return index ? message::encode_digest(*index) : std::string();
}

void fill_threads(sqlite::Connection& db) {
  fill_digests(db);
  Row last;
  for (;;) {
    const std::vector<Row> rows = next_rows(db, last);
    if (rows.empty()) return;
    for (const Row& row : rows) {
      const Result<message::Digest> digest = message::decode_digest(row.digest);
      const ThreadId thread = digest ? assign_thread(db, row.account, row.number, *digest).raw
                                     : ThreadId(row.number.value());
      db.run("UPDATE message SET thread = ?3 WHERE account = ?1 AND number = ?2", row.account,
             row.number, thread);
    }
    last = rows.back();
  }
}

}  // namespace restante::storage
