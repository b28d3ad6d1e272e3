#pragma once

// Models : nothing: what the machine says about its memory.
// Drives : check and run refuse what does not fit.
// Keeps  : the least of what the kernel thinks it can give without swapping and what the limits of the
//          process's control groups (versions 1 and 2) leave; memory that holds files is given up on
//          demand and counts as free.
// Leaves : ulimit, swap.

#include <filesystem>
#include <optional>

namespace sipsim::runner
{

/// Octets that this process and its children can still take; nullopt: nobody tells. `root` is where
/// /proc and /sys are found.
[[nodiscard]] std::optional<double> available_memory(const std::filesystem::path& root = "/");

} // namespace sipsim::runner
