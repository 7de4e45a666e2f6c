// POP3 replies (RFC 1939 s3, RFC 2449 s3 and s8, RFC 3206). Pure: everything appends to a string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace restante::pop3 {

// Extended response codes: RFC 2449 s8.1, RFC 3206 s4-5, RFC 6856 s5.
enum class Code : std::uint8_t { None, InUse, SysTemp, SysPerm, Auth, Utf8 };

// "+OK TEXT"; text: words of ours, ASCII, one line.
void append_ok(std::string& out, std::string_view text);
// "-ERR [CODE] TEXT".
void append_error(std::string& out, Code code, std::string_view text);
// "+ BASE64" (RFC 5034 s4).
void append_challenge(std::string& out, std::string_view octets_base64);
// One line of an answer of several: "MESSAGE VALUE".
void append_entry(std::string& out, std::uint32_t message, std::uint64_t value);
void append_entry(std::string& out, std::uint32_t message, std::string_view value);
// The end of an answer of several lines.
void append_end(std::string& out);

// What CAPA announces (RFC 2449 s5).
struct Capabilities {
  bool stls = false;                    // possible now (RFC 2595 s4)
  bool user = false;                    // USER and PASS are accepted here
  std::vector<std::string> mechanisms;  // none: no SASL
  std::string_view implementation;      // one word
};
void append_capabilities(std::string& out, const Capabilities& capabilities);

// The only language of our replies (RFC 6856 s3): whether a basic language range (RFC 4647 s2.1)
// asks for it.
inline constexpr std::string_view kLanguage = "en";
bool matches_language(std::string_view range);

}  // namespace restante::pop3
