// Fuzz target: the IMAP parser. What comes out must not depend on how the stream was cut, every
// event must be bounded, and the stream must always be used up. The first octets choose the mode.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mail/imap/message_url.h"
#include "mail/imap/writer.h"
#include "tests/unit/imap/parse_help.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace restante::imap;
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool accept = (data[0] & 1) != 0;
  const bool utf8 = (data[0] & 2) != 0;
  ParserLimits limits;
  if ((data[0] & 4) != 0) {
    limits.line_octets = 60;
    limits.literal_octets = 20;
    limits.non_sync_octets = 10;
    limits.swallowed_octets = 200;
    limits.nesting = 4;
    limits.search_keys = 8;
    limits.literals = 3;
  }
  const std::size_t chunk = 1 + data[1] % 32;
  const Heard whole = listen(stream, stream.size() + 1, accept, limits, utf8);
  const Heard cut = listen(stream, chunk, accept, limits, utf8);
  require(whole.log == cut.log);
  for (const CommandError& error : whole.errors) {
    std::string out;
    append_error(out, error);
    require(out.ends_with("\r\n") && out.find('\n') == out.size() - 1);
    require(out.size() < 400);
  }
  const auto url = parse_message_url(stream);
  if (url) require(url->uid != 0 && (!url->mailbox || !url->mailbox->empty()));
  const std::string code = code_bad_url(stream);
  require(code.size() <= 7 + 3 * 2000 && code.find_first_of("]\r\n") == std::string::npos);
  for (const Command& command : whole.commands) {
    require(!command.tag.empty() && command.tag.size() <= 255);
    if (const auto* fetch = std::get_if<Fetch>(&command.body)) require(!fetch->items.empty());
    if (const auto* search = std::get_if<Search>(&command.body))
      require(!search->program.nodes.empty() && search->program.nodes.size() <= 4001);
    if (const auto* search = std::get_if<MultiSearch>(&command.body))
      require(search->search.returns.has_value() && search->search.uid);
  }
  return 0;
}
