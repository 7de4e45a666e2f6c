// Which messages a search must look at, as far as the store's index of texts can tell: a superset
// for the whole program, and for each text key which messages it cannot match. Knows the store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mail/imap/search.h"
#include "storage/store.h"

namespace restante::session {

class SearchCandidates {
 public:
  // At most this many texts are asked of the index; the rest is decided by reading.
  static constexpr std::size_t kMostTexts = 32;

  // Asks the index for the texts of program, until `end` of the slice has come. Returns false where
  // it must be called again.
  Result<bool> ask(storage::Reader& reader, MailboxId mailbox, const imap::SearchProgram& program,
                   std::chrono::steady_clock::time_point end);

  // The uids of the messages that may match, ascending; nothing where all may.
  const std::optional<std::vector<Uid>>& uids() const { return uids_; }

  // Notes in known which text keys cannot match the message.
  void note(MessageNumber number, std::vector<imap::KnownKey>& known) const;

 private:
  struct Text {
    std::uint32_t node = 0;
    storage::TextCandidates found;
  };
  using Numbers = std::optional<std::vector<MessageNumber>>;

  MessageNumber horizon() const;
  Numbers numbers_of(const imap::SearchProgram& program, MessageNumber horizon) const;

  AccountId account_;
  std::uint32_t next_ = 0;  // node to be asked
  std::vector<Text> texts_;
  std::optional<std::vector<Uid>> uids_;
};

}  // namespace restante::session
