// The trace fields a message gets here (RFC 5321 s4.4) and the ids in them. Pure: time and
// randomness are given.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/smtp/address.h"

namespace restante::delivery {

struct Trace {
  const std::optional<smtp::Mailbox>* sender;  // envelope; nullopt is <>
  std::string_view client_name;                // as given with EHLO
  std::string_view peer_address;               // of the connection; "local" for the local socket
  std::string_view hostname;                   // ours
  std::string_view protocol;                   // ESMTPSA and the like
  std::string_view id;
  const smtp::Mailbox* only_recipient;  // nullptr where there are several: they stay private
  std::chrono::sys_seconds time;
};

// Return-Path and Received, with CRLF.
std::string trace_fields(const Trace& trace);

// An id that no other message of this server has: of its arrival, the session and its count there.
std::string message_id_stem(std::chrono::sys_seconds time, std::uint64_t session,
                            std::uint64_t count);

}  // namespace restante::delivery
