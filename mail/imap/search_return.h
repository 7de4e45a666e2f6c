// What the RETURN options of SEARCH and SORT pick out of a result (RFC 9051 s6.4.4, RFC 5182,
// RFC 9394). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mail/imap/command.h"

namespace restante::imap {

// The results that PARTIAL names; empty where none of them exists.
std::span<const std::uint32_t> part_of(std::span<const std::uint32_t> results,
                                       const PartialRange& partial);
// The same of messages in ascending, disjoint ranges.
std::vector<SequenceRange> part_of(const std::vector<SequenceRange>& ranges,
                                   const PartialRange& partial);

// Which of the results `$` stands for, ascending, each once (RFC 5182 s2.4, RFC 9394 s3.2).
std::vector<std::uint32_t> saved_of(std::span<const std::uint32_t> results,
                                    const SearchReturn& returns);

}  // namespace restante::imap
