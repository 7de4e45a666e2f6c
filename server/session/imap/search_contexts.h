// Searches whose results the client keeps and is told the changes of (RFC 5267 s4.3). A value of
// one session; the program, the result as ranges of uids, and what of it is still to be told. Only
// messages that changed are tested again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/command.h"
#include "server/session/imap/mailbox_view.h"
#include "storage/types.h"

namespace restante::session {

class ImapSession;

struct SearchContext {
  SearchContext(std::string of_tag, bool by_uid, imap::SearchProgram keys,
                std::vector<imap::FetchItem> of_new)
      : tag(std::move(of_tag)), uid(by_uid), program(std::move(keys)), items(std::move(of_new)) {}

  std::string tag;
  bool uid;
  imap::SearchProgram program;         // frozen()
  std::vector<imap::FetchItem> items;  // of new messages that join (RFC 5465 s7)
  std::string mailbox;                 // of ESEARCH: what it is called; else empty
  UidValidity uid_validity;
  std::vector<imap::SequenceRange> uids;  // the result

  // Of SORT: how, and the result's uids in that order; the keys of a message never change.
  std::vector<imap::SortCriterion> criteria;
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> next_order;  // once what is to be told has been told

  // To be told, uids, ascending.
  std::vector<std::uint32_t> joined;
  std::vector<std::uint32_t> left;
  std::vector<std::uint32_t> told;  // joined at the last telling
};

class SearchContexts {
 public:
  static constexpr std::size_t kMost = 10;

  bool empty() const { return contexts_.empty(); }
  void clear() { contexts_.clear(); }
  bool has(std::string_view tag) const;
  void remove(std::string_view tag);
  // Keeps it; false where there are too many. now: up to where its result is known.
  bool add(SearchContext context, ModSeq now);

  std::vector<SearchContext>& all() { return contexts_; }
  // Everything up to this modseq has been looked at.
  ModSeq modseq() const { return modseq_; }
  void set_modseq(ModSeq modseq) { modseq_ = modseq; }

 private:
  std::vector<SearchContext> contexts_;
  ModSeq modseq_;
};

// Keeps the context or says NO [NOUPDATE] (RFC 5267 s4.3.1).
void keep_context(ImapSession& session, SearchContext context);

// Says NO [NOUPDATE]: the result is not kept up to date.
void refuse_context(ImapSession& session, std::string_view tag, std::string_view text);

// The program with message sequence numbers and `$` as what they mean now (RFC 5267 s4.3).
imap::SearchProgram frozen(imap::SearchProgram program, const MailboxView& view);

// The uids of ranges of sequence numbers, as ranges that hold no other messages.
std::vector<imap::SequenceRange> uid_ranges(const MailboxView& view,
                                            const std::vector<imap::SequenceRange>& positions);

}  // namespace restante::session
