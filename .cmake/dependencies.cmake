# Every library of the system that sipsim uses, found once. Imported targets are SYSTEM, so their
# headers raise no warnings of ours. The packages that hold them are listed in .packages.

find_package(PkgConfig REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS graph)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(tomlplusplus REQUIRED)
pkg_check_modules(osip2 REQUIRED IMPORTED_TARGET libosip2)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle)

# Random123 is headers only and ships no CMake file.
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
mark_as_advanced(RANDOM123_INCLUDE_DIR)
add_library(sipsim_random123 INTERFACE)
target_include_directories(sipsim_random123 SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})

# Debian's ns-3 exports include directories of libxml2 and Python that libns3-dev does not depend
# on; a missing one fails the configuration. Its own headers are in /usr/include, which every
# compiler searches, so the exported list can go.
find_package(ns3 3.37 REQUIRED)
get_property(imported_targets DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(imported_target IN LISTS imported_targets)
  if(imported_target MATCHES "^ns3::lib")
    set_property(TARGET ${imported_target} PROPERTY INTERFACE_INCLUDE_DIRECTORIES "")
  endif()
endforeach()

# The one way to link ns-3. The libraries are built with NS3_LOG_ENABLE, which changes class
# layouts and which nothing exports: whoever includes an ns-3 header must define it too.
add_library(sipsim_ns3_deps INTERFACE)
target_compile_definitions(sipsim_ns3_deps INTERFACE NS3_LOG_ENABLE)
target_link_libraries(sipsim_ns3_deps INTERFACE ns3::libcore ns3::libnetwork ns3::libinternet
                                                ns3::libpoint-to-point)

# The tests' own libraries are not needed to run an experiment.
if(SIPSIM_TESTS)
  find_package(doctest QUIET)
  if(NOT doctest_FOUND)
    message(STATUS "doctest not found: no tests (./tests/run installs it)")
    set(SIPSIM_TESTS OFF)
  endif()
endif()
if(SIPSIM_BENCH)
  find_package(benchmark REQUIRED)
endif()
