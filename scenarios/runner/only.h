#pragma once

// Models : the runs that --only chooses: "retry_wait=20s,bindings=kept,seed=7".
// Drives : `sipsim run` and the command that `sipsim show` gives for a run.
// Keeps  : every point and seed of the experiment can be chosen, whatever the text of its values; what
//          chooses nothing is an error.
// Leaves : running (executor.h).

#include "scenarios/runner/experiment.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sipsim::runner
{

using RunFilter = std::function<bool(const Point&, std::uint64_t seed)>;

/// nullopt, and a line on stderr, if it is no such text, or chooses nothing of this experiment.
[[nodiscard]] std::optional<RunFilter> filter_or_explain(const std::string& only,
                                                         const Experiment& experiment);

} // namespace sipsim::runner
