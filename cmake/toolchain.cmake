# Compiler flags shared by every target.
add_library(restante_flags INTERFACE)
target_include_directories(restante_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(restante_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(RESTANTE_WERROR)
  target_compile_options(restante_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside coroutine frames and inlined std::string.
  target_compile_options(restante_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-dangling-pointer
    -Wno-use-after-free -Wno-free-nonheap-object -Wno-mismatched-new-delete)
endif()
if(RESTANTE_SANITIZE)
  add_compile_options(-fsanitize=${RESTANTE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RESTANTE_SANITIZE})
  if(RESTANTE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # fences of Asio, which are beside its locks
  endif()
  if(RESTANTE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

if(RESTANTE_FUZZ)
  # Coverage for libFuzzer in every room; only the targets of tests/fuzz link its main program.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(RESTANTE_CCACHE ccache)
if(RESTANTE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RESTANTE_CCACHE})
endif()
find_program(RESTANTE_MOLD mold)
if(RESTANTE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
