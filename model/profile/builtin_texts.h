#pragma once

// Models : the TOML of data/*.toml, compiled in by CMake.
// Drives : builtin.cc.
// Keeps  : in the order of their file names.
// Leaves : everything else.

#include <span>
#include <string_view>

namespace sipsim::profile
{

[[nodiscard]] std::span<const std::string_view> builtin_texts();

} // namespace sipsim::profile
