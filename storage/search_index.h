// The search index as SQL: its batches are written by the writer thread, asked by readers
// (docs/schema.md, "The search index"). Throw sqlite::Failure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/types.h"
#include "storage/writes.h"

namespace restante::storage {

// One message for the index.
struct IndexedMessage {
  AccountId account;
  MessageNumber number;
  std::string terms;     // MessageWords::terms
  bool skipped = false;  // too many words: every search looks at it
};

// How far an account was and is with the batch.
struct IndexProgress {
  AccountId account;
  MessageNumber from;
  MessageNumber to;
};

// Some messages made ready for the index, outside the writer thread.
struct IndexBatch {
  std::vector<IndexedMessage> messages;  // ascending by account and number
  std::vector<IndexProgress> progress;
  std::vector<std::string> new_words;  // perhaps new to the vocabulary; ascending
};

// Adds a batch. What belongs to an account that is gone, or that was not where the batch says, is
// left out: it is prepared again.
Result<void> write_index_batch(WriteContext& context, const IndexBatch& batch);

// The number up to which the account's messages are in the index or known to be skipped.
MessageNumber indexed_up_to(sqlite::Connection& db, AccountId account);

// The messages of the account that may hold a folded needle (store.h).
TextCandidates find_candidates(sqlite::Connection& db, AccountId account, TextField field,
                               std::string_view needle);

// The same for FuzzyNeedle.
TextCandidates find_similar_candidates(sqlite::Connection& db, AccountId account, TextField field,
                                       std::string_view needle);

// Reader::uids_of.
std::vector<Uid> uids_of_messages(sqlite::Connection& db, MailboxId mailbox,
                                  const std::vector<MessageNumber>& numbers, MessageNumber above);

}  // namespace restante::storage
