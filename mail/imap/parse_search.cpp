// SEARCH (RFC 9051 s6.4.4, RFC 3501 s6.4.4): keys to a flat tree, with a stack instead of
// recursion.
#include <array>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"
#include "mail/message/charset.h"

namespace restante::imap {

namespace {

enum class Argument : std::uint8_t {
  None,
  Text,
  Date,
  Number,
  Interval,
  Keyword,
  Header,
  Uids,
  ObjectId,
  ModSeq
};

struct KeyEntry {
  std::string_view name;
  SearchKind kind;
  Argument argument = Argument::None;
  SystemFlag flag = SystemFlag::Seen;  // of kind Flag
  bool negated = false;
};

constexpr std::array kKeys{
    KeyEntry{"ALL", SearchKind::And},
    KeyEntry{"ANSWERED", SearchKind::Flag, Argument::None, SystemFlag::Answered},
    KeyEntry{"BCC", SearchKind::Bcc, Argument::Text},
    KeyEntry{"BEFORE", SearchKind::Before, Argument::Date},
    KeyEntry{"BODY", SearchKind::Body, Argument::Text},
    KeyEntry{"CC", SearchKind::Cc, Argument::Text},
    KeyEntry{"DELETED", SearchKind::Flag, Argument::None, SystemFlag::Deleted},
    KeyEntry{"DRAFT", SearchKind::Flag, Argument::None, SystemFlag::Draft},
    KeyEntry{"EMAILID", SearchKind::EmailId, Argument::ObjectId},
    KeyEntry{"FLAGGED", SearchKind::Flag, Argument::None, SystemFlag::Flagged},
    KeyEntry{"FROM", SearchKind::From, Argument::Text},
    KeyEntry{"HEADER", SearchKind::Header, Argument::Header},
    KeyEntry{"KEYWORD", SearchKind::Keyword, Argument::Keyword},
    KeyEntry{"LARGER", SearchKind::Larger, Argument::Number},
    KeyEntry{"MODSEQ", SearchKind::ModSeq, Argument::ModSeq},
    KeyEntry{"OLD", SearchKind::Recent, Argument::None, SystemFlag::Seen, true},
    KeyEntry{"OLDER", SearchKind::Older, Argument::Interval},
    KeyEntry{"ON", SearchKind::On, Argument::Date},
    KeyEntry{"RECENT", SearchKind::Recent},
    KeyEntry{"SAVEDATESUPPORTED", SearchKind::And},
    KeyEntry{"SAVEDBEFORE", SearchKind::SavedBefore, Argument::Date},
    KeyEntry{"SAVEDON", SearchKind::SavedOn, Argument::Date},
    KeyEntry{"SAVEDSINCE", SearchKind::SavedSince, Argument::Date},
    KeyEntry{"SEEN", SearchKind::Flag, Argument::None, SystemFlag::Seen},
    KeyEntry{"SENTBEFORE", SearchKind::SentBefore, Argument::Date},
    KeyEntry{"SENTON", SearchKind::SentOn, Argument::Date},
    KeyEntry{"SENTSINCE", SearchKind::SentSince, Argument::Date},
    KeyEntry{"SINCE", SearchKind::Since, Argument::Date},
    KeyEntry{"SMALLER", SearchKind::Smaller, Argument::Number},
    KeyEntry{"SUBJECT", SearchKind::Subject, Argument::Text},
    KeyEntry{"TEXT", SearchKind::Text, Argument::Text},
    KeyEntry{"THREADID", SearchKind::ThreadId, Argument::ObjectId},
    KeyEntry{"TO", SearchKind::To, Argument::Text},
    KeyEntry{"UID", SearchKind::Uid, Argument::Uids},
    KeyEntry{"UNANSWERED", SearchKind::Flag, Argument::None, SystemFlag::Answered, true},
    KeyEntry{"UNDELETED", SearchKind::Flag, Argument::None, SystemFlag::Deleted, true},
    KeyEntry{"UNDRAFT", SearchKind::Flag, Argument::None, SystemFlag::Draft, true},
    KeyEntry{"UNFLAGGED", SearchKind::Flag, Argument::None, SystemFlag::Flagged, true},
    KeyEntry{"UNKEYWORD", SearchKind::Keyword, Argument::Keyword, SystemFlag::Seen, true},
    KeyEntry{"UNSEEN", SearchKind::Flag, Argument::None, SystemFlag::Seen, true},
    KeyEntry{"YOUNGER", SearchKind::Younger, Argument::Interval},
};

// One open AND (a list of keys), OR or NOT.
struct Frame {
  std::uint32_t node = 0;
  std::uint32_t last_child = kNoNode;
  unsigned wanted = 0;  // keys that OR and NOT still want; 0: a list
  bool parenthesis = false;
  bool fuzzy = false;  // all keys in it
};

class KeyReader {
 public:
  KeyReader(Cursor& cursor, std::string charset) : cursor_(cursor), charset_(std::move(charset)) {}

