#include "server/session/imap/mailbox_list.h"

#include <algorithm>

#include "mail/imap/list_pattern.h"
#include "mail/imap/mailbox_name.h"
#include "server/session/imap/store_values.h"

namespace restante::session {
namespace {

std::vector<imap::ListPattern> patterns_of(const std::string& reference,
                                           const std::vector<std::string>& texts) {
  std::vector<imap::ListPattern> patterns;
  for (const std::string& text : texts) patterns.emplace_back(reference, text);
  return patterns;
}

bool match_any(const std::vector<imap::ListPattern>& patterns, std::string_view name) {
  return std::ranges::any_of(
      patterns, [&](const imap::ListPattern& pattern) { return pattern.matches(name); });
}

}  // namespace

MailboxList::MailboxList(std::vector<storage::Mailbox> mailboxes,
                         std::vector<std::string> subscriptions)
    : mailboxes_(std::move(mailboxes)) {
  auto above = [this](std::string_view name, auto mark) {
    for (auto at = name.find(imap::kSeparator); at != std::string_view::npos;
         at = name.find(imap::kSeparator, at + 1)) {
      mark(nodes_[std::string(name.substr(0, at))]);
    }
  };
  for (const storage::Mailbox& mailbox : mailboxes_) {
    nodes_[mailbox.name].mailbox = &mailbox;
    above(mailbox.name, [](Node& node) { node.has_children = true; });
  }
  for (const std::string& name : subscriptions) {
    nodes_[name].subscribed = true;
    above(name, [](Node& node) { node.has_subscribed_below = true; });
  }
}

std::vector<MailboxList::Match> MailboxList::list(const imap::List& command) const {
  const auto patterns = patterns_of(command.reference, command.patterns);
  const bool tells_subscribed = command.select_subscribed || command.return_subscribed;
  std::vector<Match> matches;
  for (const auto& [name, node] : nodes_) {
    const bool special =
        node.mailbox != nullptr && node.mailbox->special_use != storage::SpecialUse::None;
    bool selected =
        command.select_subscribed ? node.subscribed : node.mailbox != nullptr || node.has_children;
    if (command.select_special_use) selected = selected && special;
    const bool below =
        command.select_recursive_match && command.select_subscribed && node.has_subscribed_below;
    if ((!selected && !below) || !match_any(patterns, name)) continue;
    Match match = match_of(name, node);
    match.entry.subscribed = tells_subscribed && node.subscribed;
    match.entry.child_info_subscribed = below;
    match.selected = selected;
    matches.push_back(match);
  }
  return matches;
}

MailboxList::Match MailboxList::match_of(const std::string& name, const Node& node) {
  Match match;
  match.mailbox = node.mailbox;
  match.entry.name = name;
  match.entry.non_existent = node.mailbox == nullptr;
  match.entry.no_select = node.mailbox == nullptr;
  match.entry.has_children = node.has_children;
  if (node.mailbox != nullptr) match.entry.special_use = special_use_of(node.mailbox->special_use);
  return match;
}

std::optional<MailboxList::Match> MailboxList::find(const std::string& name) const {
  const auto node = nodes_.find(name);
  if (node == nodes_.end() || node->second.mailbox == nullptr) return std::nullopt;
  return match_of(node->first, node->second);
}

// A level above subscribed names stands for them where the pattern ends there (RFC 3501 s6.3.9).
std::vector<MailboxList::Match> MailboxList::lsub(const imap::Lsub& command) const {
  const auto patterns = patterns_of(command.reference, command.patterns);
  std::vector<Match> matches;
  for (const auto& [name, node] : nodes_) {
    if (!match_any(patterns, name)) continue;
    bool stands_for_others = false;
    if (!node.subscribed && node.has_subscribed_below) {
      const std::string prefix = name + imap::kSeparator;
      for (auto below = nodes_.lower_bound(prefix);
           below != nodes_.end() && below->first.starts_with(prefix); ++below) {
        if (below->second.subscribed && !match_any(patterns, below->first)) {
          stands_for_others = true;
          break;
        }
      }
    }
    if (!node.subscribed && !stands_for_others) continue;
    Match match;
    match.mailbox = node.mailbox;
    match.entry.name = name;
    match.entry.no_select = stands_for_others || node.mailbox == nullptr;
    match.entry.has_children = node.has_children || node.has_subscribed_below;
    matches.push_back(match);
  }
  return matches;
}

}  // namespace restante::session
