// Precompiled for the unit tests.
#include "cmake/pch_std.h"

#include <catch2/catch.hpp>
