#pragma once

// Models : a stored run as `show --json` and `export` write it.
// Drives : verb_show.cc, verb_export.cc.
// Keeps  : the same keys in both.
// Leaves : reading it (store.h).

#include "scenarios/runner/store.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace sipsim::runner
{

/// The run's place in the sweep, by parameter name.
[[nodiscard]] std::map<std::string, std::string> parameters_of(const StoredRun& run);

/// By name; null: not defined, or not reached.
[[nodiscard]] nlohmann::json metrics_json(const StoredRun& run);

/// Names of the metrics whose null means that the run ended before.
[[nodiscard]] nlohmann::json not_reached_json(const StoredRun& run);

} // namespace sipsim::runner
