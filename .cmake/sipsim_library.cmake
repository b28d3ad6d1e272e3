# sipsim_warnings(<target>): what every target of ours is compiled with.
function(sipsim_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # False alarm of g++ 12 at `"literal" + std::string` (GCC bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
      # False alarm at a std::optional that is copied (GCC bug 80635); clang, tidy and the sanitizers
      # look for the true ones.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
      # g++ 12 sees uninitialised values in code that the sanitizers themselves insert.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # libstdc++ 12 sorts with what it declares deprecated itself, and newer clang says so.
    target_compile_options(${target} PRIVATE -Wno-deprecated-declarations)
  endif()
endfunction()

# The rooms that a fleet of a million devices spends its time in are compiled so that sipsim and bench
# can be optimised across them (a message takes an eighth fewer instructions); the tests link the same
# objects without, which is quicker. Of g++ only: clang has no objects that serve for both (tests/bench/tuned
# has it optimise all of sipsim).
option(SIPSIM_LTO "Optimise sipsim and bench across rooms" ON)
set(sipsim_hot_rooms base sip registration registrar nat dns proxy network world
                     fleet)
if(SIPSIM_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  set(sipsim_lto_objects -flto=auto -ffat-lto-objects)
  set(sipsim_lto_link -flto=auto)
  add_link_options(-fno-lto)
endif()

# sipsim_whole_program(<executable>): optimised across rooms.
function(sipsim_whole_program target)
  target_link_options(${target} PRIVATE ${sipsim_lto_link})
endfunction()

# sipsim_library(<room> [LINK <targets>...] [PRIVATE <targets>...])
#
# The library sipsim_<room> of all *.cc in the current folder except main.cc. Includes are rooted at
# the repository. LINK is public, PRIVATE stays inside the room. Without any *.cc the room is headers
# only.
function(sipsim_library room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;PRIVATE")
  set(target sipsim_${room})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE})
    if(room IN_LIST sipsim_hot_rooms)
      target_compile_options(${target} PRIVATE ${sipsim_lto_objects})
    endif()
    sipsim_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${arg_LINK} ${arg_PRIVATE})
  endif()
endfunction()
