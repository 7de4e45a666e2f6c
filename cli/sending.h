// Submits a finished message and files the copy: what send and reply have in common.
#pragma once

#include <string>
#include <vector>

#include "cli/account_access.h"
#include "cli/composing.h"
#include "cli/remote_mail.h"

namespace restante::cli {

// Submits by SMTP, puts the copy into Sent and says so: "sent 413 to ops@example.org". A failure
// before the server's 250 means nothing was sent. SomeFailed: sent, but without a copy.
ExitCode send_and_report(Context& context, AccountAccess& access, RemoteMail& mail,
                         const Outgoing& outgoing);

// "a@x, b@x and 3 others".
std::string show_recipients(const std::vector<std::string>& recipients);

}  // namespace restante::cli
