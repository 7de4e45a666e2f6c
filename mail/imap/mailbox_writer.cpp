// Untagged responses about mailboxes and searches. See writer.h.
#include <fmt/format.h>

#include <algorithm>

#include "mail/imap/mailbox_name.h"
#include "mail/imap/search_return.h"
#include "mail/imap/writer.h"

namespace restante::imap {

namespace {

void append_counted(std::string& out, std::uint32_t number, std::string_view what) {
  out += "* ";
  append_number(out, number);
  out += what;
}

void append_list_line(std::string& out, std::string_view response, const ListEntry& entry,
                      bool utf8) {
  out += "* ";
  out += response;
  out += " (";
  const auto add = [&out](std::string_view attribute) {
    if (out.back() != '(') out += ' ';
    out += attribute;
  };
  // RFC 5258 s3: \NonExistent implies \Noselect; older clients know only the latter.
  if (entry.non_existent) add("\\NonExistent");
  if (entry.no_select || entry.non_existent) add("\\Noselect");
  if (entry.no_access) add("\\NoAccess");
  if (entry.has_children) add(*entry.has_children ? "\\HasChildren" : "\\HasNoChildren");
  if (entry.subscribed) add("\\Subscribed");
  if (entry.special_use != SpecialUse::None) add(special_use_name(entry.special_use));
  out += ") \"";
  out += kSeparator;
  out += "\" ";
  append_mailbox(out, entry.name, utf8);
}

void append_item(std::string& out, std::string_view name, std::uint64_t number) {
  if (out.back() != '(') out += ' ';
  out += name;
  out += ' ';
  append_number(out, number);
}

void begin_esearch(std::string& out, const SearchedBy& search) {
  out += "* ESEARCH (TAG ";
  append_string(out, search.tag);
  if (search.mailbox) {
    out += " MAILBOX ";
    append_mailbox(out, search.mailbox->name, search.mailbox->utf8);
    out += fmt::format(" UIDVALIDITY {}", search.mailbox->uid_validity);
  }
  out += ')';
  if (search.uid) out += " UID";
}

void append_scores(std::string& out, std::span<const unsigned> scores) {
  out += " RELEVANCY (";
  for (const unsigned score : scores) {
    if (out.back() != '(') out += ' ';
    append_number(out, score);
  }
  out += ')';
}

void append_return_data(std::string& out, const SearchReturn& returns,
                        std::span<const std::uint32_t> numbers, std::span<const unsigned> scores,
                        std::uint64_t modseq) {
  const auto add = [&out](std::string_view name, std::uint64_t number) {
    out += name;
    append_number(out, number);
  };
  // RFC 9051 s7.3.4: nothing but COUNT where no message matches.
  if (returns.min && !numbers.empty()) add(" MIN ", numbers.front());
  if (returns.max && !numbers.empty()) add(" MAX ", numbers.back());
  if (returns.all && !numbers.empty()) out += " ALL " + format_sequence_set(numbers);
  if (returns.count) add(" COUNT ", numbers.size());
  if (returns.partial) {
    const PartialRange& range = *returns.partial;
    const std::string_view sign = range.from_end ? "-" : "";
    const std::string set = format_sequence_set(part_of(numbers, range));
    out += fmt::format(" PARTIAL ({}{}:{}{} {})", sign, range.first, sign, range.last,
                       set.empty() ? "NIL" : set);
    const auto part = part_of(numbers, range);
    if (!scores.empty())
      scores = scores.subspan(static_cast<std::size_t>(part.data() - numbers.data()), part.size());
  }
  if (modseq != 0 && !numbers.empty()) add(" MODSEQ ", modseq);
  if (returns.relevancy && !scores.empty()) append_scores(out, scores);
  out += "\r\n";
}

void append_numbers(std::string& out, std::string_view name, std::span<const std::uint32_t> numbers,
                    std::uint64_t modseq) {
  out += name;
  for (const std::uint32_t number : numbers) {
    out += ' ';
    append_number(out, number);
  }
  if (modseq != 0 && !numbers.empty()) out += fmt::format(" (MODSEQ {})", modseq);
  out += "\r\n";
}

}  // namespace

void append_exists(std::string& out, std::uint32_t messages) {
  append_counted(out, messages, " EXISTS\r\n");
}

void append_recent(std::string& out, std::uint32_t messages) {
  append_counted(out, messages, " RECENT\r\n");
}

void append_expunge(std::string& out, std::uint32_t sequence_number) {
  append_counted(out, sequence_number, " EXPUNGE\r\n");
}

void append_vanished(std::string& out, std::span<const SequenceRange> uids, Vanished when) {
  constexpr std::size_t kRangesOfLine = 500;  // RFC 7162 s4: about 8192 octets
  while (!uids.empty()) {
    const auto line = uids.first(std::min(uids.size(), kRangesOfLine));
    uids = uids.subspan(line.size());
    out += when == Vanished::Earlier ? "* VANISHED (EARLIER) " : "* VANISHED ";
    out += format_sequence_set(line);
    out += "\r\n";
  }
}

void append_flags(std::string& out, const std::vector<std::string>& keywords) {
  out += "* FLAGS ";
  append_flag_list(out, 31, keywords);
  out += "\r\n";
}

void append_namespace(std::string& out) {
  out += "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\r\n";
}

void append_id(std::string& out,
               std::span<const std::pair<std::string_view, std::string_view>> fields) {
  out += "* ID (";
  for (const auto& [name, value] : fields) {
    if (out.back() != '(') out += ' ';
    append_string(out, name);
    out += ' ';
    append_string(out, value);
  }
  out += ")\r\n";
}

std::string_view special_use_name(SpecialUse use) {
  switch (use) {
    case SpecialUse::None:
      return "";
    case SpecialUse::Archive:
      return "\\Archive";
    case SpecialUse::Drafts:
      return "\\Drafts";
    case SpecialUse::Flagged:
      return "\\Flagged";
    case SpecialUse::Junk:
      return "\\Junk";
    case SpecialUse::Sent:
      return "\\Sent";
    case SpecialUse::Trash:
      return "\\Trash";
    case SpecialUse::All:
      return "\\All";
  }
  return "";
}

void append_list(std::string& out, const ListEntry& entry, bool utf8) {
  append_list_line(out, "LIST", entry, utf8);
  if (entry.child_info_subscribed || !entry.old_name.empty()) {
    out += " (";
    if (entry.child_info_subscribed) out += "\"CHILDINFO\" (\"SUBSCRIBED\")";
    if (!entry.old_name.empty()) {
      if (entry.child_info_subscribed) out += ' ';
      out += "\"OLDNAME\" (";
      append_mailbox(out, entry.old_name, utf8);
      out += ')';
    }
    out += ')';
  }
  out += "\r\n";
}

void append_lsub(std::string& out, const ListEntry& entry, bool utf8) {
  append_list_line(out, "LSUB", entry, utf8);
  out += "\r\n";
}

void append_list_root(std::string& out, std::string_view reference, bool lsub) {
  out += lsub ? "* LSUB" : "* LIST";
  out += " (\\Noselect) \"/\" ";
  // The root is what of the reference stands before its first level (RFC 9051 s6.3.9).
  append_string(out, reference.starts_with(kSeparator) ? "/" : "");
  out += "\r\n";
}

void append_status_response(std::string& out, std::string_view mailbox, StatusItems items,
                            const StatusValues& values, bool utf8) {
  out += "* STATUS ";
  append_mailbox(out, mailbox, utf8);
  out += " (";
  if (items.has(StatusItem::Messages)) append_item(out, "MESSAGES", values.messages);
  if (items.has(StatusItem::UidNext)) append_item(out, "UIDNEXT", values.uid_next);
  if (items.has(StatusItem::UidValidity)) append_item(out, "UIDVALIDITY", values.uid_validity);
  if (items.has(StatusItem::Unseen)) append_item(out, "UNSEEN", values.unseen);
  if (items.has(StatusItem::Deleted)) append_item(out, "DELETED", values.deleted);
  if (items.has(StatusItem::DeletedStorage)) {
    append_item(out, "DELETED-STORAGE", values.deleted_storage);
  }
  if (items.has(StatusItem::Size)) append_item(out, "SIZE", values.size);
  if (items.has(StatusItem::Recent)) append_item(out, "RECENT", values.recent);
  if (items.has(StatusItem::AppendLimit)) append_item(out, "APPENDLIMIT", values.append_limit);
  if (items.has(StatusItem::HighestModSeq)) {
    append_item(out, "HIGHESTMODSEQ", values.highest_modseq);
  }
  if (items.has(StatusItem::MailboxId)) {
    if (out.back() != '(') out += ' ';
    out += code_mailbox_id(values.mailbox_id);
  }
  out += ")\r\n";
}

void append_search(std::string& out, std::span<const std::uint32_t> numbers, std::uint64_t modseq) {
  append_numbers(out, "* SEARCH", numbers, modseq);
}

void append_sort(std::string& out, std::span<const std::uint32_t> numbers, std::uint64_t modseq) {
  append_numbers(out, "* SORT", numbers, modseq);
}

void append_esearch(std::string& out, std::string_view tag, bool uid, const SearchReturn& returns,
                    std::span<const std::uint32_t> numbers, std::span<const unsigned> scores,
                    std::uint64_t modseq) {
  begin_esearch(out, SearchedBy{tag, uid, std::nullopt});
  append_return_data(out, returns, numbers, scores, modseq);
}

void append_esearch(std::string& out, std::string_view tag, const SearchedMailbox& mailbox,
                    const SearchReturn& returns, std::span<const std::uint32_t> uids,
                    std::span<const unsigned> scores, std::uint64_t modseq) {
  begin_esearch(out, SearchedBy{tag, true, mailbox});
  append_return_data(out, returns, uids, scores, modseq);
}

void append_context_change(std::string& out, const SearchedBy& search, ContextChange change,
                           std::uint32_t position, std::span<const std::uint32_t> numbers) {
  begin_esearch(out, search);
  const std::string_view name = change == ContextChange::AddTo ? "ADDTO" : "REMOVEFROM";
  out += fmt::format(" {} ({} {})\r\n", name, position, format_sequence_set(numbers));
}

}  // namespace restante::imap
