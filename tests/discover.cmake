# cmake -DPROGRAM=<doctest executable> -DNAME=<prefix> -DSIPSIM=<binary> -DOUT=<file> -P discover.cmake
#
# Writes what ctest includes: one test per test case of the program, its suite as label. doctest's own
# script loses names with brackets or semicolons in CMake's lists.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} --list-test-cases --reporters=xml OUTPUT_VARIABLE text
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} does not list its test cases (${result}):\n${text}")
endif()

# In the list below, brackets and semicolons would join and split lines.
string(REPLACE "[" "&open." text "${text}")
string(REPLACE "]" "&close." text "${text}")
string(REPLACE ";" "&semicolon." text "${text}")
string(REGEX MATCHALL "<TestCase name=\"[^\"]*\"( testsuite=\"[^\"]*\")?" cases "${text}")
if(NOT cases)
  message(FATAL_ERROR "${PROGRAM} lists no test case:\n${text}")
endif()

function(plain text out)
  string(REPLACE "&semicolon." ";" text "${text}")
  string(REPLACE "&open." "[" text "${text}")
  string(REPLACE "&close." "]" text "${text}")
  string(REPLACE "&lt;" "<" text "${text}")
  string(REPLACE "&gt;" ">" text "${text}")
  string(REPLACE "&quot;" "\"" text "${text}")
  string(REPLACE "&amp;" "&" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

set(script "")
foreach(case IN LISTS cases)
  string(REGEX MATCH "name=\"([^\"]*)\"( testsuite=\"([^\"]*)\")?" ignored "${case}")
  set(raw_name "${CMAKE_MATCH_1}")
  set(raw_suite "${CMAKE_MATCH_3}")
  plain("${raw_name}" name)
  plain("${raw_suite}" suite)
  # A comma separates filters.
  string(REPLACE "," "\\," filter "${name}")
  set(test "[==[${NAME}: ${name}]==]")
  string(APPEND script "add_test(${test} [==[${PROGRAM}]==] [==[--test-case=${filter}]==])\n")
  # A name that doctest's filter does not find runs nothing, which must not pass.
  string(APPEND script "set_tests_properties(${test} PROPERTIES TIMEOUT 300 "
         "FAIL_REGULAR_EXPRESSION [==[test cases: +0 ]==] "
         "LABELS [==[${suite}]==] ENVIRONMENT [==[SIPSIM=${SIPSIM}]==])\n")
endforeach()
file(WRITE "${OUT}" "${script}")
