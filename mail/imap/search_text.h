// The texts of a message as search compares them, made once per message and only where asked for.
// Private to this room.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap/search.h"

namespace restante::imap {

class MessageText {
 public:
  explicit MessageText(const Candidate& candidate) : candidate_(candidate) {}

  // Whether the text key holds. What it needs (index, octets) must be there.
  bool holds(const SearchNode& node);
  // How well a fuzzy text key fits, 1 to 100; 0: not.
  unsigned score(const SearchNode& node);

 private:
  // The addresses of one field, one to a line.
  const std::string& addresses(SearchKind field);
  const std::string& subject();
  const message::Envelope& envelope() const;
  bool holds_exactly(const SearchNode& node);
  // The values of all fields of that name (lower case).
  std::vector<std::string> values_of(std::string_view name) const;
  const std::string& body();
  const std::string& header();

  const Candidate& candidate_;
  // All folded.
  std::array<std::optional<std::string>, 4> addresses_;  // From, To, Cc, Bcc
  std::optional<std::string> subject_;
  std::optional<std::string> body_;
  std::optional<std::string> header_;
};

// Whether text holds needle; time linear in both.
bool holds(std::string_view text, std::string_view needle);

}  // namespace restante::imap
