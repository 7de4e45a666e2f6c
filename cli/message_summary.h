// One message as listings show it, read from an IMAP FETCH response, and its three output forms.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/imap_response.h"
#include "cli/output.h"
#include "mail/message/compose.h"

namespace restante::cli {

struct MessageSummary {
  std::uint64_t number = 0;  // EMAILID M412; 0: the server gives none
  std::uint64_t thread = 0;  // THREADID T57; 0: none
  std::uint32_t uid = 0;
  std::string mailbox;
  bool seen = false, flagged = false, answered = false;
  std::uint64_t size = 0;
  std::uint32_t attachments = 0;
  std::optional<std::chrono::sys_seconds> received;  // INTERNALDATE
  std::optional<std::chrono::sys_seconds> date;      // the sender's Date field
  std::string subject;                               // decoded
  std::string message_id;                            // without < >
  std::vector<message::Mailbox> from, to, cc;        // names decoded
};

// What a listing asks for, as FETCH items; object_ids: the server has OBJECTID (RFC 8474).
std::string summary_items(bool object_ids);

// The summary in a FETCH response; nullopt: not one, or without a UID.
std::optional<MessageSummary> parse_summary(const ImapResponse& response);

// The number in an object id such as "M412": the letter, then digits. 0: something else.
std::uint64_t object_number(std::string_view id, char letter);

// The documented keys of a listing (docs/command-line.md).
Json summary_json(const MessageSummary& summary);

// The table of a listing; now and the local zone decide how times are shown to people.
Table summary_table(const std::vector<MessageSummary>& summaries, std::chrono::sys_seconds now,
                    bool show_recipient);

// The name to show for a mailbox: its display name, followed by the address where the name itself
// could be taken for one.
std::string person(const message::Mailbox& mailbox);

// "2026-11-22T04:31:10Z".
std::string rfc3339(std::chrono::sys_seconds time);
// As people read it: "10:42" today, "Tue" within six days, "12 Nov" this year, else "2025-11-12".
std::string relative_time(std::chrono::sys_seconds time, std::chrono::sys_seconds now);
// "Tue 12 Nov 2026 10:42 +0100" in the local zone.
std::string full_time(std::chrono::sys_seconds time);

Json mailboxes_json(const std::vector<message::Mailbox>& mailboxes);

}  // namespace restante::cli
