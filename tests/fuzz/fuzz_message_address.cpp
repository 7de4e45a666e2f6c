// Fuzz target: address lists, dates and how mailboxes are written.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message/address.h"
#include "mail/message/charset.h"
#include "mail/message/date.h"
#include "mail/message/header.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace restante::message;
  using restante::fuzz::require;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto addresses = parse_address_list(input, 100);
  require(addresses.size() <= 100);
  int open_groups = 0;
  std::size_t total = 0;
  for (const EnvelopeAddress& address : addresses) {
    if (address.kind == EnvelopeAddress::Kind::GroupStart) ++open_groups;
    if (address.kind == EnvelopeAddress::Kind::GroupEnd) --open_groups;
    require(open_groups == 0 || open_groups == 1);
    total += address.name.size() + address.mailbox.size() + address.host.size();
    const std::string name = display_name(address);
    require(is_utf8(name));
    if (is_safe_header_value(name) && is_safe_header_value(addr_spec(address))) {
      require(is_safe_header_value(unfold(format_mailbox(name, addr_spec(address), false))));
      require(is_safe_header_value(unfold(format_mailbox(name, addr_spec(address), true))));
    }
  }
  require(open_groups == 0);
  require(total <= 2 * size + 16);
  if (const auto date = parse_date(input)) {
    const auto again = parse_date(format_date(date->time, date->zone));
    require(again && again->time == date->time);
  }
  return 0;
}
