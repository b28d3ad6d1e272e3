#pragma once

// Models : what registrars and proxies do, from their sections of a configuration.
// Drives : config_world.cc reads their names, places and links beside it.
// Keeps  : every problem is reported at its key.
// Leaves : references to other sections.

#include "model/world/world.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

[[nodiscard]] registrar::RegistrarOptions read_registrar(const Values& values);

/// Fills in options and supports of `spec`.
void read_proxy(const Values& values, world::ProxySpec& spec, Findings& findings);

} // namespace sipsim::runner
