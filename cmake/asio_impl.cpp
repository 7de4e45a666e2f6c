// Asio's implementation, compiled once for all targets (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
