// A mailbox is opened read-only unless a flag is to be set, so that reading never marks anything.
#include "cli/remote_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace restante::cli {
namespace {

constexpr std::size_t kPageSize = 500;           // messages asked for at once
constexpr std::uint64_t kSearchedOneByOne = 20;  // wider ranges are found by reading all numbers

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// The octets of BODY[] in a FETCH response for that uid.
std::optional<std::string> body_of(const ImapResponse& response, std::uint32_t uid) {
  const auto& tokens = response.tokens;
  if (tokens.size() < 4 || !tokens[1].is("FETCH")) return std::nullopt;
  std::optional<std::string> body;
  bool ours = false;
  for (std::size_t at = 3; at + 1 < tokens.size() && tokens[at].kind == ImapToken::Kind::Atom;
       at = skip_value(tokens, at + 1)) {
    if (tokens[at].is("UID")) ours = imap_number(tokens[at + 1].text) == uid;
    if (tokens[at].is("BODY[]") && !tokens[at + 1].is_nil()) body = tokens[at + 1].text;
  }
  return ours ? body : std::nullopt;
}

}  // namespace

Outcome<bool> RemoteMail::object_ids() {
  return client_.has("OBJECTID");
}

Outcome<void> RemoteMail::open(const std::string& mailbox, bool read_only) {
  if (opened_ == mailbox && (!opened_read_only_ || read_only)) return {};
  opened_.clear();
  auto exists = client_.select(mailbox, read_only);
  if (!exists) return std::unexpected(exists.error());
  exists_ = *exists;
  opened_ = mailbox;
  opened_read_only_ = read_only;
  return {};
}

Outcome<std::vector<MessageSummary>> RemoteMail::fetch_summaries(const std::string& command) {
  auto with_ids = object_ids();
  if (!with_ids) return std::unexpected(with_ids.error());
  if (!*with_ids) {
    return failure(ExitCode::Protocol,
                   "the server gives no permanent message numbers (no OBJECTID, RFC 8474)");
  }
  std::vector<MessageSummary> found;
  auto done = client_.run(ImapCommand(command + " " + summary_items(true)),
                          [&](const ImapResponse& response) {
                            auto summary = parse_summary(response);
                            if (!summary || summary->number == 0) return;
                            summary->mailbox = opened_;
                            found.push_back(std::move(*summary));
                          });
  if (!done) return std::unexpected(done.error());
  return found;
}

Outcome<std::vector<MessageSummary>> RemoteMail::list(const std::string& mailbox, std::size_t limit,
                                                      bool unread_only) {
  if (auto opened = open(mailbox, true); !opened) return std::unexpected(opened.error());
  std::vector<MessageSummary> all;
  if (unread_only) {
    auto uids = client_.search_uids("UNSEEN");
    if (!uids) return std::unexpected(uids.error());
    if (limit != 0 && uids->size() > limit) {
      uids->erase(uids->begin(), uids->end() - static_cast<std::ptrdiff_t>(limit));
    }
    for (std::size_t begin = 0; begin < uids->size(); begin += kPageSize) {
      std::string set;
      for (std::size_t i = begin; i < std::min(begin + kPageSize, uids->size()); ++i) {
        set += (set.empty() ? "" : ",") + std::to_string((*uids)[i]);
      }
      auto page = fetch_summaries("UID FETCH " + set);
      if (!page) return page;
      std::move(page->begin(), page->end(), std::back_inserter(all));
    }
  } else if (exists_ > 0) {
    const std::uint32_t wanted =
        limit == 0 ? exists_ : static_cast<std::uint32_t>(std::min<std::size_t>(limit, exists_));
    auto page = fetch_summaries(fmt::format("FETCH {}:{}", exists_ - wanted + 1, exists_));
    if (!page) return page;
    all = std::move(*page);
  }
  std::sort(all.begin(), all.end(),
            [](const MessageSummary& a, const MessageSummary& b) { return a.number > b.number; });
  return all;
}

Outcome<const std::vector<ImapMailbox>*> RemoteMail::mailboxes() {
  if (!mailboxes_) {
    auto list = client_.list_mailboxes();
    if (!list) return std::unexpected(list.error());
    mailboxes_ = std::move(*list);
  }
  return &*mailboxes_;
}

Outcome<std::vector<std::uint32_t>> RemoteMail::search_message_id(const std::string& id) {
  const auto quoted = imap_quoted(id);
  if (!quoted) return std::vector<std::uint32_t>{};
  return client_.search_uids("HEADER Message-ID " + *quoted);
}

