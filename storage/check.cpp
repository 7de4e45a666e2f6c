// The consistency check. Each query gives the violations as lines of text.
#include "storage/check.h"

#include <fmt/format.h>

#include <array>

#include "storage/prepared_message.h"
#include "storage/sqlite/transaction.h"

namespace restante::storage {

namespace {

// More of one kind say nothing new.
constexpr std::size_t kMostLines = 100;

constexpr std::array<std::string_view, 21> kChecks = {
    "SELECT 'mailbox ' || m.id || ': counters say ' || m.messages || ' messages, ' || m.unseen || "
    "' unseen, ' || m.deleted || ' deleted, ' || m.size || ' octets; counted ' || c.messages || "
    "', ' || c.unseen || ', ' || c.deleted || ', ' || c.size FROM mailbox m JOIN "
    "(SELECT m.id AS id, count(p.uid) AS messages, "
    "coalesce(sum(p.flags & 1 = 0), 0) AS unseen, coalesce(sum(p.flags & 8 <> 0), 0) AS deleted, "
    "coalesce(sum(p.size), 0) AS size FROM mailbox m LEFT JOIN placement p ON p.mailbox = m.id "
    "GROUP BY m.id) c ON c.id = m.id WHERE (m.messages, m.unseen, m.deleted, m.size) <> "
    "(c.messages, c.unseen, c.deleted, c.size)",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': uid is not below uid_next ' || "
    "m.uid_next FROM placement p JOIN mailbox m ON m.id = p.mailbox "
    "WHERE p.uid >= m.uid_next OR p.uid < 1",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': in no mailbox' FROM placement p "
    "WHERE NOT EXISTS (SELECT 1 FROM mailbox m WHERE m.id = p.mailbox)",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': modseq ' || p.modseq || ' is above "
    "that of its mailbox' FROM placement p JOIN mailbox m ON m.id = p.mailbox "
    "WHERE p.modseq > m.highest_modseq OR p.modseq < 1",

    "SELECT 'mailbox ' || m.id || ': modseq is above that of its account' FROM mailbox m "
    "JOIN account a ON a.id = m.account WHERE m.highest_modseq > a.modseq "
    "OR m.changed_modseq > m.highest_modseq",

    "SELECT 'mailbox ' || m.id || ': first_recent or uid_validity is impossible' FROM mailbox m, "
    "store s WHERE m.first_recent > m.uid_next OR m.uid_validity > s.last_uid_validity "
    "OR m.uid_validity < 1",

    "SELECT 'expunged ' || e.mailbox || '/' || e.first || ': impossible range or modseq' "
    "FROM expunged e JOIN mailbox m ON m.id = e.mailbox WHERE e.first > e.last "
    "OR e.last >= m.uid_next OR e.first < 1 OR e.modseq > m.highest_modseq",

    "SELECT 'expunged ' || e.mailbox || '/' || e.first || ': uid ' || p.uid || ' is still there' "
    "FROM expunged e JOIN placement p ON p.mailbox = e.mailbox "
    "AND p.uid BETWEEN e.first AND e.last",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': message, blob or size differ' "
    "FROM placement p JOIN mailbox m ON m.id = p.mailbox "
    "LEFT JOIN message g ON g.account = m.account AND g.number = p.number "
    "LEFT JOIN blob b ON b.id = p.blob "
    "WHERE g.blob IS NOT p.blob OR b.size IS NOT p.size",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': its message does not know it' "
    "FROM placement p JOIN mailbox m ON m.id = p.mailbox "
    "LEFT JOIN message g ON g.account = m.account AND g.number = p.number "
    "AND g.mailbox = p.mailbox AND g.uid = p.uid "
    "LEFT JOIN copy c ON c.account = m.account AND c.number = p.number "
    "AND c.mailbox = p.mailbox AND c.uid = p.uid "
    "WHERE (g.uid IS NULL) = (c.uid IS NULL)",

    "SELECT 'placement ' || p.mailbox || '/' || p.uid || ': a keyword without a name' "
    "FROM placement p WHERE p.keywords & ~(SELECT coalesce(sum(1 << k.bit), 0) FROM keyword k "
    "WHERE k.mailbox = p.mailbox) <> 0",

    "SELECT 'message ' || g.account || '/' || g.number || ': says ' || g.placements || "
    "' placements, points at none of them or is numbered too high' FROM message g "
    "LEFT JOIN account a ON a.id = g.account "
    "LEFT JOIN placement p ON p.mailbox = g.mailbox AND p.uid = g.uid "
    "WHERE a.id IS NULL OR g.number >= a.next_number OR g.number < 1 OR p.number IS NOT g.number "
    "OR g.placements <> 1 + (SELECT count(*) FROM copy c WHERE c.account = g.account "
    "AND c.number = g.number)",

    "SELECT 'copy ' || c.account || '/' || c.number || ': without its placement or message' "
    "FROM copy c LEFT JOIN placement p ON p.mailbox = c.mailbox AND p.uid = c.uid "
    "LEFT JOIN message g ON g.account = c.account AND g.number = c.number "
    "WHERE p.number IS NOT c.number OR g.number IS NULL",

    "SELECT 'blob ' || b.id || ': says ' || b.uses || ' uses, counted ' || coalesce(u.uses, 0) "
    "FROM blob b LEFT JOIN (SELECT blob, count(*) AS uses FROM message GROUP BY blob) u "
    "ON u.blob = b.id WHERE b.uses <> coalesce(u.uses, 0)",

    "SELECT 'account ' || a.id || ': used says ' || a.used || ', counted ' || "
    "coalesce(u.size, 0) FROM account a LEFT JOIN (SELECT g.account AS account, "
    "sum(b.size) AS size FROM message g JOIN blob b ON b.id = g.blob GROUP BY g.account) u "
    "ON u.account = a.id WHERE a.used <> coalesce(u.size, 0)",

    "SELECT 'account ' || a.id || ': says ' || a.messages || ' messages, its mailboxes ' || "
    "coalesce(sum(m.messages), 0) FROM account a LEFT JOIN mailbox m ON m.account = a.id "
    "GROUP BY a.id HAVING a.messages <> coalesce(sum(m.messages), 0)",

    "SELECT 'acl ' || l.mailbox || '/' || l.grantee || ': of an account that is not there or owns "
    "the mailbox' FROM acl l JOIN mailbox m ON m.id = l.mailbox LEFT JOIN account a "
    "ON a.id = l.grantee WHERE l.grantee = m.account OR (l.grantee <> 0 AND a.id IS NULL)",

    "SELECT 'annotation ' || n.mailbox || '/' || n.account || ' ' || n.entry || ': on nothing, of "
    "nobody or of the wrong kind' FROM annotation n LEFT JOIN mailbox m ON m.id = n.mailbox "
    "LEFT JOIN account a ON a.id = n.account WHERE (n.mailbox <> 0 AND m.id IS NULL) "
    "OR (n.account <> 0 AND a.id IS NULL) OR (n.account <> 0) <> (n.entry LIKE '/private/%')",
    "SELECT 'search ' || p.account || ': indexed up to ' || p.number || ', which was never given' "
    "FROM search_progress p LEFT JOIN account a ON a.id = p.account "
    "WHERE a.id IS NULL OR p.number >= a.next_number OR p.number < 0",

    "SELECT 'search ' || s.account || '/' || s.number || ': skipped but not yet reached' "
    "FROM search_skipped s LEFT JOIN search_progress p ON p.account = s.account "
    "WHERE p.number IS NULL OR s.number > p.number",

    "SELECT 'account ' || a.id || ': without INBOX or without its own address' FROM account a "
    "WHERE NOT EXISTS (SELECT 1 FROM mailbox m WHERE m.account = a.id AND m.name = 'INBOX') "
    "OR NOT EXISTS (SELECT 1 FROM address d WHERE d.account = a.id AND d.address = a.address)",
};

void collect(sqlite::Connection& db, std::string_view sql, std::vector<std::string>& lines) {
  auto row = db.query(sql);
  for (std::size_t count = 0; count < kMostLines && row.step(); ++count)
    lines.emplace_back(row.text(0));
}

void check_file(sqlite::Connection& db, std::vector<std::string>& lines) {
  auto row = db.query("PRAGMA integrity_check");
  while (row.step())
    if (row.text(0) != "ok") lines.push_back("database file: " + std::string(row.text(0)));
  auto broken = db.query("PRAGMA foreign_key_check");
  while (broken.step())
    lines.push_back(fmt::format("{} row {} refers to a missing {}", broken.text(0),
                                broken.integer(1), broken.text(2)));
}

// The stored index and every chunk of one blob.
void check_blob(sqlite::Connection& db, std::int64_t id, std::uint64_t size,
                std::string_view structure, std::string_view first,
                std::vector<std::string>& lines) {
  const Result<message::Index> index = message::decode_index(structure);
  if (!index)
    lines.push_back(fmt::format("blob {}: structure: {}", id, index.error().message()));
  else if (index->size != size)
    lines.push_back(
        fmt::format("blob {}: structure is of {} octets, not {}", id, index->size, size));
  if (!unpack_chunk(first, std::min(size, kChunkOctets)))
    lines.push_back(fmt::format("blob {}: chunk 0 is damaged", id));
  std::uint64_t expected = 1;
  auto row = db.query("SELECT chunk, body FROM blob_chunk WHERE blob = ?1 ORDER BY chunk", id);
  for (; row.step(); ++expected) {
    const std::uint64_t offset = expected * kChunkOctets;
    if (row.get<std::uint64_t>(0) != expected || offset >= size ||
        !unpack_chunk(row.blob(1), std::min(size - offset, kChunkOctets)))
      lines.push_back(fmt::format("blob {}: chunk {} is damaged", id, row.integer(0)));
  }
  const std::uint64_t chunks = size == 0 ? 1 : (size + kChunkOctets - 1) / kChunkOctets;
  if (expected != chunks)
    lines.push_back(fmt::format("blob {}: has {} chunks, not {}", id, expected, chunks));
}

void check_blobs(sqlite::Connection& db, std::vector<std::string>& lines) {
  auto row = db.query("SELECT id, size, structure, body FROM blob ORDER BY id");
  while (row.step() && lines.size() < kMostLines * kChecks.size())
    check_blob(db, row.integer(0), row.get<std::uint64_t>(1), row.blob(2), row.blob(3), lines);
}

}  // namespace

std::vector<std::string> check_database(sqlite::Connection& db) {
  std::vector<std::string> lines;
  sqlite::Transaction view(db, sqlite::TransactionKind::Read);
  check_file(db, lines);
  for (const std::string_view sql : kChecks) collect(db, sql, lines);
  check_blobs(db, lines);
  check_threads(db, lines);
  return lines;
}

}  // namespace restante::storage
