#pragma once

// Models : what is written of a registrar or a proxy and has no effect, or not the one that is meant.
// Drives : their readers, once the options are read.
// Keeps  : such settings are warned of only where they are idle at every point of a sweep (Findings::idle).
// Leaves : what cannot work (validate() of the options).

#include "model/registrar/registrar.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

void warn_of_registrar(const Values& values,
                       const registrar::RegistrarOptions& options,
                       Findings& findings);

/// Of a registrar or a proxy.
void warn_of_idle_pings(const Values& values,
                        const registrar::PingOptions& ping,
                        Findings& findings);

} // namespace sipsim::runner
