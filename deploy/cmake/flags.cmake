# Warnings, hardening and sanitizers for every target of the project: link `noroshi_flags`.
# CI compiles everything once, with an empty cache.
find_program(CCACHE ccache)
if(CCACHE AND NOT DEFINED ENV{CI})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Libraries whose files all include the same heavy headers are compiled eight files at a time, which takes a third of the
# time. Under sanitizers they are not: each file must compile by itself, too.
function(noroshi_compile_together)
  if(NOT NOROSHI_SANITIZE)
    set_target_properties(${ARGV} PROPERTIES UNITY_BUILD ON)
  endif()
endfunction()

add_library(noroshi_flags INTERFACE)
target_include_directories(noroshi_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(noroshi_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor)
if(NOROSHI_WERROR)
  target_compile_options(noroshi_flags INTERFACE -Werror)
endif()

if(NOROSHI_SANITIZE)
  # Instrumented code everywhere, so that the libraries built here agree with each other.
  add_compile_options(-fsanitize=${NOROSHI_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${NOROSHI_SANITIZE})
  if(NOROSHI_SANITIZE STREQUAL "thread")
    # ThreadSanitizer does not know fences, which Asio uses beside its locks.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
  if(NOROSHI_SANITIZE MATCHES "undefined")
    # A fuzzer sees what ends the program, and nothing else; and so do tests of whole processes.
    add_compile_options(-fno-sanitize-recover=all)
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
  endif()
else()
  # The OpenSSF list for GCC 12.
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full
                      -ftrivial-auto-var-init=zero)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(CMAKE_BUILD_TYPE MATCHES "Rel")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  endif()
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
