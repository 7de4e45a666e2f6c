# The libraries restante stands on; all are Debian packages (tools/packages lists them).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(gsasl REQUIRED IMPORTED_TARGET libgsasl)
find_package(spdlog REQUIRED)

# Debian's Asio is headers only: compile its implementation once (docs/architecture.md).
add_library(restante_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio_impl.cpp)
# ASIO_DISABLE_STD_ALIGNED_ALLOC: else what allocates coroutine frames depends on which header a file
# includes first, and one file frees with free() what another took from operator new.
target_compile_definitions(restante_asio PUBLIC ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED
  ASIO_STANDALONE ASIO_DISABLE_STD_ALIGNED_ALLOC)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Asio 1.22 does not recognise the coroutines of clang with libstdc++ by itself.
  target_compile_definitions(restante_asio PUBLIC ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()
target_link_libraries(restante_asio PUBLIC Threads::Threads)
