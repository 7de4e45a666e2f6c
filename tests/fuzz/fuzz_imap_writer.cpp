// Fuzz target: what the IMAP writer says of an arbitrary message. ENVELOPE and BODYSTRUCTURE must
// read back as balanced lists of strings; every part must be found by its number; every section
// must lie within the message and its partials must be its pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/fetch_writer.h"
#include "mail/imap/section.h"

namespace {

using namespace restante;
using namespace restante::imap;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '"' && c != '{' && c != '\\';
}

// Whether the text is one balanced list of NIL, numbers, quoted strings and literals.
void require_list(std::string_view text) {
  std::size_t depth = 0;
  require(text.starts_with('('));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') {
      ++depth;
    } else if (c == ')') {
      require(depth > 0);
      require(--depth > 0 || i + 1 == text.size());
    } else if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
        require(i < text.size() && text[i] >= 0x09 && text[i] != '\r' && text[i] != '\n');
      }
      require(i < text.size());
    } else if (c == '{') {
      std::size_t length = 0;
      for (++i; text[i] != '}'; ++i) length = length * 10 + static_cast<std::size_t>(text[i] - '0');
      require(text.substr(i, 3) == "}\r\n");
      require(i + 3 + length <= text.size());
      require(text.substr(i + 3, length).find('\0') == std::string_view::npos);
      i += 2 + length;
    } else {
      require(c == ' ' || is_plain(c));
    }
  }
  require(depth == 0);
}

void require_section(const message::Index& index, const Section& section, std::string_view octets) {
  std::string_view header;
  if (const auto range = header_needed(index, section)) {
    require(range->offset + range->length <= octets.size());
    header = octets.substr(range->offset, range->length);
  }
  const SectionContent content = resolve_section(index, section, header);
  const auto read = [octets](const SectionContent& of) {
    std::string out;
    for (const message::Range& range : of.ranges) {
      require(range.offset + range.length <= octets.size());
      out += octets.substr(range.offset, range.length);
    }
    out += of.tail;
    require(out.size() == of.size());
    return out;
  };
  const std::string whole = read(content);
  const std::size_t half = whole.size() / 2;
  const std::string front = half == 0 ? "" : read(apply_partial(content, Partial{0, half}));
  require(front + read(apply_partial(content, Partial{half, ~0ULL >> 1})) == whole);
}

// Part numbers of all parts, by walking the tree without recursion.
void require_numbers(const message::Index& index, std::string_view octets) {
  std::vector<std::vector<std::uint32_t>> numbers(index.parts.size());
  for (std::uint32_t i = 0; i < index.parts.size(); ++i) {
    const message::Part& part = index.parts[i];
    // The body of a message that is not multipart is part 1 of that message.
    const bool own = !part.is_multipart() &&
                     (part.parent == message::kNone || !index.parts[part.parent].is_multipart());
    if (own) numbers[i].push_back(1);
    if (!numbers[i].empty()) {
      const bool numbered = own || index.parts[part.parent].is_multipart();
      if (numbered) require(find_part(index, numbers[i]) == i);
    }
    std::uint32_t n = 0;
    for (std::uint32_t child = part.first_child; child != message::kNone;
         child = index.parts[child].next_sibling) {
      numbers[child] = numbers[i];
      if (part.is_multipart()) numbers[child].push_back(++n);
    }
    if (i > 50) continue;
    for (int text = 0; text <= 5; ++text) {
      Section section{numbers[i], static_cast<Section::Text>(text), {"subject", "From"}};
      if (section.part.empty() && section.text == Section::Text::Mime) continue;
      require_section(index, section, octets);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const message::Index index = message::index(octets);
  for (const bool extended : {false, true}) {
    std::string out;
    append_body_structure(out, index, extended);
    require_list(out);
  }
  for (const message::EmbeddedMessage& message : index.messages) {
    std::string out;
    append_envelope(out, message.envelope);
    require_list(out);
  }
  require_numbers(index, octets);
  return 0;
}
