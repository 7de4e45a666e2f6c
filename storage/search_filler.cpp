// The loop of the filling thread.
#include "storage/search_filler.h"

#include <semaphore>

#include "storage/search_words.h"
#include "storage/writer.h"

namespace restante::storage {

namespace {

using namespace std::chrono_literals;

// One batch holds the write lock: about 10 ms when nobody else wants it, 2 ms when others do.
constexpr std::size_t kIdleBatch = 100;
constexpr std::size_t kBusyBatch = 16;
constexpr std::size_t kBatchOctets = std::size_t{512} * 1024;  // of terms
constexpr std::size_t kVocabulary = 100'000;
// What is delivered at about the same time is indexed together.
constexpr auto kGather = 50ms;
constexpr std::uint64_t kMostNumber = 0xffffffff;  // the rowid has no place for more

}  // namespace

SearchFiller::SearchFiller(std::string path, const StoreOptions& options, Writer& writer)
    : path_(std::move(path)), in_background_(options.fill_search_index), writer_(writer) {
  thread_ = std::thread([this] { work(); });
  if (in_background_)
    writer_.on_commit([this](const std::vector<ChangeNotice>& notices) { after_commit(notices); });
}

SearchFiller::~SearchFiller() {
  writer_.on_commit({});
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  writer_.drop_background();
  thread_.join();
}

void SearchFiller::after_commit(const std::vector<ChangeNotice>& notices) {
  if (notices.empty()) return;
  const std::scoped_lock lock(mutex_);
  const bool first = touched_.empty();
  for (const ChangeNotice& notice : notices) touched_.insert(notice.account);
  if (first) wake_.notify_all();
}

void SearchFiller::complete(Completion<void> done) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(std::move(done));
      wake_.notify_all();
      return;
    }
  }
  done(fail(ErrorKind::Busy, "the store is closing"));
}

// Waits until something may be missing in the index; false where the store closes.
bool SearchFiller::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || !touched_.empty() || !waiting_.empty(); });
  wake_.wait_for(lock, kGather, [&] { return stopping_ || !waiting_.empty(); });
  return !stopping_;
}

void SearchFiller::work() {
  std::unique_ptr<SqliteReader> reader;
  bool all = in_background_;  // at the start everything may lag behind
  while (all || wait_for_work()) {
    std::vector<Completion<void>> waiting;
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) break;
      accounts_.merge(touched_);
      touched_.clear();
      waiting.swap(waiting_);
    }
    Result<bool> filled = false;
    try {
      // It reads within one call: nothing is held.
      if (!reader) reader = std::make_unique<SqliteReader>(path_, std::make_shared<BlobHolds>());
      if (all || !waiting.empty()) add_lagging(*reader);
      filled = fill(*reader);
    } catch (const sqlite::Failure& failure) {
      filled = std::unexpected(failure.error());
    } catch (const std::exception& error) {
      filled = fail(ErrorKind::Io, error.what());
    }
    // What failed is tried again with the next change: a search scans what is missing.
    all = false;
    Result<void> result = {};
    if (!filled) result = std::unexpected(filled.error());
    for (Completion<void>& done : waiting) done(result);
  }
  std::vector<Completion<void>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    waiting.swap(waiting_);
  }
  for (Completion<void>& done : waiting) done(fail(ErrorKind::Busy, "the store is closing"));
}

void SearchFiller::add_lagging(SqliteReader& reader) {
  auto row = reader.db().query(
      "SELECT a.id FROM account a LEFT JOIN search_progress p ON p.account = a.id "
      "WHERE a.next_number - 1 > coalesce(p.number, 0)");
  while (row.step()) accounts_.insert(row.get<AccountId>(0));
}

Result<bool> SearchFiller::fill(SqliteReader& reader) {
  while (!accounts_.empty()) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return false;
    }
    IndexBatch batch;
    const std::size_t most = writer_.is_busy() ? kBusyBatch : kIdleBatch;
    reader.run([&](Reader&) { batch = prepare_batch(reader, most); });
    if (batch.progress.empty()) continue;
    Result<void> written = write(std::move(batch));
    if (!written) return std::unexpected(written.error());
  }
  return true;
}

// The next messages of the accounts that lag behind; takes those away that don't.
IndexBatch SearchFiller::prepare_batch(SqliteReader& reader, std::size_t most) {
  IndexBatch batch;
  batch_octets_ = 0;
  new_words_.clear();
  for (auto account = accounts_.begin(); account != accounts_.end();) {
    const std::size_t before = batch.progress.size();
    prepare_account(reader, *account, most, batch);
    if (batch.messages.size() >= most || batch_octets_ >= kBatchOctets) break;
    account = batch.progress.size() == before ? accounts_.erase(account) : std::next(account);
  }
  batch.new_words.assign(new_words_.begin(), new_words_.end());
  return batch;
}

void SearchFiller::prepare_account(SqliteReader& reader, AccountId account, std::size_t most,
                                   IndexBatch& batch) {
  const auto next = reader.db().integer("SELECT next_number FROM account WHERE id = ?1", account);
  const MessageNumber from = indexed_up_to(reader.db(), account);
  if (!next) return;
  const MessageNumber last(std::min(static_cast<std::uint64_t>(*next) - 1, kMostNumber));
  if (last <= from) return;
  IndexProgress progress{account, from, last};
  auto row = reader.db().query(
      "SELECT g.number, g.blob, b.size FROM message g JOIN blob b ON b.id = g.blob "
      "WHERE g.account = ?1 AND g.number > ?2 AND g.number <= ?3 ORDER BY g.number",
      account, from, last);
  while (row.step()) {
    const auto number = row.get<MessageNumber>(0);
    if (batch.messages.size() >= most || batch_octets_ >= kBatchOctets) {
      progress.to = MessageNumber(number.value() - 1);
      break;
    }
    prepare_message(reader, account, number, row.get<BlobId>(1), row.get<std::uint64_t>(2), batch);
  }
  if (progress.to > from) batch.progress.push_back(progress);
}

void SearchFiller::prepare_message(SqliteReader& reader, AccountId account, MessageNumber number,
                                   BlobId blob, std::uint64_t size, IndexBatch& batch) {
  IndexedMessage& message = batch.messages.emplace_back(account, number, std::string(), true);
  const Result<message::Index> index = reader.index(blob);
  const Result<std::string> octets = reader.octets(blob, 0, size);
  if (!index || !octets) return;  // a search that looks at it tells what is wrong
  const MessageWords words = words_of(*octets, *index);
  if (!words.complete()) return;
  message.skipped = false;
  message.terms = words.terms();
  batch_octets_ += message.terms.size();
  words.each_word([&](const std::string& word) { note_word(reader, word); });
}

// Asks for each word once in a while only.
void SearchFiller::note_word(SqliteReader& reader, const std::string& word) {
  if (vocabulary_.contains(word) || new_words_.contains(word)) return;
  if (!reader.db().integer("SELECT id FROM search_word WHERE word = ?1", word)) {
    new_words_.insert(word);
    return;
  }
  if (vocabulary_.size() == kVocabulary) vocabulary_.clear();
  vocabulary_.insert(word);
}

Result<void> SearchFiller::write(IndexBatch batch) {
  std::binary_semaphore done(0);
  Result<void> result = {};
  auto task = [batch = std::move(batch)](WriteContext& context) {
    return write_index_batch(context, batch);
  };
  writer_.submit_background<void>(std::move(task), [&](Result<void> written) {
    result = std::move(written);
    done.release();
  });
  done.acquire();
  return result;
}

}  // namespace restante::storage
