// Which messages of an account are one conversation: the connected components over message
// identifiers, independent of the order in which messages came (docs/schema.md, Threads). Knows
// SQL and digests, nothing of the writer thread.
#pragma once

#include <unordered_map>

#include "mail/message/digest.h"
#include "storage/sqlite/connection.h"
#include "storage/types.h"

namespace restante::storage {

// The thread of a message that is new to the account, joining threads where it connects them.
// raw: what its row keeps; shown: what the thread is called now.
struct NewThread {
  ThreadId raw;
  ThreadId shown;
};
NewThread assign_thread(sqlite::Connection& db, AccountId account, MessageNumber number,
                        const message::Digest& digest);
// The same for a message whose blob and digest are stored.
NewThread assign_thread(sqlite::Connection& db, AccountId account, MessageNumber number,
                        BlobId blob);

// Threads by the name they have now; those that were looked up are remembered, so that one is for
// one read transaction.
class ThreadNames {
 public:
  ThreadNames(sqlite::Connection& db, AccountId account);

  // The lowest number among all that were joined with raw.
  ThreadId shown(ThreadId raw);

 private:
  sqlite::Connection& db_;
  AccountId account_;
  bool any_joined_;
  std::unordered_map<ThreadId, ThreadId> known_;
};

// Removes what the threads of an account consist of.
void remove_threads(sqlite::Connection& db, AccountId account);

// The digest of a message whose structure is stored; empty where the structure is damaged.
std::string digest_of_structure(std::string_view structure);

// Gives digests and threads to the messages of a file that had none (schema step 2).
void fill_threads(sqlite::Connection& db);

}  // namespace restante::storage
