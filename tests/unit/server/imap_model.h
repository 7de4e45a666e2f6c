// A simple model of mailboxes, and clients that rebuild it from nothing but what the server tells
// them. Used by the model test: whatever commands several sessions send, every client must end with
// the model exactly.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace restante::session::model {

using Flags = std::set<std::string>;

struct Message {
  std::uint32_t uid = 0;  // of a client: 0 while it has not been told
  Flags flags;
  std::uint64_t modseq = 0;  // 0 where nothing told it
};

// What a mailbox holds.
struct Mailbox {
  std::vector<Message> messages;
  std::uint32_t uid_next = 1;

  void append(Flags flags) { messages.push_back(Message{uid_next++, std::move(flags), 0}); }
  void expunge(const std::set<std::uint32_t>& uids) {
    std::erase_if(messages, [&](const Message& message) {
      return uids.contains(message.uid) && message.flags.contains("\\Deleted");
    });
  }
  void copy_to(Mailbox& other, const std::set<std::uint32_t>& uids) const {
    const std::vector<Message> before = messages;  // it may be the same mailbox
    for (const Message& message : before) {
      if (uids.contains(message.uid)) other.append(message.flags);
    }
  }
  void remove(const std::set<std::uint32_t>& uids) {
    std::erase_if(messages, [&](const Message& message) { return uids.contains(message.uid); });
  }
};

enum class Change { Replace, Add, Remove };

inline void change(Flags& flags, Change how, const Flags& by) {
  if (how == Change::Replace) flags = by;
  for (const std::string& flag : by) {
    if (how == Change::Add) flags.insert(flag);
    if (how == Change::Remove) flags.erase(flag);
  }
}

// The numbers of "1:3,7".
inline std::vector<std::uint32_t> numbers_of(std::string_view set) {
  std::vector<std::uint32_t> numbers;
  std::uint32_t first = 0;
  const char* at = set.data();
  const char* const end = set.data() + set.size();
  while (at < end) {
    std::uint32_t number = 0;
    at = std::from_chars(at, end, number).ptr;
    const bool range_ends = first != 0;
    for (std::uint32_t n = range_ends ? first + 1 : number; n <= number; ++n) numbers.push_back(n);
    first = at < end && *at == ':' ? number : 0;
    ++at;
  }
  return numbers;
}

// What a client knows of its mailbox (RFC 9051 s7, RFC 7162 s6). Problems are what no server may
// do.
class Belief {
 public:
  std::vector<Message> messages;
  std::uint64_t uid_validity = 0;
  std::uint64_t modseq = 0;  // what it may ask for changes since
  std::vector<std::string> problems;
  std::set<std::uint32_t> vanished_earlier;