  SearchProgram read() {
    program_.nodes.emplace_back();
    frames_.push_back(Frame{});
    while (cursor_.ok() && !frames_.empty()) {
      if (read_key()) close_frames();
    }
    if (cursor_.ok()) prepare(program_);
    return std::move(program_);
  }

 private:
  std::uint32_t add(SearchKind kind) {
    const auto node = static_cast<std::uint32_t>(program_.nodes.size());
    Frame& frame = frames_.back();
    program_.nodes.emplace_back().kind = kind;
    program_.nodes.back().fuzzy = frame.fuzzy && is_text_key(kind);
    if (frame.last_child == kNoNode) {
      program_.nodes[frame.node].first_child = node;
    } else {
      program_.nodes[frame.last_child].next_sibling = node;
    }
    frame.last_child = node;
    return node;
  }

  void open(SearchKind kind, unsigned wanted, bool parenthesis) {
    if (frames_.size() > cursor_.limits().nesting)
      return cursor_.fail("search nested too deeply", "LIMIT", true);
    const std::uint32_t node = add(kind);
    frames_.push_back(Frame{node, kNoNode, wanted, parenthesis, frames_.back().fuzzy});
  }

  // Reads one key or the opening of one; whether a key is complete.
  bool read_key() {
    if (++keys_ > cursor_.limits().search_keys) {
      cursor_.fail("too many search keys", "LIMIT", true);
      return false;
    }
    if (cursor_.take('(')) {
      open(SearchKind::And, 0, true);
      return false;
    }
    if (is_digit(cursor_.peek()) || cursor_.peek() == '*' || cursor_.peek() == '$') {
      const std::uint32_t node = add(SearchKind::Sequence);
      program_.nodes[node].set = cursor_.sequence_set();
      return true;
    }
    return read_named_key(to_upper(cursor_.atom("a search key")));
  }

  bool read_named_key(const std::string& name) {
    if (name == "NOT" || name == "OR") {
      cursor_.space();
      const bool negation = name == "NOT";
      open(negation ? SearchKind::Not : SearchKind::Or, negation ? 1 : 2, false);
      return false;
    }
    if (name == "FUZZY") {  // RFC 6203 s3
      cursor_.space();
      open(SearchKind::And, 1, false);
      frames_.back().fuzzy = true;
      program_.fuzzy = true;
      return false;
    }
    if (name == "NEW") {  // RECENT UNSEEN
      open(SearchKind::And, 0, true);
      if (!cursor_.ok()) return false;
      add(SearchKind::Recent);
      open(SearchKind::Not, 1, false);
      if (!cursor_.ok()) return false;
      program_.nodes[add(SearchKind::Flag)].flag = static_cast<std::uint8_t>(SystemFlag::Seen);
      frames_.pop_back();
      frames_.pop_back();
      return true;
    }
    for (const KeyEntry& key : kKeys)
      if (name == key.name) return read_leaf(key);
    if (cursor_.ok()) cursor_.fail("unknown search key");
    return false;
  }

  bool read_leaf(const KeyEntry& key) {
    if (key.negated) open(SearchKind::Not, 1, false);
    if (!cursor_.ok()) return false;
    const std::uint32_t node = add(key.kind);
    if (key.negated) frames_.pop_back();
    read_argument(key, program_.nodes[node]);
    return true;
  }

  void read_argument(const KeyEntry& key, SearchNode& node) {
    node.flag = key.kind == SearchKind::Flag ? static_cast<std::uint8_t>(key.flag) : 0;
    if (key.argument == Argument::None) return;
    cursor_.space();
    switch (key.argument) {
      case Argument::None:
        break;
      case Argument::Text:
        node.text = text();
        break;
      case Argument::Date:
        node.date = cursor_.date();
        break;
      case Argument::Number:
        node.number = cursor_.number64();
        break;
      case Argument::Interval:
        node.number = cursor_.number32();
        if (node.number == 0) cursor_.fail("an interval above 0 is wanted");
        break;
      case Argument::ModSeq:
        node.number = modseq();
        break;
      case Argument::Keyword:
        node.text = cursor_.atom("a keyword");
        break;
      case Argument::Uids:
        node.set = cursor_.sequence_set();
        break;
      case Argument::ObjectId:
        node.text = cursor_.astring("an object id");
        break;
      case Argument::Header:
        node.header = to_lower(cursor_.astring("a header field name"));
        cursor_.space();
        node.text = text();
        break;
    }
  }

