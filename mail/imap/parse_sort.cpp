// SORT and THREAD (RFC 5256 s5, RFC 5267 s3, RFC 5957 s5).
#include <algorithm>
#include <array>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

struct KeyName {
  std::string_view name;
  SortKey key;
};

constexpr std::array kKeys{
    KeyName{"ARRIVAL", SortKey::Arrival},     KeyName{"CC", SortKey::Cc},
    KeyName{"DATE", SortKey::Date},           KeyName{"DISPLAYFROM", SortKey::DisplayFrom},
    KeyName{"DISPLAYTO", SortKey::DisplayTo}, KeyName{"FROM", SortKey::From},
    KeyName{"RELEVANCY", SortKey::Relevancy}, KeyName{"SIZE", SortKey::Size},
    KeyName{"SUBJECT", SortKey::Subject},     KeyName{"TO", SortKey::To},
};

struct AlgorithmName {
  std::string_view name;
  ThreadAlgorithm algorithm;
};

constexpr std::array kAlgorithms{
    AlgorithmName{"ORDEREDSUBJECT", ThreadAlgorithm::OrderedSubject},
    AlgorithmName{"REFERENCES", ThreadAlgorithm::References},
    AlgorithmName{"REFS", ThreadAlgorithm::Refs},
};

SortCriterion parse_criterion(Cursor& cursor) {
  SortCriterion criterion;
  std::string name = to_upper(cursor.atom("a sort key"));
  if (name == "REVERSE") {
    criterion.reverse = true;
    cursor.space();
    name = to_upper(cursor.atom("a sort key"));
  }
  for (const KeyName& key : kKeys) {
    if (name != key.name) continue;
    criterion.key = key.key;
    return criterion;
  }
  if (cursor.ok()) cursor.fail("unknown sort key");
  return criterion;
}

// What decides already is decided: a key that comes again changes nothing.
void add_criterion(std::vector<SortCriterion>& criteria, SortCriterion criterion) {
  for (const SortCriterion& earlier : criteria)
    if (earlier.key == criterion.key) return;
  criteria.push_back(criterion);
}

}  // namespace

Sort parse_sort(Cursor& cursor, bool uid) {
  Sort sort;
  sort.search.uid = uid;
  cursor.space();
  if (cursor.take_word("RETURN")) {
    sort.search.returns = parse_search_return(cursor);
    cursor.space();
  }
  cursor.expect('(');
  do {
    add_criterion(sort.criteria, parse_criterion(cursor));
  } while (cursor.take(' '));
  cursor.expect(')');
  parse_charset_and_keys(cursor, sort.search);
  const bool by_score = std::ranges::find(sort.criteria, SortKey::Relevancy, &SortCriterion::key) !=
                        sort.criteria.end();
  if (cursor.ok() && by_score && !uses_fuzzy_keys(sort.search.program))
    cursor.fail("RELEVANCY needs a FUZZY key");  // RFC 6203 s6
  return sort;
}

Thread parse_thread(Cursor& cursor, bool uid) {
  Thread thread;
  thread.search.uid = uid;
  cursor.space();
  const std::string name = to_upper(cursor.atom("a threading algorithm"));
  bool known = false;
  for (const AlgorithmName& each : kAlgorithms) {
    if (name != each.name) continue;
    thread.algorithm = each.algorithm;
    known = true;
  }
  if (cursor.ok() && !known) cursor.fail("unknown threading algorithm");
  parse_charset_and_keys(cursor, thread.search);
  return thread;
}

}  // namespace restante::imap