  // One untagged line of the server, in answer to a command.
  void hear(const std::string& line, bool expunges_permitted) {
    if (!line.starts_with("* ")) return problem("not untagged: " + line);
    const std::string_view rest = std::string_view(line).substr(2);
    if (rest.starts_with("OK [")) return hear_code(rest.substr(4));
    if (rest.starts_with("VANISHED (EARLIER) ")) {
      for (const auto uid : numbers_of(rest.substr(19))) vanished_earlier.insert(uid);
      return;
    }
    if (rest.starts_with("VANISHED ")) {
      if (!expunges_permitted) problem("not permitted here: " + line);
      for (const auto uid : numbers_of(rest.substr(9))) vanish(uid, line);
      return;
    }
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ptr == rest.data()) return;  // FLAGS, SEARCH, LIST ...
    const std::string_view what =
        rest.substr(static_cast<std::size_t>(parsed.ptr - rest.data()) + 1);
    if (what == "EXISTS") return exists(number, line);
    if (what == "RECENT") return;
    if (what == "EXPUNGE") {
      if (!expunges_permitted) problem("not permitted here: " + line);
      if (number == 0 || number > messages.size()) return problem("no such message: " + line);
      messages.erase(messages.begin() + number - 1);
      return;
    }
    if (what.starts_with("FETCH (")) return fetched(number, what, line);
    if (what.starts_with("UIDFETCH (")) return fetched(position_of(number), what, line);
    problem("not understood: " + line);
  }

  // A command is complete: only now a modseq may be kept (RFC 7162 s6).
  void complete(std::string_view tagged) {
    const std::size_t code = tagged.find("[HIGHESTMODSEQ ");
    if (code != std::string_view::npos) told_modseq_ = number_at(tagged, code + 15);
    if (told_modseq_) {
      modseq = *told_modseq_;
    } else {
      modseq = std::max(modseq, seen_modseq_);
    }
    told_modseq_.reset();
    seen_modseq_ = 0;
  }

  std::size_t position_of(std::uint32_t uid) const {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (messages[i].uid == uid) return i + 1;
    }
    return 0;
  }
  std::uint32_t last_uid() const {
    std::uint32_t last = 0;
    for (const Message& message : messages) last = std::max(last, message.uid);
    return last;
  }
  std::size_t unknown() const {
    return static_cast<std::size_t>(std::ranges::count(messages, 0U, &Message::uid));
  }
  // A UIDFETCH named a message that was not known yet: one of those that EXISTS told of.
  void name_unknown(std::uint32_t uid) {
    const auto unknown = std::ranges::find(messages, 0U, &Message::uid);
    if (unknown == messages.end()) return;
    messages.erase(unknown);
    const auto place = std::ranges::find_if(
        messages, [uid](const Message& message) { return message.uid == 0 || message.uid > uid; });
    messages.insert(place, Message{uid, {}, 0});
  }
  bool names_unknown = false;

 private:
  static std::uint64_t number_at(std::string_view text, std::size_t at) {
    std::uint64_t number = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), number);
    return number;
  }

  void problem(std::string text) { problems.push_back(std::move(text)); }

  void hear_code(std::string_view code) {
    if (code.starts_with("HIGHESTMODSEQ ")) told_modseq_ = number_at(code, 14);
    if (code.starts_with("UIDVALIDITY ")) uid_validity = number_at(code, 12);
  }

  void exists(std::uint32_t number, const std::string& line) {
    if (number < messages.size()) return problem("fewer without EXPUNGE: " + line);
    messages.resize(number);
  }

  void vanish(std::uint32_t uid, const std::string& line) {
    std::size_t position = position_of(uid);
    // One that came and went before it could be asked for.
    if (position == 0) position = position_of(0);
    if (position == 0) return problem("not in the mailbox: " + line);
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(position) - 1);
  }

  void fetched(std::size_t number, std::string_view items, const std::string& line) {
    if (number == 0 && names_unknown) {
      name_unknown(static_cast<std::uint32_t>(number_at(line, 2)));
      number = position_of(static_cast<std::uint32_t>(number_at(line, 2)));
    }
    if (number == 0 || number > messages.size()) return problem("no such message: " + line);
    Message& message = messages[number - 1];
    if (const auto at = items.find("UID "); at != std::string_view::npos) {
      const auto uid = static_cast<std::uint32_t>(number_at(items, at + 4));
      if (message.uid != 0 && message.uid != uid) problem("another uid: " + line);
      message.uid = uid;
    }
    if (const auto at = items.find("FLAGS ("); at != std::string_view::npos) {
      message.flags = flags_of(items.substr(at + 7, items.find(')', at) - at - 7));
    }
    if (const auto at = items.find("MODSEQ ("); at != std::string_view::npos) {
      message.modseq = number_at(items, at + 8);
      seen_modseq_ = std::max(seen_modseq_, message.modseq);
    }
  }

  // \Recent belongs to one session.
  static Flags flags_of(std::string_view list) {
    Flags flags;
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(' '), list.size());
      if (list.substr(0, end) != "\\Recent") flags.emplace(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
    return flags;
  }

  std::optional<std::uint64_t> told_modseq_;
  std::uint64_t seen_modseq_ = 0;
};

}  // namespace restante::session::model
