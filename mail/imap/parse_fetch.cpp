// FETCH and STORE (RFC 9051 s6.4.5, s6.4.6).
#include <algorithm>
#include <array>

#include "mail/imap/octets.h"
#include "mail/imap/parse_command.h"

namespace restante::imap {

namespace {

using Kind = FetchItem::Kind;

constexpr std::size_t kMaxSectionDepth = 200;
constexpr std::size_t kMaxFetchItems = 200;

constexpr std::array<std::pair<std::string_view, Kind>, 15> kItems{{
    {"UID", Kind::Uid},
    {"FLAGS", Kind::Flags},
    {"INTERNALDATE", Kind::InternalDate},
    {"RFC822.SIZE", Kind::Rfc822Size},
    {"ENVELOPE", Kind::Envelope},
    {"BODY", Kind::Body},
    {"BODYSTRUCTURE", Kind::BodyStructure},
    {"RFC822", Kind::Rfc822},
    {"RFC822.HEADER", Kind::Rfc822Header},
    {"RFC822.TEXT", Kind::Rfc822Text},
    {"EMAILID", Kind::EmailId},
    {"THREADID", Kind::ThreadId},
    {"PREVIEW", Kind::Preview},
    {"SAVEDATE", Kind::SaveDate},
    {"MODSEQ", Kind::ModSeq},
}};

FetchItem make_item(Kind kind) {
  FetchItem item;
  item.kind = kind;
  if (kind == Kind::Rfc822Header) item.section.text = Section::Text::Header;
  if (kind == Kind::Rfc822Text) item.section.text = Section::Text::Text;
  return item;
}

// Repeated items are answered once.
void add(Cursor& cursor, std::vector<FetchItem>& items, FetchItem item) {
  if (!cursor.ok() || std::find(items.begin(), items.end(), item) != items.end()) return;
  if (items.size() == kMaxFetchItems) return cursor.fail("too many items", "LIMIT", true);
  items.push_back(std::move(item));
}

std::optional<Partial> parse_partial(Cursor& cursor) {
  if (!cursor.take('<')) return std::nullopt;
  Partial partial;
  partial.offset = cursor.number64();
  cursor.expect('.');
  partial.length = cursor.number64();
  cursor.expect('>');
  if (partial.length == 0) cursor.fail("partial of no octets");
  return partial;
}

// section-binary (RFC 3516 s7): a part, or the whole message.
FetchItem parse_binary(Cursor& cursor, std::string_view name) {
  FetchItem item = make_item(name == "BINARY.SIZE" ? Kind::BinarySize : Kind::Binary);
  item.peek = name == "BINARY.PEEK";
  item.section = parse_section(cursor);
  if (item.section.text != Section::Text::All) cursor.fail("BINARY takes a part number");
  if (item.kind == Kind::Binary) item.partial = parse_partial(cursor);
  return item;
}

FetchItem parse_item(Cursor& cursor) {
  const std::string name = to_upper(cursor.letters());
  if (name == "BINARY" || name == "BINARY.PEEK" || name == "BINARY.SIZE")
    return parse_binary(cursor, name);
  const bool peek = name == "BODY.PEEK";
  if (peek || (name == "BODY" && cursor.peek() == '[')) {
    FetchItem item = make_item(Kind::Section);
    item.peek = peek;
    item.section = parse_section(cursor);
    item.partial = parse_partial(cursor);
    return item;
  }
  for (const auto& [item_name, kind] : kItems) {
    if (name != item_name) continue;
    if (kind == Kind::Preview) cursor.take_text(" (LAZY)");
    return make_item(kind);
  }
  cursor.fail("unknown fetch item");
  return {};
}

// ALL, FAST and FULL stand alone (RFC 9051 s6.4.5).
bool parse_macro(Cursor& cursor, std::vector<FetchItem>& items) {
  const bool all = cursor.take_word("ALL");
  const bool full = !all && cursor.take_word("FULL");
  if (!all && !full && !cursor.take_word("FAST")) return false;
  add(cursor, items, make_item(Kind::Flags));
  add(cursor, items, make_item(Kind::InternalDate));
  add(cursor, items, make_item(Kind::Rfc822Size));
  if (all || full) add(cursor, items, make_item(Kind::Envelope));
  if (full) add(cursor, items, make_item(Kind::Body));
  return true;
}

void parse_section_text(Cursor& cursor, Section& section) {
  const std::string name = to_upper(cursor.letters());
  if (name == "HEADER") {
    section.text = Section::Text::Header;
  } else if (name == "TEXT") {
    section.text = Section::Text::Text;
  } else if (name == "MIME" && !section.part.empty()) {
    section.text = Section::Text::Mime;
  } else if (name == "HEADER.FIELDS" || name == "HEADER.FIELDS.NOT") {
    section.text =
        name == "HEADER.FIELDS" ? Section::Text::HeaderFields : Section::Text::HeaderFieldsNot;
    cursor.space();
    cursor.expect('(');
    do {
      section.fields.push_back(cursor.astring("a header field name"));
    } while (cursor.take(' '));
    cursor.expect(')');
  } else {
    cursor.fail("invalid section");
  }
}

// RFC 4466 s2.5: fetch-modifiers.
void parse_modifiers(Cursor& cursor, Fetch& fetch) {
  cursor.expect('(');
  do {
    const std::string name = to_upper(cursor.atom("a fetch modifier"));
    if (name == "PARTIAL" && fetch.uid && !fetch.partial) {
      cursor.space();
      fetch.partial = parse_partial_range(cursor);
    } else if (name == "CHANGEDSINCE" && !fetch.changed_since) {
      cursor.space();
      fetch.changed_since = cursor.number64();
    } else if (name == "VANISHED" && fetch.uid) {
      fetch.vanished = true;
    } else {
      cursor.fail("unknown fetch modifier");
    }
  } while (cursor.take(' '));
  cursor.expect(')');
  if (fetch.vanished && !fetch.changed_since) cursor.fail("VANISHED needs CHANGEDSINCE");
  if (fetch.changed_since) add(cursor, fetch.items, make_item(Kind::ModSeq));
}

}  // namespace

Section parse_section(Cursor& cursor) {
  Section section;
  cursor.expect('[');
  if (cursor.take(']')) return section;
  bool more = true;
  while (more && is_digit(cursor.peek())) {
    const std::uint32_t number = cursor.number32();
    if (number == 0) cursor.fail("part numbers begin at 1");
    if (section.part.size() == kMaxSectionDepth) cursor.fail("section too deep");
    section.part.push_back(number);
    more = cursor.take('.');
  }
  if (more) parse_section_text(cursor, section);
  cursor.expect(']');
  return section;
}

void parse_fetch_items(Cursor& cursor, std::vector<FetchItem>& items) {
  if (parse_macro(cursor, items)) return;
  if (!cursor.take('(')) return add(cursor, items, parse_item(cursor));
  do {
    add(cursor, items, parse_item(cursor));
  } while (cursor.take(' '));
  cursor.expect(')');
}

Fetch parse_fetch(Cursor& cursor, bool uid) {
  Fetch fetch;
  fetch.uid = uid;
  cursor.space();
  fetch.set = cursor.sequence_set();
  cursor.space();
  // RFC 9051 s6.4.9: UID FETCH always answers with the uid.
  if (uid) add(cursor, fetch.items, make_item(Kind::Uid));
  parse_fetch_items(cursor, fetch.items);
  if (cursor.take(' ')) parse_modifiers(cursor, fetch);
  return fetch;
}

Store parse_store(Cursor& cursor, bool uid) {
  Store store;
  store.uid = uid;
  cursor.space();
  store.set = cursor.sequence_set();
  cursor.space();
  if (cursor.take('(')) {
    if (!cursor.take_word("UNCHANGEDSINCE")) cursor.fail("unknown store modifier");
    cursor.space();
    store.unchanged_since = cursor.number64();
    cursor.expect(')');
    cursor.space();
  }
  if (cursor.take('+')) {
    store.mode = StoreMode::Add;
  } else if (cursor.take('-')) {
    store.mode = StoreMode::Remove;
  }
  const std::string name = to_upper(cursor.letters());
  if (name != "FLAGS" && name != "FLAGS.SILENT") cursor.fail("expected FLAGS");
  store.silent = name == "FLAGS.SILENT";
  cursor.space();
  if (cursor.peek() == '(') {
    store.flags = cursor.flag_list();
    return store;
  }
  do {
    cursor.flag(store.flags);
  } while (cursor.take(' '));
  return store;
}

}  // namespace restante::imap
