// Statements of the search index.
#include "storage/search_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <set>
#include <span>

#include "mail/message/fuzzy.h"
#include "mail/message/words.h"
#include "storage/rows.h"
#include "storage/search_words.h"

namespace restante::storage {

namespace {

// More words than these hold a piece: reading their messages would cost more than it spares.
constexpr std::size_t kMostWords = 3'000;
// More grams than these do not narrow further.
constexpr std::size_t kMostGrams = 12;
constexpr std::uint64_t kMostNumber = 0xffffffff;

std::int64_t row_of(AccountId account, std::uint64_t number) {
  return static_cast<std::int64_t>((account.value() << 32U) | number);
}

void add_word(WriteContext& context, const std::string& word) {
  context.db.run("INSERT OR IGNORE INTO search_word (word) VALUES (?1)", word);
  if (context.db.changes() == 0) return;
  const std::int64_t id = context.db.last_insert_id();
  const std::string grams = grams_of(word);
  if (!grams.empty())
    context.db.run("INSERT INTO search_gram (rowid, grams) VALUES (?1, ?2)", id, grams);
}

bool is_where_expected(WriteContext& context, const IndexProgress& progress) {
  return context.db.integer("SELECT 1 FROM account WHERE id = ?1", progress.account).has_value() &&
         indexed_up_to(context.db, progress.account) == progress.from;
}

// A set of message numbers of one account.
class Numbers {
 public:
  explicit Numbers(std::uint64_t last) : bits_(last / 64 + 1) {}
  void add(std::uint64_t number) { bits_[number / 64] |= std::uint64_t{1} << (number % 64); }
  void keep(const Numbers& others) {
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] &= others.bits_[i];
  }
  void add(const Numbers& others) {
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= others.bits_[i];
  }
  std::vector<MessageNumber> list() const {
    std::vector<MessageNumber> numbers;
    for (std::size_t i = 0; i < bits_.size(); ++i)
      for (std::uint64_t left = bits_[i]; left != 0; left &= left - 1)
        numbers.emplace_back(i * 64 + static_cast<unsigned>(std::countr_zero(left)));
    return numbers;
  }

 private:
  std::vector<std::uint64_t> bits_;
};

// The words of the vocabulary that have the grams of text and that `wanted` accepts are added to
// words; false where they are too many.
template <class Wanted>
bool add_words(sqlite::Connection& db, std::string_view text, Wanted&& wanted,
               std::set<std::string, std::less<>>& words) {
  const std::string grams = grams_of(text);
  std::string match;
  std::size_t count = 0;
  for (std::size_t at = 0; at < grams.size() && count < kMostGrams; ++count) {
    const std::size_t end = grams.find(' ', at);
    match += (count == 0 ? "\"" : " AND \"") + grams.substr(at, end - at) + '"';
    at = end + 1;
  }
  auto row = db.query(
      "SELECT w.word FROM search_gram CROSS JOIN search_word w ON w.id = search_gram.rowid "
      "WHERE search_gram MATCH ?1",
      match);
  while (row.step()) {
    if (!wanted(row.text(0))) continue;
    words.emplace(row.text(0));
    if (words.size() > kMostWords) return false;
  }
  return true;
}

// A piece of a needle and the words it stands for.
struct Term {
  bool prefix = false;
  std::set<std::string, std::less<>> words;
};

std::optional<Term> term_of(sqlite::Connection& db, const NeedlePiece& piece) {
  Term term;
  term.prefix = piece.kind == NeedlePiece::Kind::Prefix;
  if (term.prefix || piece.kind == NeedlePiece::Kind::Exact) {
    term.words.insert(piece.text);
    return term;
  }
  const auto wanted = [&](std::string_view word) { return fits(piece, word); };
  if (!add_words(db, piece.text, wanted, term.words)) return std::nullopt;
  return term;
}

// Nothing where the index cannot help.
std::optional<Term> similar_term_of(sqlite::Connection& db, std::string_view word) {
  Term term;
  const auto wanted = [&](std::string_view other) {
    return message::similarity(word, message::base_letters(other)) > 0 ||
           other.find(word) != std::string_view::npos;
  };
  for (const std::string& part : similar_parts_of(word)) {
    // Parts too short for grams would need the whole vocabulary.
    if (grams_of(part).empty() || !add_words(db, part, wanted, term.words)) return std::nullopt;
  }
  return term;
}

void add_messages(sqlite::Connection& db, AccountId account, std::uint64_t last,
                  const std::string& match, Numbers& numbers) {
  auto row = db.query(
      "SELECT rowid FROM search_text WHERE search_text MATCH ?1 AND rowid BETWEEN ?2 AND ?3", match,
      row_of(account, 1), row_of(account, last));
  while (row.step()) numbers.add(row.get<std::uint64_t>(0) & kMostNumber);
}

// The messages that hold a word of every term in one field.
Numbers messages_with(sqlite::Connection& db, AccountId account, std::uint64_t last,
                      const std::vector<Term>& terms, WordField field) {
  std::optional<Numbers> all;
  for (const Term& term : terms) {
    Numbers numbers(last);
    for (const std::string& word : term.words)
      add_messages(db, account, last,
                   '"' + (static_cast<char>(field) + word) + (term.prefix ? "\" *" : "\""),
                   numbers);
    if (all)
      all->keep(numbers);
    else
      all = std::move(numbers);
  }
  return std::move(*all);
}

std::span<const WordField> fields_of(TextField field) {
  static constexpr std::array kFields = {WordField::Subject, WordField::From,   WordField::To,
                                         WordField::Cc,      WordField::Header, WordField::Body};
  const std::span<const WordField> all = kFields;
  switch (field) {
    case TextField::Subject:
      return all.subspan(0, 1);
    case TextField::From:
      return all.subspan(1, 1);
    case TextField::To:
      return all.subspan(2, 1);
    case TextField::Cc:
      return all.subspan(3, 1);
    case TextField::Header:
      return all.subspan(4, 1);
    case TextField::Body:
      return all.subspan(5, 1);
    case TextField::Text:
      return all.subspan(4, 2);
  }
  return all;
}

void add_skipped(sqlite::Connection& db, AccountId account, std::uint64_t last, Numbers& numbers) {
  auto row = db.query("SELECT number FROM search_skipped WHERE account = ?1 AND number <= ?2",
                      account, last);
  while (row.step()) numbers.add(row.get<std::uint64_t>(0));
}

void add_uids(sqlite::Connection& db, const Mailbox& mailbox, MessageNumber first,
              MessageNumber last, std::vector<Uid>& uids) {
  bool copied = false;
  auto row = db.query(
      "SELECT mailbox, uid, placements FROM message "
      "WHERE account = ?1 AND number BETWEEN ?2 AND ?3",
      mailbox.account, first, last);
  while (row.step()) {
    if (row.get<MailboxId>(0) == mailbox.id) uids.push_back(row.get<Uid>(1));
    copied = copied || row.integer(2) > 1;
  }
  if (!copied) return;
  auto copy = db.query(
      "SELECT uid FROM copy WHERE account = ?1 AND number BETWEEN ?2 AND ?3 AND mailbox = ?4",
      mailbox.account, first, last, mailbox.id);
  while (copy.step()) uids.push_back(copy.get<Uid>(0));
}

// terms: empty where the index cannot help.
TextCandidates candidates_of(sqlite::Connection& db, AccountId account, TextField field,
                             const std::vector<Term>& terms) {
  TextCandidates found;
  found.indexed_up_to = indexed_up_to(db, account);
  const std::uint64_t last = found.indexed_up_to.value();
  if (last == 0 || terms.empty()) return found;
  Numbers numbers(last);
  for (const WordField each : fields_of(field))
    numbers.add(messages_with(db, account, last, terms, each));
  add_skipped(db, account, last, numbers);
  found.narrowed = true;
  found.numbers = numbers.list();
  return found;
}

}  // namespace

