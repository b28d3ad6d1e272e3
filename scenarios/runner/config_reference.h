#pragma once

// Models : the reference of configuration keys and metrics as Markdown, from the tables that declare them.
// Drives : scenarios/README.md holds it; a test keeps the two equal.
// Keeps  : nothing is said twice by hand.
// Leaves : registration.* and vendor.* keys (`sipsim params`).

#include <string>

namespace sipsim::runner
{

[[nodiscard]] std::string config_reference();

} // namespace sipsim::runner
