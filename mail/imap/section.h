// Sections of a message (RFC 9051 s6.4.5.1) and where their octets stand: the caller reads and
// streams only those. Pure; nothing is copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message/index.h"

namespace restante::imap {

// `<offset.length>`: clipped to what is there.
struct Partial {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // at least 1
  bool operator==(const Partial&) const = default;
};

// What stands between the brackets.
struct Section {
  enum class Text : std::uint8_t { All, Header, HeaderFields, HeaderFieldsNot, Text, Mime };
  std::vector<std::uint32_t> part;  // 1.2.3; empty: the message itself
  Text text = Text::All;
  std::vector<std::string> fields;  // of HeaderFields and HeaderFieldsNot, as written
  bool operator==(const Section&) const = default;
};

// The octets of a section: ranges of the outermost message, in order, then tail.
struct SectionContent {
  bool exists = false;  // otherwise the answer is NIL
  std::vector<message::Range> ranges;
  std::string_view tail;  // "" or "\r\n" (the empty line after selected header fields)
  std::uint64_t size() const;
};

// The range of the header that resolve_section() must see to answer; nullopt: it needs no octets.
std::optional<message::Range> header_needed(const message::Index& index, const Section& section);

// Where the section's octets stand. header: exactly the octets of header_needed(), else empty.
// A part that does not exist, or has no such text (HEADER of a part that is no message, RFC 9051
// s6.4.5.1), gives exists = false.
SectionContent resolve_section(const message::Index& index, const Section& section,
                               std::string_view header = {});

// The part of content that partial asks for; beyond its end: no octets, still existing.
SectionContent apply_partial(SectionContent content, const Partial& partial);

// The body part a part specifier names, as position in index.parts, or nullopt (RFC 9051
// s6.4.5.1: part 1 of what is not multipart is its body; into message/rfc822 by its own parts).
std::optional<std::uint32_t> find_part(const message::Index& index,
                                       const std::vector<std::uint32_t>& part);

// `BODY[1.2.HEADER.FIELDS (From To)]<0>`: the name of the item in a FETCH response.
std::string section_label(const Section& section, const std::optional<Partial>& partial);

}  // namespace restante::imap
