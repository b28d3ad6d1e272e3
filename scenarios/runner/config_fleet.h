#pragma once

// Models : the devices of a [[fleet]]: how many, what product, where they register and what they do.
// Drives : the builder of worlds, with name, place and link beside it.
// Keeps  : every problem is reported at its key.
// Leaves : what a product does (config_profile.h), how registrars are found (config_locating.h), those who
//          guess passwords (config_attack.h).

#include "model/world/world.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

/// Fills in `spec`, but for name, nodes and access link.
void read_fleet(const Values& values,
                const Names& names,
                Products& products,
                Findings& findings,
                world::FleetSpec& spec);

/// That every fleet behind a proxy registers where that forwards, once all are read.
void check_proxies(const Document& document, const world::World& world, Findings& findings);

/// That one Contact of several devices can be what is modelled, once all are read.
void check_shared_contacts(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
