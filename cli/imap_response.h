// The language of IMAP responses (RFC 9051 s7, s9): octets in, responses out. Bounded, without
// recursion, linear; pure. Everything in it is a stranger's word.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace restante::cli {

// Lists stay flat: Open and Close mark them.
struct ImapToken {
  enum class Kind : std::uint8_t { Atom, String, Open, Close };
  Kind kind = Kind::Atom;
  std::string text;
  bool is_nil() const;                   // the atom NIL in any case
  bool is(std::string_view word) const;  // the atom in any case
};

struct ImapResponse {
  enum class Kind : std::uint8_t { Untagged, Tagged, Continuation };
  Kind kind = Kind::Untagged;
  std::string tag;                // of Tagged
  std::string status;             // OK NO BAD BYE PREAUTH in upper case; empty: data
  std::string code;               // of a status: what stands in [ ]
  std::string text;               // of a status or continuation: the words for people
  std::vector<ImapToken> tokens;  // of data, without the "*"
};

struct ImapResponseLimits {
  std::size_t line_octets = std::size_t{32} * 1024 * 1024;  // of one response, literals excepted
  std::size_t literal_octets = std::size_t{256} * 1024 * 1024;  // of one response, together
  std::size_t tokens = 2'000'000;
  std::size_t depth = 500;
};

// Cuts a stream of octets into responses.
class ImapResponseReader {
 public:
  explicit ImapResponseReader(const ImapResponseLimits& limits = {}) : limits_(limits) {}
  void feed(std::string_view octets);
  // The next whole response; nullopt: more octets are needed; an error ends the connection.
  std::expected<std::optional<ImapResponse>, std::string> next();

 private:
  std::expected<bool, std::string> find_end();

  ImapResponseLimits limits_;
  std::string buffer_;
  std::size_t start_ = 0;       // of the response being collected
  std::size_t scanned_ = 0;     // where the search for the end goes on
  std::size_t line_begin_ = 0;  // of the line that is being scanned
  std::size_t literal_total_ = 0;
};

// One response with its final CRLF removed; literals stand in it as on the wire.
std::expected<ImapResponse, std::string> parse_imap_response(std::string_view response,
                                                             const ImapResponseLimits& limits = {});

// The position after the value at position (a token, or a list with all that is in it).
std::size_t skip_value(const std::vector<ImapToken>& tokens, std::size_t position);

// The number of an atom such as "412"; nullopt: not a number that fits.
std::optional<std::uint64_t> imap_number(std::string_view digits);

}  // namespace restante::cli
