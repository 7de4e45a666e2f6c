// Asio's implementation, compiled once for all targets (ASIO_SEPARATE_COMPILATION).
// A header of the standard library must come first, as it does in every other file: Asio asks its
// macros whether aligned_alloc exists, and memory must be freed in the way it was allocated.
#include <cstddef>

#include <asio/impl/src.hpp>
