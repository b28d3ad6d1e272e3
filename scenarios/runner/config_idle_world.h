#pragma once

// Models : what is written of a server, a fleet or a fault and does nothing, or not what is meant, as the rest
//          of the file stands: no fault, no fleet, no challenge calls for it.
// Drives : the builder of the World, once it has all of it.
// Keeps  : settings without effect are warned of only where they have none at every point (Findings::idle);
//          nothing is said with [live], where a real host does what the file does not say.
// Leaves : what a section's own other settings leave idle (config_idle.h), ways through NATs
//          (config_nat_idle.h).

#include "model/world/world.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

void warn_of_idle_world(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
