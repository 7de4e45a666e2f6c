// What a fuzz target asserts; says where before it stops, as a symbolizer is not always there.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace restante::fuzz {

inline void require(bool condition,
                    const std::source_location& where = std::source_location::current()) {
  if (condition) return;
  std::fprintf(stderr, "%s:%u: requirement broken\n", where.file_name(),
               static_cast<unsigned>(where.line()));
  std::abort();
}

}  // namespace restante::fuzz
