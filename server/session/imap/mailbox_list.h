// Which names LIST and LSUB answer with, and their attributes (RFC 9051 s6.3.9, RFC 3501 s6.3.9,
// RFC 5258, RFC 6154). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mail/imap/command.h"
#include "mail/imap/writer.h"
#include "storage/types.h"

namespace restante::session {

// The names of an account as a tree: mailboxes, subscribed names and the levels above them.
class MailboxList {
 public:
  MailboxList(std::vector<storage::Mailbox> mailboxes, std::vector<std::string> subscriptions);
  MailboxList(const MailboxList&) = delete;
  MailboxList& operator=(const MailboxList&) = delete;

  struct Match {
    imap::ListEntry entry;
    const storage::Mailbox* mailbox = nullptr;  // null where none of this name exists
    // What was selected, not only listed because of what is below it (RFC 5819 s2, RFC 8440 s4).
    bool selected = true;
  };
  // Ascending by name; views into this list.
  std::vector<Match> list(const imap::List& command) const;
  std::vector<Match> lsub(const imap::Lsub& command) const;
  // One mailbox with its attributes (RFC 9051 s6.3.2); nullopt where there is none of this name.
  std::optional<Match> find(const std::string& name) const;

 private:
  struct Node {
    const storage::Mailbox* mailbox = nullptr;
    bool subscribed = false;
    bool has_children = false;  // mailboxes below it
    bool has_subscribed_below = false;
  };

  static Match match_of(const std::string& name, const Node& node);

  std::vector<storage::Mailbox> mailboxes_;
  std::map<std::string, Node> nodes_;
};

}  // namespace restante::session
