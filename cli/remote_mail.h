// The mail of one account on its server, addressed by permanent numbers: what the commands do,
// expressed in IMAP. Used from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/imap_client.h"
#include "cli/message_ids.h"
#include "cli/message_summary.h"

namespace restante::cli {

struct Placement {
  std::string mailbox;
  std::uint32_t uid = 0;
};

class RemoteMail {
 public:
  // Takes a client that is logged in.
  explicit RemoteMail(ImapClient client) : client_(std::move(client)) {}

  // The newest limit messages (0: all) of a mailbox, highest number first. Errors: NoInput.
  Outcome<std::vector<MessageSummary>> list(const std::string& mailbox, std::size_t limit,
                                            bool unread_only);
  // Where the messages of that name are: INBOX first, then every other mailbox. Of a message in
  // several mailboxes the first placement counts. In the order of the numbers; empty: none.
  Outcome<std::vector<Placement>> find(const MessageName& name);
  Outcome<MessageSummary> summary(const Placement& placement);
  // The octets as they are kept. Nothing is marked.
  Outcome<std::string> octets(const Placement& placement);
  Outcome<void> add_flag(const Placement& placement, const std::string& flag);
  // The mailbox with the special use such as "\\Sent" (RFC 6154), else the one named fallback.
  Outcome<std::string> special_mailbox(const std::string& use, const std::string& fallback);
  // Puts a message into a mailbox and finds its number there. message_id without < > serves to
  // find it on a server that does not tell uids.
  Outcome<MessageSummary> append(const std::string& mailbox, const std::string& flags,
                                 const std::string& octets, const std::string& message_id);
  void close() { client_.logout(); }

 private:
  using Numbers = std::map<std::uint64_t, Placement>;
  Outcome<void> open(const std::string& mailbox, bool read_only);
  Outcome<std::vector<MessageSummary>> fetch_summaries(const std::string& command);
  Outcome<const std::vector<ImapMailbox>*> mailboxes();
  Outcome<std::vector<std::uint32_t>> search_message_id(const std::string& id);
  Outcome<void> collect(const NumberRange& range, Numbers& found);
  Outcome<bool> object_ids();

  ImapClient client_;
  std::string opened_;  // the selected mailbox
  bool opened_read_only_ = false;
  std::uint32_t exists_ = 0;
  std::optional<std::vector<ImapMailbox>> mailboxes_;
};

}  // namespace restante::cli
