// Whether digests say what structures say, and threads what digests say.
#include <fmt/format.h>

#include <map>

#include "storage/check.h"
#include "storage/threads.h"

namespace restante::storage {

namespace {

// More of one kind say nothing new.
constexpr std::size_t kMostLines = 100;

void check_digests(sqlite::Connection& db, std::vector<std::string>& lines) {
  auto row = db.query(
      "SELECT b.id, b.structure, d.digest FROM blob b LEFT JOIN digest d ON d.blob = b.id "
      "UNION ALL SELECT d.blob, NULL, d.digest FROM digest d "
      "WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.id = d.blob)");
  const std::size_t most = lines.size() + kMostLines;
  while (row.step() && lines.size() < most) {
    if (row.is_null(1))
      lines.push_back(fmt::format("digest {}: without its blob", row.integer(0)));
    else if (row.blob(2) != digest_of_structure(row.blob(1)))
      lines.push_back(fmt::format("digest {}: not that of its blob", row.integer(0)));
  }
}

struct Join {
  ThreadId parent;
  ThreadId lowest;
  std::uint64_t weight = 0;
};

// Every way leads to a root that knows how many threads end in it and which is the lowest.
void check_joins(sqlite::Connection& db, AccountId account, std::vector<std::string>& lines) {
  std::map<ThreadId, Join> joins;
  {
    auto row = db.query("SELECT thread, parent, lowest, weight FROM thread_join WHERE account = ?1",
                        account);
    while (row.step())
      joins[row.get<ThreadId>(0)] = {row.get<ThreadId>(1), row.get<ThreadId>(2),
                                     row.get<std::uint64_t>(3)};
  }
  std::map<ThreadId, Join> found;
  for (const auto& [thread, join] : joins) {
    ThreadId root = thread;
    for (int steps = 0; steps < 64 && joins.contains(root) && joins[root].parent != root; ++steps)
      root = joins[root].parent;
    if (!joins.contains(root) || joins[root].parent != root) {
      lines.push_back(
          fmt::format("thread {}/{}: joined with nothing", account.value(), thread.value()));
      continue;
    }
    Join& sums = found.try_emplace(root, Join{root, thread, 0}).first->second;
    sums.lowest = std::min(sums.lowest, thread);
    ++sums.weight;
  }
  for (const auto& [root, sums] : found)
    if (joins[root].lowest != sums.lowest || joins[root].weight != sums.weight)
      lines.push_back(fmt::format("thread {}/{}: says lowest {} of {}, counted {} of {}",
                                  account.value(), root.value(), joins[root].lowest.value(),
                                  joins[root].weight, sums.lowest.value(), sums.weight));
}

// What one message says of its thread.
class MessageThread {
 public:
  MessageThread(sqlite::Connection& db, AccountId account)
      : db_(db), account_(account), names_(db, account) {}

  // Empty where all is well.
  std::string look_at(MessageNumber number, ThreadId raw, const message::Digest& digest) {
    if (!raw || raw.value() > number.value()) return "an impossible thread";
    thread_ = names_.shown(raw);
    bool known = key_leads_here(digest.message_id) && key_leads_here(digest.in_reply_to);
    for (std::size_t i = 0; i < digest.references.size(); ++i)
      known = known && key_leads_here(digest.references[i]);
    if (!known) return "an identifier it names leads to another thread or none";
    if (digest.has_references() || digest.subject.empty()) return {};
    return subject_leads_here(number, digest) ? std::string()
                                              : "its subject leads to another thread or none";
  }

 private:
  bool leads_here(const std::optional<std::int64_t>& thread) {
    return thread && names_.shown(ThreadId(static_cast<std::uint64_t>(*thread))) == thread_;
  }
  bool key_leads_here(std::uint64_t key) {
    return key == 0 ||
           leads_here(db_.integer("SELECT thread FROM thread_key WHERE account = ?1 AND key = ?2",
                                  account_, static_cast<std::int64_t>(key)));
  }
  bool subject_leads_here(MessageNumber number, const message::Digest& digest) {
    const auto opened_by = [&](std::uint64_t opener) {
      return db_.integer(
          "SELECT thread FROM thread_subject WHERE account = ?1 AND key = ?2 AND opener = ?3",
          account_, static_cast<std::int64_t>(message::subject_key(digest.subject)), opener);
    };
    const auto connecting = opened_by(0);
    if (connecting || digest.is_reply_or_forward) return leads_here(connecting);
    return leads_here(opened_by(number.value()));
  }

  sqlite::Connection& db_;
  AccountId account_;
  ThreadNames names_;
  ThreadId thread_;
};

void check_messages(sqlite::Connection& db, AccountId account, std::vector<std::string>& lines) {
  MessageThread message(db, account);
  auto row = db.query(
      "SELECT g.number, g.thread, d.digest FROM message g JOIN digest d ON d.blob = g.blob "
      "WHERE g.account = ?1",
      account);
  const std::size_t most = lines.size() + kMostLines;
  while (row.step() && lines.size() < most) {
    const Result<message::Digest> digest = message::decode_digest(row.blob(2));
    const std::string wrong =
        digest ? message.look_at(row.get<MessageNumber>(0), row.get<ThreadId>(1), *digest)
               : digest.error().message();
    if (!wrong.empty())
      lines.push_back(fmt::format("message {}/{}: {}", account.value(), row.integer(0), wrong));
  }
}

}  // namespace

void check_threads(sqlite::Connection& db, std::vector<std::string>& lines) {
  check_digests(db, lines);
  std::vector<AccountId> accounts;
  {
    auto row = db.query(
        "SELECT id, next_number FROM account UNION SELECT account, 0 FROM thread_key "
        "UNION SELECT account, 0 FROM thread_subject UNION SELECT account, 0 FROM thread_join");
    std::map<AccountId, std::int64_t> numbers;
    while (row.step()) {
      std::int64_t& next = numbers[row.get<AccountId>(0)];
      next = std::max(next, row.integer(1));
    }
    for (const auto& [account, next] : numbers) {
      if (next == 0)
        lines.push_back(
            fmt::format("threads of account {}, which does not exist", account.value()));
      else
        accounts.push_back(account);
    }
  }
  for (const AccountId account : accounts) {
    check_joins(db, account, lines);
    check_messages(db, account, lines);
  }
}

}  // namespace restante::storage
