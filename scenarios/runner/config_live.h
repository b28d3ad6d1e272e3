#pragma once

// Models : the [live] section of a configuration.
// Drives : the loader; `sipsim live` does what it says.
// Keeps  : what live cannot do is refused when the file is read, at the value that asks for it.
// Leaves : the interface and the run (verb_live.cc).

#include "scenarios/runner/config_document.h"
#include "scenarios/runner/experiment.h"

#include <optional>

namespace sipsim::runner
{

/// nullopt: there is no [live], or it is faulty.
[[nodiscard]] std::optional<LiveSpec> read_live(const Document& document, Problems& problems);

} // namespace sipsim::runner
