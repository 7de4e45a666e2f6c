#include "server/session/imap/search_candidates.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace restante::session {
namespace {

std::optional<storage::TextField> field_of(imap::SearchKind kind) {
  switch (kind) {
    case imap::SearchKind::Subject:
      return storage::TextField::Subject;
    case imap::SearchKind::From:
      return storage::TextField::From;
    case imap::SearchKind::To:
      return storage::TextField::To;
    case imap::SearchKind::Cc:
      return storage::TextField::Cc;
    case imap::SearchKind::Bcc:
    case imap::SearchKind::Header:
      return storage::TextField::Header;
    case imap::SearchKind::Body:
      return storage::TextField::Body;
    case imap::SearchKind::Text:
      return storage::TextField::Text;
    default:
      return std::nullopt;
  }
}

using Numbers = std::optional<std::vector<MessageNumber>>;

void keep_common(Numbers& all, const std::vector<MessageNumber>& more) {
  if (!all) {
    all = more;
    return;
  }
  std::vector<MessageNumber> common;
  std::ranges::set_intersection(*all, more, std::back_inserter(common));
  all = std::move(common);
}

void add_all(std::vector<MessageNumber>& all, const std::vector<MessageNumber>& more) {
  std::vector<MessageNumber> united;
  std::ranges::set_union(all, more, std::back_inserter(united));
  all = std::move(united);
}

}  // namespace

Result<bool> SearchCandidates::ask(storage::Reader& reader, MailboxId mailbox,
                                   const imap::SearchProgram& program,
                                   std::chrono::steady_clock::time_point end) {
  if (!account_) {
    const auto found = reader.mailbox(mailbox);
    if (!found) return std::unexpected(found.error());
    account_ = found->account;
  }
  for (; next_ < program.nodes.size() && texts_.size() < kMostTexts; ++next_) {
    const imap::SearchNode& node = program.nodes[next_];
    const auto field = field_of(node.kind);
    if (!field || node.text.empty()) continue;
    if (std::chrono::steady_clock::now() >= end) return false;
    auto found = node.fuzzy ? reader.find_similar_text(account_, *field, node.text)
                            : reader.find_text(account_, *field, node.text);
    if (!found) return std::unexpected(found.error());
    if (found->narrowed) texts_.push_back({next_, std::move(*found)});
  }
  const MessageNumber up_to = horizon();
  const Numbers numbers = numbers_of(program, up_to);
  if (!numbers) return true;
  auto uids = reader.uids_of(mailbox, *numbers, up_to);
  if (!uids) return std::unexpected(uids.error());
  uids_ = std::move(*uids);
  return true;
}

// Above it not all texts were in the index when they were asked for.
MessageNumber SearchCandidates::horizon() const {
  MessageNumber least(~std::uint64_t{0});
  for (const Text& text : texts_) least = std::min(least, text.found.indexed_up_to);
  return least;
}

// The messages up to the horizon that may match, node by node; children stand behind their parents.
SearchCandidates::Numbers SearchCandidates::numbers_of(const imap::SearchProgram& program,
                                                       MessageNumber horizon) const {
  if (texts_.empty()) return std::nullopt;
  std::vector<Numbers> of(program.nodes.size());
  for (const Text& text : texts_) {
    const auto& numbers = text.found.numbers;
    of[text.node].emplace(numbers.begin(), std::ranges::upper_bound(numbers, horizon));
  }
  for (std::size_t position = program.nodes.size(); position-- > 0;) {
    const imap::SearchNode& node = program.nodes[position];
    Numbers all;
    bool any_unknown = false;
    for (std::uint32_t child = node.first_child; child != imap::kNoNode;
         child = program.nodes[child].next_sibling) {
      if (!of[child]) {
        any_unknown = true;
      } else if (node.kind == imap::SearchKind::And) {
        keep_common(all, *of[child]);
      } else if (node.kind == imap::SearchKind::Or) {
        if (!all) all.emplace();
        add_all(*all, *of[child]);
      }
    }
    const bool decides =
        node.kind == imap::SearchKind::And || (node.kind == imap::SearchKind::Or && !any_unknown);
    if (decides) of[position] = std::move(all);
  }
  return std::move(of[0]);
}

void SearchCandidates::note(MessageNumber number, std::vector<imap::KnownKey>& known) const {
  for (const Text& text : texts_) {
    const bool ruled_out = number <= text.found.indexed_up_to &&
                           !std::ranges::binary_search(text.found.numbers, number);
    known[text.node] = ruled_out ? imap::KnownKey::No : imap::KnownKey::Unknown;
  }
}

}  // namespace restante::session
