#pragma once

// Models : the [[fault]] sections of a configuration as the World's faults.
// Drives : the builder of worlds, after registrars and fleets.
// Keeps  : a fault's target suits its kind and exists; faults begin within the run; outages of one
//          registrar do not overlap.
// Leaves : what a fault does (model/world, carriers).

#include "model/world/world.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_world.h"

#include <string>
#include <vector>

namespace sipsim::runner
{

/// That [[fault]] is of kind "none": the world has no fault of it.
[[nodiscard]] bool is_no_fault(const Section& section);

/// Fills world.faults; reads its topology, duration and fleets.
void read_faults(const Document& document,
                 const Names& names,
                 world::World& world,
                 Findings& findings);

} // namespace sipsim::runner
