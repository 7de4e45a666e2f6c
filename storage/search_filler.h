// The thread that keeps the search index in step: it reads what was delivered since, finds the
// words, and gives them to the writer in batches that wait for deliveries. Safe on any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "storage/notices.h"
#include "storage/search_index.h"
#include "storage/sqlite_reader.h"
#include "storage/store.h"

namespace restante::storage {

class Writer;

class SearchFiller {
 public:
  // In the background where options say so; otherwise only for complete().
  SearchFiller(std::string path, const StoreOptions& options, Writer& writer);
  ~SearchFiller();  // what is being prepared is left for the next start
  SearchFiller(const SearchFiller&) = delete;
  SearchFiller& operator=(const SearchFiller&) = delete;

  void complete(Completion<void> done);

 private:
  // After a COMMIT, on the writer thread.
  void after_commit(const std::vector<ChangeNotice>& notices);
  void work();
  bool wait_for_work();
  // Fills until nothing is left; false where the store closes.
  Result<bool> fill(SqliteReader& reader);
  void add_lagging(SqliteReader& reader);
  IndexBatch prepare_batch(SqliteReader& reader, std::size_t most);
  void prepare_account(SqliteReader& reader, AccountId account, std::size_t most,
                       IndexBatch& batch);
  void prepare_message(SqliteReader& reader, AccountId account, MessageNumber number, BlobId blob,
                       std::uint64_t size, IndexBatch& batch);
  void note_word(SqliteReader& reader, const std::string& word);
  Result<void> write(IndexBatch batch);

  const std::string path_;
  const bool in_background_;
  Writer& writer_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<AccountId> touched_;
  std::vector<Completion<void>> waiting_;
  bool stopping_ = false;

  // Of the thread.
  std::set<AccountId> accounts_;                // that may lag behind
  std::unordered_set<std::string> vocabulary_;  // some of the words that are known
  std::set<std::string> new_words_;             // of the batch being prepared
  std::size_t batch_octets_ = 0;
  std::thread thread_;
};

}  // namespace restante::storage
