#pragma once

// Models : the [[fault]] sections of a configuration as the World's faults.
// Drives : the builder of worlds, after registrars and fleets.
// Keeps  : a fault's target suits its kind and exists; faults begin within the run; outages of one
//          registrar do not overlap.
// Leaves : what a fault does (model/world, carriers).

#include "model/world/world.h"
#include "scenarios/runner/config_world.h"

#include <string>
#include <vector>

namespace sipsim::runner
{

/// Names by position in the World; faulty sections have theirs too, so that no error breeds another.
struct Names
{
    std::vector<std::string> registrars;
    std::vector<std::string> fleets;
    std::vector<std::string> proxies;
    std::vector<std::string> stuns;
    std::vector<std::string> nats;
    std::vector<std::string> zones;
    std::vector<std::string> dns;
};

/// That [[fault]] is of kind "none": the world has no fault of it.
[[nodiscard]] bool is_no_fault(const Section& section);

/// Fills world.faults; reads its topology, duration and fleets.
void read_faults(const Document& document,
                 const Names& names,
                 world::World& world,
                 Findings& findings);

} // namespace sipsim::runner
