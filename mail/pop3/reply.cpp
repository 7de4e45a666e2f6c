#include "mail/pop3/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace restante::pop3 {
namespace {

std::string_view text_of(Code code) {
  static constexpr std::array<std::string_view, 6> kTexts{
      "", "[IN-USE] ", "[SYS/TEMP] ", "[SYS/PERM] ", "[AUTH] ", "[UTF8] "};
  return kTexts[static_cast<std::size_t>(code)];
}

}  // namespace

void append_ok(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "+OK {}\r\n", text);
}

void append_error(std::string& out, Code code, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "-ERR {}{}\r\n", text_of(code), text);
}

void append_challenge(std::string& out, std::string_view octets_base64) {
  fmt::format_to(std::back_inserter(out), "+ {}\r\n", octets_base64);
}

void append_entry(std::string& out, std::uint32_t message, std::uint64_t value) {
  fmt::format_to(std::back_inserter(out), "{} {}\r\n", message, value);
}

void append_entry(std::string& out, std::uint32_t message, std::string_view value) {
  fmt::format_to(std::back_inserter(out), "{} {}\r\n", message, value);
}

void append_end(std::string& out) {
  out += ".\r\n";
}

void append_capabilities(std::string& out, const Capabilities& capabilities) {
  append_ok(out, "Capabilities follow");
  const auto line = [&out](std::string_view text) { out.append(text).append("\r\n"); };
  if (capabilities.stls) line("STLS");
  if (capabilities.user) line("USER");
  if (!capabilities.mechanisms.empty()) {
    line(fmt::format("SASL {}", fmt::join(capabilities.mechanisms, " ")));
  }
  for (const char* always : {"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING",
                             "EXPIRE NEVER", "UTF8 USER", "LANG"}) {
    line(always);
  }
  line(fmt::format("IMPLEMENTATION {}", capabilities.implementation));
  append_end(out);
}

bool matches_language(std::string_view range) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return range == "*" || std::ranges::equal(range, kLanguage, {}, lower);
}

}  // namespace restante::pop3
