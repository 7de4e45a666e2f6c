// Version 5 of the schema: bodies that are kept only for those who still read them are found
// without looking at the others.
#pragma once

namespace restante::storage {

inline constexpr const char* kVersion5 = R"sql(
CREATE INDEX blob_unused ON blob (id) WHERE uses = 0;
)sql";

}  // namespace restante::storage
