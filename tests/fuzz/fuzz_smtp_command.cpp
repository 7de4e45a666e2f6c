// Fuzz target: command lines and addresses. What parses must be within its limits and mean the same
// when it is written and parsed again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/smtp/base64.h"
#include "mail/smtp/command.h"

namespace {

using namespace restante::smtp;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_mailbox(const Mailbox& mailbox) {
  require(mailbox.local_part.size() <= kMaxLocalPart && mailbox.domain.size() <= kMaxDomain);
  require(mailbox.domain.find('@') == std::string::npos);
  const std::string text = to_string(mailbox);
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  if (mailbox.domain.empty() || text.size() > kMaxPath - 2) return;
  const auto again = parse_mailbox(text);
  require(again && *again == mailbox);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto command = parse_command(input)) {
    if (command->path) check_mailbox(*command->path);
    if (command->verb == Verb::Rcpt) require(command->path.has_value());
  } else {
    require(command.error().code >= 500 && !command.error().status.empty());
  }
  if (const auto mailbox = parse_mailbox(input)) check_mailbox(*mailbox);
  if (const auto octets = decode_base64(input)) {
    std::string text;
    append_base64(text, *octets);
    require(text == input);
  }
  return 0;
}
