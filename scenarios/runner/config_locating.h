#pragma once

// Models : how a fleet finds its servers by DNS, from its section of a configuration.
// Drives : config_world.cc, beside config_dns.cc, which reads zones and name servers.
// Keeps  : every problem is reported at its key.
// Leaves : what devices do by their profile (dns.*, config_profile.h), where it leads them (config_leads.h).

#include "model/profile/device_options.h"
#include "model/world/world.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

/// How the fleet of this section finds its servers; nullopt: it does not ask DNS.
[[nodiscard]] std::optional<world::LocatingSpec> read_locating(const Values& values,
                                                               const Names& names,
                                                               const Device& device,
                                                               Findings& findings);

} // namespace sipsim::runner
