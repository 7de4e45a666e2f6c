// What the commands that search share.
#pragma once

#include <algorithm>
#include <asio/awaitable.hpp>
#include <vector>

#include "server/session/imap/commands.h"

namespace restante::session {

// The sequence numbers in view of the messages that match, ascending. view may be another one than
// the session's; it must not change meanwhile.
asio::awaitable<Result<std::vector<std::uint32_t>>> find_messages(
    ImapSession& session, const MailboxView& view, const imap::SearchProgram& program);

// What find_messages finds, with how relevant each is (RFC 6203 s4).
struct ScoredMessages {
  std::vector<std::uint32_t> numbers;
  std::vector<unsigned> scores;                      // 1 to 100 each; empty unless scored
  ModSeq first_modseq, last_modseq, highest_modseq;  // of the numbers

  // Of one of the numbers; 0 unless scored.
  unsigned score_of(std::uint32_t number) const {
    if (scores.empty()) return 0;
    const auto at = std::ranges::lower_bound(numbers, number);
    return scores[static_cast<std::size_t>(at - numbers.begin())];
  }

  // The modseq to answer with (RFC 7162 s3.1.6, RFC 4731 s3.2); 0 where MODSEQ was not searched
  // for.
  ModSeq answered_modseq(const imap::SearchProgram& program,
                         const imap::SearchReturn& returns) const {
    if (!imap::uses_modseq(program)) return ModSeq();
    if (returns.all || returns.count || returns.partial) return highest_modseq;
    const ModSeq first = returns.min ? first_modseq : ModSeq();
    const ModSeq last = returns.max ? last_modseq : ModSeq();
    return std::max(first, last);
  }
};

// The same messages in the order of SORT (RFC 5256); those that were expunged meanwhile are left
// out. found: ascending, scored where the criteria name RELEVANCY.
asio::awaitable<Result<std::vector<std::uint32_t>>> sort_messages(
    ImapSession& session, const MailboxView& view, ScoredMessages found,
    const std::vector<imap::SortCriterion>& criteria);

// Whether EXPUNGE may follow the command (RFC 9051 s7.5.1).
inline Expunges expunges_after(const imap::Search& search) {
  const bool by_number = !search.uid || imap::uses_sequence_numbers(search.program);
  return by_number ? Expunges::Withheld : Expunges::Permitted;
}

asio::awaitable<Result<ScoredMessages>> find_scored_messages(ImapSession& session,
                                                             const MailboxView& view,
                                                             const imap::SearchProgram& program,
                                                             bool scored);

}  // namespace restante::session
