#pragma once

// Models : the [[nat]] sections of a configuration as the World's NATs.
// Drives : the builder of worlds, before fleets.
// Keeps  : a type's settings may be changed one by one; boxes stand at homes or at a carrier, a home's
//          perhaps behind a carrier's, and no deeper.
// Leaves : which fleet stands behind which (config_world.cc).

#include "model/world/world.h"
#include "scenarios/runner/config_values.h"

#include <string>
#include <vector>

namespace sipsim::runner
{

/// `names`: of all [[nat]] sections, by position.
[[nodiscard]] world::NatSpec read_nat(const Values& values, const std::vector<std::string>& names);

/// A home's NAT behind one that is not a carrier's, a carrier's behind anything.
void check_nesting(const std::vector<world::NatSpec>& nats,
                   const std::vector<const Section*>& sections,
                   Problems& problems);

/// What is said and changes nothing: a NAT before no fleet, settings that its type does not read, a new
/// address where a carrier's NAT keeps the old one; and warn_of_idle_traversal().
void warn_of_nats(const Document& document, const world::World& world, Problems& warnings);

} // namespace sipsim::runner
