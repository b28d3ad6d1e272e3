#pragma once

// Models : what is written of a registrar, a proxy or a fleet and has no effect, or not the one that is meant.
// Drives : their readers, once the options are read, and the builder of the World, once all are there.
// Keeps  : such settings are warned of only where they are idle at every point of a sweep (Findings::idle).
// Leaves : what cannot work (validate() of the options).

#include "model/proxy/proxy_options.h"
#include "model/registrar/registrar.h"
#include "model/registration/options.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

void warn_of_registrar(const Values& values,
                       const registrar::RegistrarOptions& options,
                       Findings& findings);

void warn_of_proxy(const Values& values, const proxy::ProxyOptions& options, Findings& findings);

/// Of a fleet.
void warn_of_idle_registration(const Values& values,
                               const registration::RegistrationOptions& options,
                               Findings& findings);

/// Overload control, which takes a registrar and a proxy before it; once `world` has all of them and the
/// faults.
void warn_of_idle_control(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
