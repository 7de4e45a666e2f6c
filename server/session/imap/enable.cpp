// ENABLE (RFC 5161, RFC 9051 s6.3.1).
#include <algorithm>

#include "mail/imap/writer.h"
#include "server/session/imap/commands.h"

namespace restante::session {
namespace {

// As the RFCs write it.
std::string_view written(std::string_view upper) {
  return upper == "IMAP4REV2" ? "IMAP4rev2" : upper;
}

}  // namespace

// Unknown names are passed over; ENABLED names what this command asked for, also where it was
// enabled before.
Executing execute(ImapSession& session, const imap::Command& command, const imap::Enable& body) {
  std::vector<std::string_view> enabled;
  for (const std::string& name : body.capabilities) {
    const auto known = std::ranges::find(kEnableNames, name, [](const auto& e) { return e.first; });
    if (known == kEnableNames.end()) continue;
    session.enable(known->second);
    if (std::ranges::find(enabled, written(known->first)) == enabled.end()) {
      enabled.push_back(written(known->first));
    }
  }
  imap::append_enabled(session.out(), enabled);
  co_await session.complete(command, Expunges::Permitted);
}

}  // namespace restante::session