// Adds the messages of the open mailbox whose number is in the range and not known yet.
Outcome<void> RemoteMail::collect(const NumberRange& range, Numbers& found) {
  if (range.last - range.first > kSearchedOneByOne) {
    const auto take = [&](const ImapResponse& response) {
      const auto summary = parse_summary(response);
      if (!summary || summary->number < range.first || summary->number > range.last) return;
      found.try_emplace(summary->number, Placement{opened_, summary->uid});
    };
    auto done = client_.run(ImapCommand("UID FETCH 1:* (UID EMAILID)"), take);
    if (!done) return std::unexpected(done.error());
    return {};
  }
  for (std::uint64_t number = range.first; number <= range.last; ++number) {
    if (found.contains(number)) continue;
    auto uids = client_.search_uids(fmt::format("EMAILID M{}", number));
    if (!uids) return std::unexpected(uids.error());
    if (!uids->empty()) found.try_emplace(number, Placement{opened_, uids->front()});
  }
  return {};
}

Outcome<std::vector<Placement>> RemoteMail::find(const MessageName& name) {
  auto with_ids = object_ids();
  if (!with_ids) return std::unexpected(with_ids.error());
  if (!*with_ids) {
    return failure(ExitCode::Protocol,
                   "the server gives no permanent message numbers (no OBJECTID, RFC 8474)");
  }
  auto all = mailboxes();
  if (!all) return std::unexpected(all.error());
  std::vector<std::string> names = {"INBOX"};
  for (const ImapMailbox& mailbox : **all) {
    if (upper(mailbox.name) != "INBOX" && !mailbox.has("\\Noselect") &&
        !mailbox.has("\\NonExistent")) {
      names.push_back(mailbox.name);
    }
  }
  const auto* range = std::get_if<NumberRange>(&name);
  Numbers found;
  for (const std::string& mailbox : names) {
    auto opened = open(mailbox, true);
    if (!opened && opened.error().code == ExitCode::NoInput) continue;  // removed meanwhile
    if (!opened) return std::unexpected(opened.error());
    if (exists_ == 0) continue;
    if (range != nullptr) {
      if (auto done = collect(*range, found); !done) return std::unexpected(done.error());
      if (found.size() == range->last - range->first + 1) break;
      continue;
    }
    auto uids = search_message_id(std::get<MessageIdText>(name).value);
    if (!uids) return std::unexpected(uids.error());
    if (!uids->empty()) return std::vector<Placement>{{mailbox, uids->front()}};
  }
  std::vector<Placement> placements;
  for (const auto& [number, placement] : found) placements.push_back(placement);
  return placements;
}

Outcome<MessageSummary> RemoteMail::summary(const Placement& placement) {
  if (auto opened = open(placement.mailbox, true); !opened) {
    return std::unexpected(opened.error());
  }
  auto found = fetch_summaries(fmt::format("UID FETCH {}", placement.uid));
  if (!found) return std::unexpected(found.error());
  for (MessageSummary& one : *found) {
    if (one.uid == placement.uid) return std::move(one);
  }
  return failure(ExitCode::NoInput, "the message has just been removed");
}

Outcome<std::string> RemoteMail::octets(const Placement& placement) {
  if (auto opened = open(placement.mailbox, true); !opened) {
    return std::unexpected(opened.error());
  }
  std::optional<std::string> body;
  auto done = client_.run(ImapCommand(fmt::format("UID FETCH {} (UID BODY.PEEK[])", placement.uid)),
                          [&](const ImapResponse& response) {
                            if (auto one = body_of(response, placement.uid)) body = std::move(one);
                          });
  if (!done) return std::unexpected(done.error());
  if (!body) return failure(ExitCode::NoInput, "the message has just been removed");
  return std::move(*body);
}

Outcome<void> RemoteMail::add_flag(const Placement& placement, const std::string& flag) {
  if (auto opened = open(placement.mailbox, false); !opened) return opened;
  auto done =
      client_.run(ImapCommand(fmt::format("UID STORE {} +FLAGS.SILENT ({})", placement.uid, flag)));
  if (!done) return std::unexpected(done.error());
  return {};
}

Outcome<std::string> RemoteMail::special_mailbox(const std::string& use,
                                                 const std::string& fallback) {
  auto all = mailboxes();
  if (!all) return std::unexpected(all.error());
  for (const ImapMailbox& mailbox : **all) {
    if (mailbox.has(use)) return mailbox.name;
  }
  return fallback;
}

Outcome<MessageSummary> RemoteMail::append(const std::string& mailbox, const std::string& flags,
                                           const std::string& octets,
                                           const std::string& message_id) {
  auto appended = client_.append(mailbox, flags, octets);
  if (!appended) return std::unexpected(appended.error());
  opened_.clear();  // what was opened before may not show the new message
  Placement placement;
  placement.mailbox = mailbox;
  if (appended->uid) {
    placement.uid = *appended->uid;
    return summary(placement);
  }
  if (auto opened = open(mailbox, true); !opened) return std::unexpected(opened.error());
  auto uids = search_message_id(message_id);
  if (!uids) return std::unexpected(uids.error());
  if (uids->empty()) return failure(ExitCode::Protocol, "the copy cannot be found again");
  placement.uid = uids->back();
  return summary(placement);
}

}  // namespace restante::cli
