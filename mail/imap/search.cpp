// Search programs: order of evaluation, needs, and the place of their sets. See search.h; texts are
// compared in search_text.cpp.
#include "mail/imap/search.h"

#include <algorithm>
#include <utility>

#include "mail/imap/flags.h"
#include "mail/imap/object_id.h"
#include "mail/imap/octets.h"
#include "mail/imap/search_text.h"
#include "mail/message/date.h"

namespace restante::imap {

namespace {

SearchNeed need_of(SearchKind kind) {
  switch (kind) {
    case SearchKind::SentBefore:
    case SearchKind::SentOn:
    case SearchKind::SentSince:
    case SearchKind::From:
    case SearchKind::To:
    case SearchKind::Cc:
    case SearchKind::Bcc:
    case SearchKind::Subject:
      return SearchNeed::Index;
    case SearchKind::Header:
    case SearchKind::Body:
    case SearchKind::Text:
      return SearchNeed::Octets;
    default:
      return SearchNeed::None;
  }
}

}  // namespace

bool is_text_key(SearchKind kind) {
  switch (kind) {
    case SearchKind::From:
    case SearchKind::To:
    case SearchKind::Cc:
    case SearchKind::Bcc:
    case SearchKind::Subject:
    case SearchKind::Header:
    case SearchKind::Body:
    case SearchKind::Text:
      return true;
    default:
      return false;
  }
}

namespace {

// How dear a key is to answer: its need, and among those of all octets the header comes first.
unsigned cost_of(SearchKind kind) {
  const auto need = static_cast<unsigned>(need_of(kind)) * 2;
  return kind == SearchKind::Body || kind == SearchKind::Text ? need + 1 : need;
}

Verdict of(bool yes) {
  return yes ? Verdict::Yes : Verdict::No;
}

bool matches_cheap_key(const SearchNode& node, const Candidate& candidate) {
  const auto day = std::chrono::floor<std::chrono::days>(candidate.internal_date);
  const auto saved = std::chrono::floor<std::chrono::days>(candidate.save_date);
  switch (node.kind) {
    case SearchKind::Sequence:
      return contains(node.set.ranges(), candidate.sequence_number);
    case SearchKind::Uid:
      return contains(node.set.ranges(), candidate.uid);
    case SearchKind::Flag:
      return (candidate.flags & node.flag) != 0;
    case SearchKind::Keyword:
      return candidate.keywords != nullptr &&
             std::any_of(candidate.keywords->begin(), candidate.keywords->end(),
                         [&](const std::string& keyword) { return equals(keyword, node.text); });
    case SearchKind::Recent:
      return candidate.recent;
    case SearchKind::Larger:
      return candidate.size_octets > node.number;
    case SearchKind::Smaller:
      return candidate.size_octets < node.number;
    case SearchKind::Before:
      return day < node.date;
    case SearchKind::On:
      return day == node.date;
    case SearchKind::Since:
      return day >= node.date;
    case SearchKind::Older:
      return candidate.internal_date <= candidate.now - std::chrono::seconds(node.number);
    case SearchKind::Younger:
      return candidate.internal_date >= candidate.now - std::chrono::seconds(node.number);
    case SearchKind::SavedBefore:
      return saved < node.date;
    case SearchKind::SavedOn:
      return saved == node.date;
    case SearchKind::SavedSince:
      return saved >= node.date;
    case SearchKind::ModSeq:
      return candidate.modseq >= node.number;
    case SearchKind::EmailId:
      return node.text == object_id('M', candidate.number, candidate.of_account);
    case SearchKind::ThreadId:
      return candidate.thread != 0 &&
             node.text == object_id('T', candidate.thread, candidate.of_account);
    default:
      return false;
  }
}

// The day of the Date field where it was written, disregarding time and zone (RFC 9051 s6.4.4).
bool matches_sent(const SearchNode& node, const message::Index& index) {
  if (index.messages.empty() || !index.messages[0].envelope.date) return false;
  const auto date = message::parse_date(*index.messages[0].envelope.date);
  if (!date) return false;
  const auto local = std::chrono::floor<std::chrono::days>(date->local());
  const std::chrono::sys_days day{local.time_since_epoch()};
  if (node.kind == SearchKind::SentBefore) return day < node.date;
  if (node.kind == SearchKind::SentOn) return day == node.date;
  return day >= node.date;
}

Verdict match_leaf(const SearchProgram& program, std::uint32_t position, const Candidate& candidate,
                   MessageText& text) {
  if (position < candidate.known.size() && candidate.known[position] != KnownKey::Unknown)
    return of(candidate.known[position] == KnownKey::Yes);
  const SearchNode& node = program.nodes[position];
  const SearchNeed need = need_of(node.kind);
  if (need == SearchNeed::None) return of(matches_cheap_key(node, candidate));
  if (candidate.index == nullptr) return Verdict::NeedIndex;
  if (need == SearchNeed::Octets && candidate.octets == nullptr) return Verdict::NeedOctets;
  switch (node.kind) {
    case SearchKind::SentBefore:
    case SearchKind::SentOn:
    case SearchKind::SentSince:
      return of(matches_sent(node, *candidate.index));
    default:
      return of(text.holds(node));
  }
}

// An AND, OR or NOT under evaluation.
struct Frame {
  std::uint32_t node;
  std::uint32_t next_child;
  Verdict sum;
};

// What is unknown needs the cheapest of what its parts need.
Verdict cheaper(Verdict left, Verdict right) {
  return left == Verdict::NeedIndex || right == Verdict::NeedIndex ? Verdict::NeedIndex
                                                                   : Verdict::NeedOctets;
}

bool is_known(Verdict verdict) {
  return verdict == Verdict::Yes || verdict == Verdict::No;
}

void add_child(SearchKind kind, Frame& frame, Verdict child) {
  if (kind == SearchKind::Not) {
    frame.sum = is_known(child) ? of(child == Verdict::No) : child;
    return;
  }
  const Verdict decisive = kind == SearchKind::And ? Verdict::No : Verdict::Yes;
  if (child == decisive) {
    frame.sum = decisive;
    frame.next_child = kNoNode;
  } else if (!is_known(child)) {
    frame.sum = is_known(frame.sum) ? child : cheaper(frame.sum, child);
  }
}

bool is_inner(SearchKind kind) {
  return kind == SearchKind::And || kind == SearchKind::Or || kind == SearchKind::Not;
}

void sort_children(SearchProgram& program, std::uint32_t parent,
                   const std::vector<unsigned>& costs) {
  std::vector<std::uint32_t> children;
  for (std::uint32_t child = program.nodes[parent].first_child; child != kNoNode;
       child = program.nodes[child].next_sibling)
    children.push_back(child);
  if (children.size() < 2) return;
  std::sort(children.begin(), children.end(), [&costs](std::uint32_t left, std::uint32_t right) {
    return std::pair(costs[left], left) < std::pair(costs[right], right);
  });
  program.nodes[parent].first_child = children.front();
  for (std::size_t i = 0; i < children.size(); ++i)
    program.nodes[children[i]].next_sibling = i + 1 < children.size() ? children[i + 1] : kNoNode;
}

}  // namespace

SearchNeed needs(const SearchProgram& program) {
  SearchNeed most = SearchNeed::None;
  for (const SearchNode& node : program.nodes) most = std::max(most, need_of(node.kind));
  return most;
}

bool uses_fuzzy_keys(const SearchProgram& program) {
  return program.fuzzy;
}

unsigned relevancy(const SearchProgram& program, const Candidate& candidate) {
  MessageText text(candidate);
  unsigned sum = 0;
  unsigned count = 0;
  for (const SearchNode& node : program.nodes) {
    if (!node.fuzzy || !is_text_key(node.kind)) continue;
    const unsigned score = text.score(node);
    if (score == 0) continue;
    sum += score;
    ++count;
  }
  return count == 0 ? 100 : std::max(1U, sum / count);
}

bool uses_sequence_numbers(const SearchProgram& program) {
  return std::any_of(program.nodes.begin(), program.nodes.end(),
                     [](const SearchNode& node) { return node.kind == SearchKind::Sequence; });
}

bool uses_modseq(const SearchProgram& program) {
  return std::any_of(program.nodes.begin(), program.nodes.end(),
                     [](const SearchNode& node) { return node.kind == SearchKind::ModSeq; });
}

void replace_saved(SearchProgram& program, const std::vector<SequenceRange>& numbers,
                   const std::vector<SequenceRange>& uids) {
  for (SearchNode& node : program.nodes) {
    if (!node.set.has_saved()) continue;
    node.set = node.set.with_saved(node.kind == SearchKind::Uid ? uids : numbers);
  }
}

SearchProgram within_uids(const SearchProgram& program, std::vector<SequenceRange> uids) {
  constexpr std::uint32_t kBefore = 2;  // nodes in front of the program's
  SearchProgram narrowed;
  narrowed.nodes.resize(kBefore);
  narrowed.nodes[0].first_child = 1;
  narrowed.nodes[1].kind = SearchKind::Uid;
  narrowed.nodes[1].set = SequenceSet(std::move(uids));
  narrowed.nodes[1].next_sibling = kBefore;
  for (SearchNode node : program.nodes) {
    if (node.first_child != kNoNode) node.first_child += kBefore;
    if (node.next_sibling != kNoNode) node.next_sibling += kBefore;
    narrowed.nodes.push_back(std::move(node));
  }
  return narrowed;
}

void resolve_sets(SearchProgram& program, std::uint32_t messages, std::uint32_t last_uid) {
  for (SearchNode& node : program.nodes) {
    if (node.kind == SearchKind::Sequence) node.set = SequenceSet(node.set.resolve(messages));
    if (node.kind == SearchKind::Uid) node.set = SequenceSet(node.set.resolve(last_uid));
  }
}

void prepare(SearchProgram& program) {
  const auto size = static_cast<std::uint32_t>(program.nodes.size());
  std::vector<unsigned> costs(size, 0);
  for (std::uint32_t i = size; i-- > 0;) {  // children stand behind their parents
    SearchNode& node = program.nodes[i];
    if (is_text_key(node.kind)) node.text = fold(node.text);
    costs[i] = cost_of(node.kind);
    for (std::uint32_t child = node.first_child; child != kNoNode;
         child = program.nodes[child].next_sibling)
      costs[i] = std::max(costs[i], costs[child]);
  }
  for (std::uint32_t i = 0; i < size; ++i)
    if (is_inner(program.nodes[i].kind)) sort_children(program, i, costs);
}

Verdict evaluate(const SearchProgram& program, const Candidate& candidate) {
  if (program.nodes.empty()) return Verdict::Yes;
  MessageText text(candidate);
  std::vector<Frame> frames;
  const auto open = [&](std::uint32_t node) {
    const SearchNode& inner = program.nodes[node];
    frames.push_back(Frame{node, inner.first_child, of(inner.kind == SearchKind::And)});
  };
  if (!is_inner(program.nodes[0].kind)) return match_leaf(program, 0, candidate, text);
  open(0);
  for (;;) {
    Frame& frame = frames.back();
    const SearchKind kind = program.nodes[frame.node].kind;
    if (frame.next_child == kNoNode) {
      const Verdict sum = frame.sum;
      frames.pop_back();
      if (frames.empty()) return sum;
      add_child(program.nodes[frames.back().node].kind, frames.back(), sum);
      continue;
    }
    const std::uint32_t child = frame.next_child;
    frame.next_child = program.nodes[child].next_sibling;
    if (is_inner(program.nodes[child].kind)) {
      open(child);
    } else {
      add_child(kind, frame, match_leaf(program, child, candidate, text));
    }
  }
}

}  // namespace restante::imap
