#include "server/delivery/trace.h"

#include <fmt/format.h>

#include "mail/message/date.h"

namespace restante::delivery {
namespace {

// The address of the connection as a comment (TCP-info of RFC 5321 s4.4).
std::string peer_comment(std::string_view address) {
  if (address == "local") return "(local socket)";
  const bool ipv6 = address.find(':') != std::string_view::npos;
  return fmt::format("([{}{}])", ipv6 ? "IPv6:" : "", address);
}

}  // namespace

std::string trace_fields(const Trace& trace) {
  std::string fields;
  fields.reserve(384);
  auto out = std::back_inserter(fields);
  fmt::format_to(out, "Return-Path: <{}>\r\n",
                 *trace.sender ? smtp::to_string(**trace.sender) : std::string());
  fmt::format_to(out, "Received: from {} {}\r\n\tby {} with {} id {}", trace.client_name,
                 peer_comment(trace.peer_address), trace.hostname, trace.protocol, trace.id);
  if (trace.only_recipient != nullptr) {
    fmt::format_to(out, "\r\n\tfor <{}>", smtp::to_string(*trace.only_recipient));
  }
  fmt::format_to(out, ";\r\n\t{}\r\n", message::format_date(trace.time));
  return fields;
}

std::string message_id_stem(std::chrono::sys_seconds time, std::uint64_t session,
                            std::uint64_t count) {
  return fmt::format("{:x}.{:x}.{:x}", time.time_since_epoch().count(), session, count);
}

}  // namespace restante::delivery
