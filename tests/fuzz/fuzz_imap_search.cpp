// Fuzz target: search keys (up to the first empty line) against a message (behind it). A verdict
// given before everything was read must be the verdict given with everything at hand.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/imap/list_pattern.h"
#include "mail/imap/mailbox_name.h"
#include "mail/message/charset.h"
#include "tests/unit/imap/parse_help.h"

namespace {

using namespace restante;
using namespace restante::imap;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_known(Verdict verdict) {
  return verdict == Verdict::Yes || verdict == Verdict::No;
}

void require_verdicts(SearchProgram program, std::string_view octets) {
  resolve_sets(program, 10, 100);
  const message::Index index = message::index(octets);
  Candidate candidate;
  candidate.sequence_number = 4;
  candidate.uid = 40;
  candidate.size_octets = octets.size();
  const Verdict none = evaluate(program, candidate);
  candidate.index = &index;
  const Verdict some = evaluate(program, candidate);
  candidate.octets = &octets;
  const Verdict all = evaluate(program, candidate);
  require(is_known(all));
  if (is_known(none)) require(none == all);
  if (is_known(some)) require(some == all);
  const SearchNeed need = needs(program);
  if (need == SearchNeed::None) require(is_known(none));
  if (need == SearchNeed::Index) require(is_known(some));
}

void require_names(std::string_view text) {
  if (const auto decoded = decode_modified_utf7(text)) {
    require(message::is_utf8(*decoded));
    require(encode_modified_utf7(*decoded) == text);
  }
  if (message::is_utf8(text) && text.find('\0') == std::string_view::npos)
    require(decode_modified_utf7(encode_modified_utf7(text)) == text);
  const std::size_t half = text.size() / 2;
  static_cast<void>(ListPattern("", text.substr(0, half)).matches(text.substr(half)));
  require(ListPattern("", "*").matches(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find("\n\n");
  const std::string_view keys = input.substr(0, split);
  const std::string_view octets =
      split == std::string_view::npos ? std::string_view() : input.substr(split + 2);
  if (keys.size() < 2000) require_names(keys);
  Heard heard = listen("a SEARCH " + std::string(keys) + "\r\n");
  for (Command& command : heard.commands)
    if (auto* search = std::get_if<Search>(&command.body))
      require_verdicts(std::move(search->program), octets);
  return 0;
}