Result<void> write_index_batch(WriteContext& context, const IndexBatch& batch) {
  for (const std::string& word : batch.new_words) add_word(context, word);
  std::vector<AccountId> wanted;
  for (const IndexProgress& progress : batch.progress) {
    if (!is_where_expected(context, progress)) continue;
    wanted.push_back(progress.account);
    context.db.run(
        "INSERT INTO search_progress (account, number) VALUES (?1, ?2) "
        "ON CONFLICT (account) DO UPDATE SET number = excluded.number",
        progress.account, progress.to);
  }
  for (const IndexedMessage& message : batch.messages) {
    if (std::ranges::find(wanted, message.account) == wanted.end()) continue;
    if (message.skipped)
      context.db.run("INSERT INTO search_skipped (account, number) VALUES (?1, ?2)",
                     message.account, message.number);
    else
      context.db.run("INSERT INTO search_text (rowid, words) VALUES (?1, ?2)",
                     row_of(message.account, message.number.value()), message.terms);
  }
  return {};
}

MessageNumber indexed_up_to(sqlite::Connection& db, AccountId account) {
  const auto number =
      db.integer("SELECT number FROM search_progress WHERE account = ?1", account).value_or(0);
  return MessageNumber(static_cast<std::uint64_t>(number));
}

TextCandidates find_candidates(sqlite::Connection& db, AccountId account, TextField field,
                               std::string_view needle) {
  std::vector<Term> terms;
  for (const NeedlePiece& piece : pieces_of(needle))
    if (auto term = term_of(db, piece)) terms.push_back(std::move(*term));
  return candidates_of(db, account, field, terms);
}

TextCandidates find_similar_candidates(sqlite::Connection& db, AccountId account, TextField field,
                                       std::string_view needle) {
  std::vector<Term> terms;
  const message::FuzzyNeedle fuzzy(needle);
  for (const std::string& word : fuzzy.words())
    if (auto term = similar_term_of(db, word)) terms.push_back(std::move(*term));
  return candidates_of(db, account, field, terms);
}

std::vector<Uid> uids_of_messages(sqlite::Connection& db, MailboxId mailbox,
                                  const std::vector<MessageNumber>& numbers, MessageNumber above) {
  std::vector<Uid> uids;
  const std::optional<Mailbox> found = select_mailbox(db, mailbox);
  if (!found) return uids;
  const auto next = static_cast<std::uint64_t>(
      db.integer("SELECT next_number FROM account WHERE id = ?1", found->account).value_or(1));
  const std::uint64_t newer = next - std::min(next, above.value() + 1);
  // Looking a message up costs about eight times what a row of a scan does.
  if (numbers.size() + newer > found->messages / 8) {
    auto row =
        db.query("SELECT uid, number FROM placement WHERE mailbox = ?1 ORDER BY uid", mailbox);
    while (row.step()) {
      const auto number = row.get<MessageNumber>(1);
      if (number > above || std::ranges::binary_search(numbers, number))
        uids.push_back(row.get<Uid>(0));
    }
    return uids;
  }
  for (const MessageNumber number : numbers) add_uids(db, *found, number, number, uids);
  if (newer > 0) add_uids(db, *found, MessageNumber(above.value() + 1), MessageNumber(next), uids);
  std::ranges::sort(uids);
  return uids;
}

}  // namespace restante::storage
