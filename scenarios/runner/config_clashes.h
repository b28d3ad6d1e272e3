#pragma once

// Models : faults that cannot be at one server at a time.
// Drives : read_faults() asks about each fault before it joins the World.
// Keeps  : reported at the later one in the file, with the times of the other.
// Leaves : faults of devices and links, delays and lameness of name servers, which may overlap.

#include "model/world/world.h"
#include "scenarios/runner/config_document.h"

namespace sipsim::runner
{

void reject_clashes(const Section& section,
                    const world::FaultSpec& fault,
                    const world::World& world,
                    Problems& errors);

} // namespace sipsim::runner
