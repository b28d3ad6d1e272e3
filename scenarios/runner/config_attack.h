#pragma once

// Models : who guesses the passwords of a fleet's accounts, from an [[attacker]].
// Drives : the builder of worlds, after all fleets; it reads name, product and place beside it.
// Keeps  : every problem is reported at its key.
// Leaves : what a guesser does (registration::GuessLaw).

#include "model/world/world.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <cstdint>

namespace sipsim::runner
{

/// Fills in `spec`, but for the nodes of attackers that stand beside no fleet. `targets` is the fleet
/// (index) it names.
void read_attack(const Values& values,
                 std::uint32_t targets,
                 const world::World& world,
                 Findings& findings,
                 world::FleetSpec& spec);

} // namespace sipsim::runner
