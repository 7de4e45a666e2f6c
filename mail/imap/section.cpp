// From a section to the octets of the message. See section.h.
#include "mail/imap/section.h"

#include <algorithm>

#include "mail/imap/octets.h"
#include "mail/imap/writer.h"

namespace restante::imap {

namespace {

using message::Index;
using message::kNone;
using message::Part;
using message::Range;

std::uint64_t end_of(const Range& range) {
  return range.offset + range.length;
}

// What HEADER and TEXT speak of: the message itself, or the one inside a message/rfc822 part.
struct Message {
  Range header;
  Range text;
  std::uint32_t position = 0;  // in index.messages
};

std::optional<Message> find_message(const Index& index, const std::vector<std::uint32_t>& part) {
  if (index.parts.empty()) return std::nullopt;
  if (part.empty()) {
    const Range header = index.parts[0].header;
    const std::uint64_t start = std::min(end_of(header), index.size);
    return Message{header, Range{start, index.size - start}, 0};
  }
  const auto found = find_part(index, part);
  if (!found) return std::nullopt;
  const Part& outer = index.parts[*found];
  if (outer.message == kNone || outer.first_child == kNone) return std::nullopt;
  const Range header = index.parts[outer.first_child].header;
  const std::uint64_t start = std::min(end_of(header), end_of(outer.body));
  return Message{header, Range{start, end_of(outer.body) - start}, outer.message};
}

bool selects_fields(const Section& section) {
  return section.text == Section::Text::HeaderFields ||
         section.text == Section::Text::HeaderFieldsNot;
}

// Adjacent ranges are joined.
void add(std::vector<Range>& ranges, Range range) {
  if (range.length == 0) return;
  if (!ranges.empty() && end_of(ranges.back()) == range.offset) {
    ranges.back().length += range.length;
  } else {
    ranges.push_back(range);
  }
}

SectionContent whole(Range range) {
  SectionContent content;
  content.exists = true;
  add(content.ranges, range);
  return content;
}

// RFC 9051 s6.4.5.1: the fields of these names (or all others), and the empty line if there is one.
SectionContent select_fields(const Index& index, const Section& section, const Message& of,
                             std::string_view header) {
  std::vector<std::string> names;
  for (const std::string& name : section.fields) names.push_back(to_lower(name));
  std::sort(names.begin(), names.end());
  SectionContent content;
  content.exists = true;
  if (of.position >= index.messages.size()) return content;
  for (const message::HeaderField& field : index.messages[of.position].fields) {
    if (field.whole.offset < of.header.offset || end_of(field.whole) > end_of(of.header)) continue;
    const auto at = static_cast<std::size_t>(field.whole.offset - of.header.offset);
    if (at + field.name_length > header.size()) continue;
    const std::string name = to_lower(header.substr(at, field.name_length));
    const bool named = std::binary_search(names.begin(), names.end(), name);
    if (named == (section.text == Section::Text::HeaderFields)) add(content.ranges, field.whole);
  }
  if (header.ends_with("\r\n\r\n") || header == "\r\n") content.tail = "\r\n";
  return content;
}

}  // namespace

std::uint64_t SectionContent::size() const {
  std::uint64_t octets = tail.size();
  for (const Range& range : ranges) octets += range.length;
  return octets;
}

std::optional<std::uint32_t> find_part(const Index& index, const std::vector<std::uint32_t>& part) {
  if (index.parts.empty() || part.empty()) return std::nullopt;
  std::uint32_t within = 0;     // numbers count the parts of this one
  bool body_of_message = true;  // which, if it is not multipart, is its own part 1
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (i > 0) {
      const Part& outer = index.parts[found];
      body_of_message = outer.message != kNone && outer.first_child != kNone;
      if (!body_of_message && !outer.is_multipart()) return std::nullopt;
      within = body_of_message ? outer.first_child : found;
    }
    if (!index.parts[within].is_multipart()) {
      if (!body_of_message || part[i] != 1) return std::nullopt;
      found = within;
      continue;
    }
    found = index.parts[within].first_child;
    for (std::uint32_t n = 1; n < part[i] && found != kNone; ++n)
      found = index.parts[found].next_sibling;
    if (found == kNone) return std::nullopt;
  }
  return found;
}

std::optional<Range> header_needed(const Index& index, const Section& section) {
  if (!selects_fields(section)) return std::nullopt;
  const auto found = find_message(index, section.part);
  if (!found) return std::nullopt;
  return found->header;
}

SectionContent resolve_section(const Index& index, const Section& section,
                               std::string_view header) {
  switch (section.text) {
    case Section::Text::All:
    case Section::Text::Mime: {
      if (section.part.empty()) return whole(Range{0, index.size});
      const auto found = find_part(index, section.part);
      if (!found) return {};
      const Part& part = index.parts[*found];
      return whole(section.text == Section::Text::Mime ? part.header : part.body);
    }
    case Section::Text::Header:
    case Section::Text::Text: {
      const auto found = find_message(index, section.part);
      if (!found) return {};
      return whole(section.text == Section::Text::Text ? found->text : found->header);
    }
    case Section::Text::HeaderFields:
    case Section::Text::HeaderFieldsNot: {
      const auto found = find_message(index, section.part);
      if (!found) return {};
      return select_fields(index, section, *found, header);
    }
  }
  return {};
}

SectionContent apply_partial(SectionContent content, const Partial& partial) {
  SectionContent cut;
  cut.exists = content.exists;
  std::uint64_t skip = partial.offset;
  std::uint64_t room = partial.length;
  for (const Range& range : content.ranges) {
    const std::uint64_t skipped = std::min(skip, range.length);
    const std::uint64_t taken = std::min(room, range.length - skipped);
    skip -= skipped;
    room -= taken;
    if (taken > 0) cut.ranges.push_back(Range{range.offset + skipped, taken});
  }
  if (skip < content.tail.size()) {
    cut.tail = content.tail.substr(static_cast<std::size_t>(skip));
    cut.tail = cut.tail.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(room, cut.tail.size())));
  }
  return cut;
}

std::string section_label(const Section& section, const std::optional<Partial>& partial) {
  std::string out = "BODY[";
  for (const std::uint32_t number : section.part) {
    if (out.back() != '[') out += '.';
    append_number(out, number);
  }
  static constexpr std::string_view kNames[] = {
      "", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"};
  const std::string_view name = kNames[static_cast<std::size_t>(section.text)];
  if (!name.empty() && !section.part.empty()) out += '.';
  out += name;
  if (selects_fields(section)) {
    out += " (";
    for (const std::string& field : section.fields) {
      if (out.back() != '(') out += ' ';
      append_astring(out, field);
    }
    out += ')';
  }
  out += ']';
  if (partial) {
    out += '<';
    append_number(out, partial->offset);
    out += '>';
  }
  return out;
}

}  // namespace restante::imap
