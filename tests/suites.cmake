# sipsim_doctest(<name> SOURCES <files>... LINK <targets>...)
#
# A doctest executable of which ctest runs every test case by itself. Test suites become labels:
# TEST_SUITE("long") leaves a case to `./tests/run --full`.
function(sipsim_doctest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} sipsim_doctest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(NOT sipsim_runner IN_LIST arg_LINK) # which defines it for everyone
    target_compile_definitions(${name} PRIVATE SIPSIM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  endif()
  sipsim_warnings(${name})
  set(listed ${CMAKE_CURRENT_BINARY_DIR}/${name}_tests.cmake)
  set(included ${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake)
  add_custom_command(
    TARGET ${name}
    POST_BUILD
    BYPRODUCTS ${listed}
    COMMAND
      ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${name}> -DNAME=${name}
      -DSIPSIM=${PROJECT_BINARY_DIR}/sipsim -DOUT=${listed} -P
      ${PROJECT_SOURCE_DIR}/tests/discover.cmake
    VERBATIM)
  file(WRITE ${included} "if(EXISTS \"${listed}\")\n  include(\"${listed}\")\nelse()\n"
                         "  add_test(\"${name} is not built\" ${name})\nendif()\n")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${PROJECT_SOURCE_DIR}/tests/discover.cmake)
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${included})
endfunction()

# sipsim_script_test(<tests/suite/name.sh or tests/suite/name_test.py>)
#
# Runs in a folder of its own under the build directory, with SIPSIM (the binary) and SIPSIM_SOURCE
# (the repository) in the environment; exit code 77 means skipped. A line `# ctest: PROPERTY value`
# in the script sets a test property, for example `# ctest: LABELS long` or `# ctest: TIMEOUT 600`.
function(sipsim_script_test script)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/tests ${script})
  if(name MATCHES "\\.py$")
    set(interpreter /usr/bin/python3)
  else()
    set(interpreter bash)
  endif()
  string(REGEX REPLACE "[/.]" "_" folder ${name})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/scratch/${folder})
  file(MAKE_DIRECTORY ${folder})
  add_test(
    NAME ${name}
    COMMAND ${interpreter} ${script}
    WORKING_DIRECTORY ${folder})
  set_tests_properties(
    ${name}
    PROPERTIES
      SKIP_RETURN_CODE 77
      TIMEOUT 300
      ENVIRONMENT
      "SIPSIM=${PROJECT_BINARY_DIR}/sipsim;SIPSIM_SOURCE=${PROJECT_SOURCE_DIR};MPLBACKEND=Agg;LC_ALL=C.UTF-8"
  )
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
  file(STRINGS ${script} lines REGEX "^# ctest: [A-Z_]+ .+")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^# ctest: ([A-Z_]+) (.+)" ignored "${line}")
    set_property(TEST ${name} PROPERTY ${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endforeach()
endfunction()

# sipsim_fuzzer(<tests/fuzz/name.cc>): the fuzzer and, in ctest, a short run of it from its seeds.
function(sipsim_fuzzer source)
  get_filename_component(name ${source} NAME_WE)
  set(target fuzz_${name})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE sipsim_runner)
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  sipsim_warnings(${target})
  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${found})
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
  if(NOT IS_DIRECTORY ${seeds})
    set(seeds "")
  endif()
  add_test(NAME ${target} COMMAND ${target} -max_total_time=30 -timeout=10 -rss_limit_mb=2048
                                  -artifact_prefix=${found}/ ${found} ${seeds})
endfunction()
