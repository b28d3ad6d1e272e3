#pragma once

// Models : the tables of a result store, and the row that says of which experiment it is.
// Drives : Store::open_for_writing makes them in an empty file, and renews the row in one that is there.
// Keeps  : the row's file, with the row's options, makes every run of the store.
// Leaves : whether the store is of this experiment; runs (store.h).

#include "scenarios/runner/experiment.h"
#include "scenarios/runner/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::runner
{

inline constexpr std::int64_t kSchemaVersion = 1;

/// The axes and what their values are called, as the row has them.
[[nodiscard]] std::string sweep_json(const Experiment& experiment);

void create_tables(Database& db,
                   const Experiment& experiment,
                   const std::vector<std::string>& options,
                   std::string_view version);

/// What an experiment may change and its results stay: its name, comments, options, and what plots need to
/// know. `options` are of now; with them the file may ask for less replications than there are in the store:
/// then they are stored with as many as are there.
void refresh_experiment(Database& db,
                        const Experiment& experiment,
                        std::vector<std::string> options);

} // namespace sipsim::runner
