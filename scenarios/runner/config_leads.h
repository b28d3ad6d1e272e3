#pragma once

// Models : what is wrong with where DNS, or a list of its own, leads a fleet.
// Drives : the builder of a World, once everything is there.
// Keeps  : an error where no device of the fleet can ever register and no zone-change of the file mends that;
//          a warning where only some targets are no use, or an answer is not used whole.
// Leaves : what is wrong with a zone by itself (check_dns()), settings without effect (config_idle.h).

#include "model/world/world.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

/// Precondition: no errors but those of check_dns(); where there are some, nothing is located on trial.
void check_locating(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
