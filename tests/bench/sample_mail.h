// Synthetic mail for measuring: the same number always gives the same message; words are
// distributed as in written text, so that it compresses and indexes as mail does. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace restante::bench {

// Words that stand in a known share of the messages.
inline constexpr const char* kRareWord = "quincunx";           // text of 1 in 5,000
inline constexpr const char* kRareSubjectWord = "palimpsest";  // subject of 1 in 2,000
inline constexpr const char* kCommonWord = "meeting";          // text of 1 in 4

class SampleMail {
 public:
  SampleMail();
  // Message number with lines ended by CRLF; size octets, or a few more.
  std::string message(std::uint64_t number, std::size_t size) const;

 private:
  class Dice;
  std::string sentence(Dice& dice) const;
  std::string paragraphs(Dice& dice, std::size_t octets) const;

  std::vector<std::string> words_;  // the frequent ones first
};

}  // namespace restante::bench