  // RFC 7162 s3.1.5. There is one modseq for all of a message's flags: the entry is ignored.
  std::uint64_t modseq() {
    if (cursor_.peek() == '"') {
      cursor_.string("an entry name");
      cursor_.space();
      const bool known =
          cursor_.take_word("ALL") || cursor_.take_word("SHARED") || cursor_.take_word("PRIV");
      if (!known) cursor_.fail("expected PRIV, SHARED or ALL");
      cursor_.space();
    }
    return cursor_.number64();
  }

  // A string of the command as UTF-8.
  std::string text() {
    const std::string written = cursor_.astring("a search text");
    if (!charset_.empty()) return message::to_utf8(written, charset_);
    if (!message::is_utf8(written)) cursor_.fail("search text needs a CHARSET");
    return written;
  }

  // A key is complete: so is every OR and NOT it was the last key of, and every list that ends.
  void close_frames() {
    while (cursor_.ok() && !frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.wanted > 1) {
        --frame.wanted;
        return cursor_.space();
      }
      if (frame.wanted == 0 && frame.parenthesis && !cursor_.take(')')) return cursor_.space();
      if (frame.wanted == 0 && !frame.parenthesis && !cursor_.at_end()) return cursor_.space();
      frames_.pop_back();
    }
  }

  Cursor& cursor_;
  std::string charset_;
  SearchProgram program_;
  std::vector<Frame> frames_;
  std::size_t keys_ = 0;
};

// The charset of the command for to_utf8(); empty for UTF-8 and US-ASCII, whose texts stay as they
// are.
std::string parse_charset(Cursor& cursor) {
  cursor.space();
  const std::string charset = cursor.astring("a charset");
  cursor.space();
  if (equals(charset, "UTF-8") || equals(charset, "US-ASCII")) return {};
  if (cursor.ok() && !message::is_known_charset(charset))
    cursor.fail("unknown charset", "BADCHARSET (UTF-8 US-ASCII ISO-8859-1)", true);
  return charset;
}

// From behind the space after SEARCH or after the sources of ESEARCH.
Search parse_options_and_keys(Cursor& cursor) {
  Search search;
  if (cursor.take_word("RETURN")) {
    search.returns = parse_search_return(cursor);
    cursor.space();
  }
  std::string charset;
  search.charset_named = cursor.take_word("CHARSET");
  if (search.charset_named) charset = parse_charset(cursor);
  search.program = KeyReader(cursor, std::move(charset)).read();
  if (search.returns && search.returns->relevancy && !uses_fuzzy_keys(search.program))
    cursor.fail("RELEVANCY needs a FUZZY key");
  return search;
}

constexpr std::size_t kMaxSources = 100;
constexpr std::array kSources{
    FilterWord{"SELECTED", MailboxFilter::Kind::Selected, false},
    FilterWord{"INBOXES", MailboxFilter::Kind::Inboxes, false},
    FilterWord{"PERSONAL", MailboxFilter::Kind::Personal, false},
    FilterWord{"SUBSCRIBED", MailboxFilter::Kind::Subscribed, false},
    FilterWord{"SUBTREE", MailboxFilter::Kind::Subtree, true},
    FilterWord{"SUBTREE-ONE", MailboxFilter::Kind::SubtreeOne, true},
    FilterWord{"MAILBOXES", MailboxFilter::Kind::Mailboxes, true},
};

}  // namespace

Search parse_search(Cursor& cursor, bool uid) {
  cursor.space();
  Search search = parse_options_and_keys(cursor);
  search.uid = uid;
  return search;
}

void parse_charset_and_keys(Cursor& cursor, Search& search) {
  std::string charset = parse_charset(cursor);
  search.program = KeyReader(cursor, std::move(charset)).read();
}

MultiSearch parse_multi_search(Cursor& cursor) {
  MultiSearch command;
  cursor.space();
  if (cursor.take_word("IN")) {
    cursor.space();
    cursor.expect('(');
    do {
      if (command.sources.size() == kMaxSources) cursor.fail("too many sources", "LIMIT", true);
      command.sources.push_back(parse_mailbox_filter(cursor, kSources));
    } while (cursor.take(' '));
    cursor.expect(')');
    cursor.space();
  }
  command.search = parse_options_and_keys(cursor);
  command.search.uid = true;
  if (!command.search.returns) command.search.returns.emplace().all = true;  // RFC 7377 s2.1
  return command;
}

}  // namespace restante::imap
