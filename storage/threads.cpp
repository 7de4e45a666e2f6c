// Union-find over the threads of an account, in tables: thread_key leads from the key of a message
// identifier to a thread, thread_join from a thread to the one it was joined with.
#include "storage/threads.h"

#include <algorithm>
#include <vector>

namespace restante::storage {

namespace {

// A set of joined threads, by the one that stands for it.
struct Root {
  ThreadId thread;
  ThreadId lowest;
  std::uint64_t weight = 1;  // threads in the set
};

// The heavier set stays on top, so that the way to the top is short: at most log2 of the weight.
Root find_root(sqlite::Connection& db, AccountId account, ThreadId thread) {
  for (;;) {
    auto row = db.query(
        "SELECT parent, lowest, weight FROM thread_join WHERE account = ?1 AND thread = ?2",
        account, thread);
    if (!row.step()) return {thread, thread, 1};
    const auto parent = row.get<ThreadId>(0);
    if (parent == thread) return {thread, row.get<ThreadId>(1), row.get<std::uint64_t>(2)};
    thread = parent;
  }
}

void put_join(sqlite::Connection& db, AccountId account, ThreadId thread, ThreadId parent,
              ThreadId lowest, std::uint64_t weight) {
  db.run(
      "INSERT INTO thread_join (account, thread, parent, lowest, weight) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account, thread) "
      "DO UPDATE SET parent = ?3, lowest = ?4, weight = ?5",
      account, thread, parent, lowest, weight);
}

// The thread a message gets, while it is found out which ones it connects.
class Joining {
 public:
  Joining(sqlite::Connection& db, AccountId account, MessageNumber number)
      : db_(db), account_(account), number_(number) {}

  void join(ThreadId thread) {
    if (found_ && root_.thread == thread) return;
    const Root other = find_root(db_, account_, thread);
    if (!found_) {
      found_ = true;
      root_ = other;
      return;
    }
    if (other.thread == root_.thread) return;
    const bool stays = root_.weight >= other.weight;
    const ThreadId top = stays ? root_.thread : other.thread;
    const ThreadId below = stays ? other.thread : root_.thread;
    root_ = {top, std::min(root_.lowest, other.lowest), root_.weight + other.weight};
    put_join(db_, account_, below, top, ThreadId(0), 0);
    put_join(db_, account_, top, top, root_.lowest, root_.weight);
  }

  // A message that connects nothing founds a thread, which bears its number.
  ThreadId thread() const { return found_ ? root_.thread : ThreadId(number_.value()); }
  NewThread result() const { return {thread(), found_ ? root_.lowest : thread()}; }

