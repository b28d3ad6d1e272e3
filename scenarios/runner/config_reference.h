#pragma once

// Models : the reference of configuration keys as Markdown, from the table that reads them.
// Drives : scenarios/README.md holds it; a test keeps the two equal.
// Keeps  : nothing is said twice by hand.
// Leaves : registration.* and vendor.* keys (`sipsim params`).

#include <string>

namespace sipsim::runner
{

[[nodiscard]] std::string config_reference();

} // namespace sipsim::runner
