# cmake -DROOT=<repository> -P purity.cmake
#
# What the rooms may not do, read from the text of *.h and *.cc, comments aside: the cores know no
# ns-3, no clock, no random source, no terminal, no file; nothing in model/ prints; no room includes
# one that stands above it. Every violation is reported as file:line.
cmake_minimum_required(VERSION 3.25)

# May include, itself aside.
set(allowed_base "")
set(allowed_sip base)
set(allowed_registration base sip)
set(allowed_registrar base sip)
set(allowed_nat base sip)
set(allowed_proxy base sip registrar nat)
set(allowed_dns base)
set(allowed_profile base sip registration registrar nat dns)
set(allowed_network base)
set(allowed_world base sip registration registrar nat proxy dns profile network)
set(allowed_ns3 ${allowed_world} world)
set(allowed_fleet ${allowed_world} world)
set(cores base sip registration registrar nat proxy dns profile network world)
set(rooms ${cores} ns3 fleet)

set(word "(^|[^A-Za-z0-9_])") # what stands before a name that begins here
set(printing "std::(cout|cerr|clog|puts|print)|<iostream>|<print>|${word}(f|v|vf)?printf *[(]|${word}f?puts *[(]|fmt::print|spdlog")
set(clocks "system_clock|steady_clock|high_resolution_clock|${word}(gettimeofday|clock_gettime)")
set(chance "random_device|<random>|${word}s?rand *[(]|mt19937")
set(outside "<fstream>|<thread>|<filesystem>|${word}(fopen|getenv) *[(]")
set(simulator "[<\"]ns3/|Simulator::")
set(traps "ns3/core-module[.]h|HeapScheduler")

set(violations "")

function(report file number why line)
  string(STRIP "${line}" line)
  set(text "${file}:${number}: ${why}: ${line}")
  list(APPEND violations "${text}")
  set(violations "${violations}" PARENT_SCOPE)
endfunction()

macro(forbid regex why)
  if(line MATCHES "${regex}")
    report(${file} ${number} "${why}" "${line}")
  endif()
endmacro()

function(read_lines file out)
  file(READ "${ROOT}/${file}" text)
  # Characters that CMake lists would swallow; none of them matters to a rule.
  string(REGEX REPLACE "[][\\;]" " " text "${text}")
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REPLACE "\n" ";" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${ROOT}"
     "${ROOT}/model/*.h" "${ROOT}/model/*.cc" "${ROOT}/scenarios/*.h" "${ROOT}/scenarios/*.cc"
     "${ROOT}/analysis/*.h" "${ROOT}/analysis/*.cc" "${ROOT}/tests/*.h" "${ROOT}/tests/*.cc")
if(NOT files)
  message(FATAL_ERROR "no source file under ${ROOT}")
endif()

# Any line that a rule below could match; most lines are passed by at once.
set(interesting
    "std::|fmt::|spdlog|print|puts|clock|gettimeofday|rand|mt19937|<fstream|<thread|<filesystem|<iostream|fopen|getenv|ns3|Simulator|HeapScheduler|include *[<\"]")

foreach(file IN LISTS files)
  set(room "")
  if(file MATCHES "^model/([^/]+)/")
    set(room ${CMAKE_MATCH_1})
    if(NOT room IN_LIST rooms)
      report(${file} 1 "a room without a row in tests/purity.cmake" "${room}")
    endif()
  endif()

  read_lines(${file} lines)
  set(number 0)
  foreach(line IN LISTS lines)
    math(EXPR number "${number} + 1")
    if(NOT line MATCHES "${interesting}")
      continue()
    endif()
    forbid("${traps}" "a known trap of ns-3 3.37")
    if(file MATCHES "^tests/")
      continue()
    endif()
    if(NOT room STREQUAL "sip")
      forbid("# *include *[<\"]osip" "only model/sip knows libosip2")
    endif()
    if(room IN_LIST cores)
      forbid("${simulator}" "a core knows no ns-3")
      forbid("${clocks}" "a core reads no clock")
      forbid("${chance}" "a core draws by draw() only")
      forbid("${outside}" "a core touches nothing outside")
    endif()
    if(room)
      forbid("${printing}" "nothing in model/ prints")
      forbid("# *include *[<\"](scenarios|analysis)/" "model/ stands below scenarios/ and analysis/")
    endif()
    if(file MATCHES "^analysis/")
      forbid("# *include *[<\"](model|scenarios)/" "analysis/ reads results, not the model")
    endif()
    if(room AND line MATCHES "# *include *[<\"]model/([^/]+)/")
      set(other ${CMAKE_MATCH_1})
      if(NOT other STREQUAL room AND NOT other IN_LIST allowed_${room})
        report(${file} ${number} "model/${room} may not include model/${other}" "${line}")
      endif()
    endif()
  endforeach()
endforeach()

list(LENGTH files file_count)
if(violations)
  list(LENGTH violations count)
  list(JOIN violations "\n" text)
  message(NOTICE "${text}")
  message(FATAL_ERROR "${count} violations in ${file_count} files")
endif()
message(STATUS "${file_count} files, no violation")