 private:
  sqlite::Connection& db_;
  AccountId account_;
  MessageNumber number_;
  bool found_ = false;
  Root root_;
};

std::int64_t stored(std::uint64_t key) {
  return static_cast<std::int64_t>(key);
}

// A new key leads to that thread; false where the key is known.
bool insert_key(sqlite::Connection& db, AccountId account, std::uint64_t key, ThreadId thread) {
  db.run("INSERT OR IGNORE INTO thread_key (account, key, thread) VALUES (?1, ?2, ?3)", account,
         stored(key), thread);
  return db.changes() == 1;
}

std::optional<ThreadId> select_key(sqlite::Connection& db, AccountId account, std::uint64_t key) {
  const auto thread = db.integer("SELECT thread FROM thread_key WHERE account = ?1 AND key = ?2",
                                 account, stored(key));
  if (!thread) return std::nullopt;
  return ThreadId(static_cast<std::uint64_t>(*thread));
}

// All identifiers that the message names, its own included, each once.
std::vector<std::uint64_t> keys_of(const message::Digest& digest) {
  std::vector<std::uint64_t> keys;
  keys.reserve(digest.references.size() + 2);
  if (digest.message_id != 0) keys.push_back(digest.message_id);
  if (digest.in_reply_to != 0) keys.push_back(digest.in_reply_to);
  for (std::size_t i = 0; i < digest.references.size(); ++i) keys.push_back(digest.references[i]);
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

void join_by_identifiers(sqlite::Connection& db, AccountId account, const message::Digest& digest,
                         Joining& joining) {
  if (!digest.has_references()) {  // most messages: one statement where it founds a thread
    if (digest.message_id == 0 || insert_key(db, account, digest.message_id, joining.thread()))
      return;
    joining.join(*select_key(db, account, digest.message_id));
    return;
  }
  std::vector<std::uint64_t> keys = keys_of(digest);
  std::erase_if(keys, [&](std::uint64_t key) {
    const std::optional<ThreadId> thread = select_key(db, account, key);
    if (thread) joining.join(*thread);
    return thread.has_value();
  });
  for (const std::uint64_t key : keys) insert_key(db, account, key, joining.thread());
}

// A base subject connects once a reply without references names it: then all messages without
// references that have it. Until then it only remembers who they are.
void join_by_subject(sqlite::Connection& db, AccountId account, MessageNumber number,
                     const message::Digest& digest, Joining& joining) {
  const std::int64_t key = stored(message::subject_key(digest.subject));
  if (!digest.is_reply_or_forward) {
    db.run(
        "INSERT INTO thread_subject (account, key, opener, thread) SELECT ?1, ?2, ?3, ?4 "
        "WHERE NOT EXISTS (SELECT 1 FROM thread_subject WHERE account = ?1 AND key = ?2 "
        "AND opener = 0)",
        account, key, number, joining.thread());
    if (db.changes() == 1) return;
  }
  std::vector<ThreadId> threads;
  bool connects = false;
  {
    auto row = db.query(
        "SELECT opener, thread FROM thread_subject WHERE account = ?1 AND key = ?2 ORDER BY opener",
        account, key);
    while (row.step()) {
      connects = connects || row.integer(0) == 0;
      threads.push_back(row.get<ThreadId>(1));
    }
  }
  if (joining.thread() == ThreadId(number.value())) joining.join(joining.thread());
  for (const ThreadId thread : threads) joining.join(thread);
  if (connects) return;
  db.run("DELETE FROM thread_subject WHERE account = ?1 AND key = ?2", account, key);
  db.run("INSERT INTO thread_subject (account, key, opener, thread) VALUES (?1, ?2, 0, ?3)",
         account, key, joining.thread());
}

}  // namespace

NewThread assign_thread(sqlite::Connection& db, AccountId account, MessageNumber number,
                        const message::Digest& digest) {
  Joining joining(db, account, number);
  join_by_identifiers(db, account, digest, joining);
  if (!digest.has_references() && !digest.subject.empty())
    join_by_subject(db, account, number, digest, joining);
  return joining.result();
}

NewThread assign_thread(sqlite::Connection& db, AccountId account, MessageNumber number,
                        BlobId blob) {
  auto row = db.query("SELECT digest FROM digest WHERE blob = ?1", blob);
  if (!row.step())
    throw sqlite::Failure(Error(ErrorKind::Corrupt, db.path() +
                                                        " is damaged (a blob without its "
                                                        "digest); restore it from a backup"));
  const Result<message::Digest> digest = message::decode_digest(row.blob(0));
  if (!digest) throw sqlite::Failure(digest.error());
  return assign_thread(db, account, number, *digest);
}

ThreadNames::ThreadNames(sqlite::Connection& db, AccountId account)
    : db_(db),
      account_(account),
      any_joined_(
          db.integer("SELECT 1 FROM thread_join WHERE account = ?1 LIMIT 1", account).has_value()) {
}

ThreadId ThreadNames::shown(ThreadId raw) {
  if (!any_joined_) return raw;
  const auto [known, is_new] = known_.try_emplace(raw, raw);
  if (is_new) known->second = find_root(db_, account_, raw).lowest;
  return known->second;
}

void remove_threads(sqlite::Connection& db, AccountId account) {
  db.run("DELETE FROM thread_key WHERE account = ?1", account);
  db.run("DELETE FROM thread_subject WHERE account = ?1", account);
  db.run("DELETE FROM thread_join WHERE account = ?1", account);
}

}  // namespace restante::storage
