// A selected mailbox as one client has been told of it: which message sequence number is which uid,
// and what is still to be told (RFC 9051 s2.3.1.2, s5.2, s7.5.1). A value; knows no I/O. Thread
// rule: belongs to one session; reader threads may look at it while the session waits for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/imap/sequence_set.h"
#include "server/session/imap/uid_sequence.h"
#include "storage/types.h"

namespace restante::session {

// How changes are told at a moment.
struct Telling {
  bool expunges = false;  // they may be told now (RFC 9051 s7.5.1)
  bool vanished = false;  // as VANISHED instead of EXPUNGE (RFC 7162 s3.2.10)
};

class MailboxView {
 public:
  // uids: all of the mailbox, of the same moment as mailbox.
  MailboxView(const storage::Mailbox& mailbox, std::vector<std::string> keywords, UidSequence uids,
              bool read_only);

  MailboxId id() const { return id_; }
  AccountId account() const { return account_; }  // whose mailbox it is
  bool read_only() const { return read_only_; }
  // Whose mailbox it is where it is another account's; none: one's own.
  AccountId foreign() const { return foreign_; }
  void set_foreign(AccountId owner) { foreign_ = owner; }
  std::uint32_t size() const { return uids_.size(); }
  Uid last_uid() const { return uids_.last(); }
  const UidSequence& uids() const { return uids_; }
  // Everything up to this modseq has been applied.
  ModSeq modseq() const { return modseq_; }
  const std::vector<std::string>& keywords() const { return keywords_; }

  // sequence_number must be within 1..size().
  Uid uid_at(std::uint32_t sequence_number) const { return uids_.at(sequence_number); }
  // 0 where no such message is in the view.
  std::uint32_t sequence_number(Uid uid) const { return uids_.position(uid); }

  // The sequence numbers a set names, of uids or of sequence numbers, also `$`: ascending, disjoint
  // ranges.
  std::vector<imap::SequenceRange> positions(const imap::SequenceSet& set, bool of_uids) const;
  // Those of the uids that are in the view.
  std::vector<imap::SequenceRange> positions(const storage::UidSet& uids) const;
  // The uids of such ranges.
  storage::UidSet uids_of(const std::vector<imap::SequenceRange>& positions) const;

  // What `$` stands for from now on: messages at these ascending, disjoint sequence numbers (RFC
  // 9051 s6.4.4.1). Messages that are expunged leave it.
  void save_result(const std::vector<imap::SequenceRange>& positions);
  // As uids; the ranges may hold others that are not in the view.
  const std::vector<imap::SequenceRange>& saved_result() const { return saved_; }

  // Messages in the range are \Recent to this session (RFC 3501 s2.3.2).
  void add_recent(Uid first, Uid last);
  bool is_recent(Uid uid) const;
  std::uint32_t recent_count() const;
  // The client knows no \Recent any more (ENABLE IMAP4rev2).
  void forget_recent();

  // The client knows what this change of its own did to flags, or is being told.
  void told(ModSeq modseq) { told_.push_back(modseq); }
  const std::vector<ModSeq>& told_modseqs() const { return told_; }
  // Takes in what has happened since modseq() beside told_modseqs(). keywords: all of the mailbox
  // now.
  void apply(const storage::Changes& changes, std::vector<std::string> keywords);
  // The flags of these messages of the view are to be told.
  void mark_changed(const storage::UidSet& uids);
  // Keywords that a response is about to name: whether FLAGS must be sent first.
  bool learn_keywords(const std::vector<std::string>& keywords);
  // Appends untagged responses for what the client has not been told: EXPUNGE or VANISHED, FLAGS,
  // EXISTS, RECENT. Returns false where output grew past limit octets and a further call is needed.
  bool announce(std::string& out, const Telling& telling, std::size_t limit);
  // Messages whose flags the caller tells now.
  std::vector<imap::SequenceRange> take_changed();
  // Whether EXPUNGE responses wait for a command that permits them.
  bool withholds_expunges() const { return !expunged_.empty(); }
  // The client has been told everything, but for expunges that are withheld.
  void mark_told();
  // The client has been told everything up to this modseq: a HIGHESTMODSEQ it may keep (RFC 7162
  // s3.2).
  ModSeq told_modseq() const { return told_modseq_; }
  // The client does not want to be told of changed flags.
  void forget_changed() { changed_.clear(); }
  void mark_keywords_announced() { keywords_changed_ = false; }
  // What SELECT says itself needs no announcement.
  void mark_announced();

 private:
  bool announce_expunges(std::string& out, const Telling& telling, std::size_t limit);

  MailboxId id_;
  AccountId account_;
  bool read_only_;
  AccountId foreign_;
  ModSeq modseq_;
  ModSeq told_modseq_;
  UidSequence uids_;
  std::vector<std::string> keywords_;
  storage::UidSet recent_;
  std::vector<imap::SequenceRange> saved_;
  std::vector<ModSeq> told_;

  // What is to be announced.
  storage::UidSet expunged_;  // all in uids_
  storage::UidSet changed_;
  bool keywords_changed_ = false;
  std::uint32_t announced_size_ = 0;
  std::uint32_t announced_recent_ = 0;
};

}  // namespace restante::session
