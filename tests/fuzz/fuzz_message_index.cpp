// Fuzz target: the index of a message, its stored form and everything that reads through it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/binary_parts.h"
#include "mail/message/charset.h"
#include "mail/message/compose.h"
#include "mail/message/header.h"
#include "mail/message/index.h"
#include "mail/message/text.h"
#include "tests/fuzz/require.h"

namespace {

using namespace restante::message;
using restante::fuzz::require;

bool inside(Range inner, Range outer) {
  return inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
}

void check_parts(const Index& index) {
  const Range all{0, index.size};
  require(!index.parts.empty() && !index.messages.empty());
  for (std::uint32_t number = 0; number < index.parts.size(); ++number) {
    const Part& part = index.parts[number];
    require(inside(part.header, all) && inside(part.body, all));
    require(part.header.offset + part.header.length <= part.body.offset);
    require(part.lines <= part.body.length);
    require(!part.type.empty() && !part.subtype.empty());
    require(is_utf8(part.file_name));
    if (part.parent == kNone) {
      require(number == 0);
      continue;
    }
    require(part.parent < number);
    const Part& parent = index.parts[part.parent];
    require(parent.is_multipart() || parent.message != kNone);
    require(inside(part.header, parent.body) && inside(part.body, parent.body));
  }
  for (const EmbeddedMessage& message : index.messages) {
    for (const HeaderField& field : message.fields) {
      require(inside(field.whole, all) && field.name_length < field.whole.length);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  Limits limits;
  if (size > 0 && (data[0] & 1) != 0) {  // small limits are reached more easily
    limits.parts = 5;
    limits.depth = 4;
    limits.header_fields = 3;
    limits.header_octets = 200;
    limits.addresses = 3;
    limits.parameters = 2;
    limits.references = 3;
  }
  const Index found = index(octets, limits);
  require(found.size == size);
  require(found.parts.size() <= limits.parts);
  check_parts(found);
  require(is_utf8(found.subject) && is_utf8(found.preview));
  require(found.preview.find('\n') == std::string::npos);

  const std::string stored = encode_index(found);
  const auto again = decode_index(stored);
  require(again.has_value() && *again == found);
  const auto damaged = decode_index(octets);  // never trusts what it reads
  if (damaged) require(!damaged->parts.empty());
  const auto light = decode_structure(octets);
  if (light) require(!light->parts.empty() && !light->messages.empty());

  const std::string words = search_text(octets, found, 4096);
  require(words.size() <= 4096 && is_utf8(words));
  const std::string text = readable_text(octets, found, 4096);
  require(text.size() <= 4096 && is_utf8(text));

  const auto clean = encode_nul_parts(std::string(octets), found);
  if (clean) require(clean->find('\0') == std::string::npos);

  const std::string without = remove_fields(octets, {"bcc", "subject"});
  require(without.size() <= size);
  if (found.messages[0].fields.size() < limits.header_fields) {
    const Index index_without = index(without);
    require(count_fields(without, index_without, "Bcc") == 0);
  }
  ReplyOptions options;
  options.all = true;
  options.own_addresses = {"me@example.org"};
  Draft draft = reply_draft(octets, found, options);
  draft.from = {Mailbox{"Me", "me@example.org"}};
  draft.utf8_headers = true;
  const auto reply = compose(draft, "0123456789abcdef0123456789abcdef");
  if (reply) {
    const Index composed = index(*reply);
    require(composed.messages[0].envelope.from.size() == 1);
    require(composed.in_reply_to == draft.in_reply_to);
    require(composed.references == draft.references);
  }
  return 0;
}
