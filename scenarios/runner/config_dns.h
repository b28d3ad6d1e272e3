#pragma once

// Models : zones, name servers and how fleets find their servers by them, from their sections of a
//          configuration.
// Drives : config_world.cc reads names, places and links beside it.
// Keeps  : every problem is reported at its key, of a record at its line.
// Leaves : what devices do by their profile (dns.*, config_profile.h).

#include "model/profile/device_options.h"
#include "model/world/world.h"
#include "scenarios/runner/config_faults.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

/// Records as "OWNER [TTL] TYPE DATA": an owner and a target that end without a dot are below the origin, @
/// is the origin; A takes an address, registrar:NAME or proxy:NAME.
[[nodiscard]] world::ZoneSpec read_zone(const Values& values,
                                        const Names& names,
                                        const world::World& world,
                                        Findings& findings);

/// All of a [[dns]] section but its name, place and link.
void read_dns(const Values& values, const Names& names, world::DnsSpec& spec, Findings& findings);

/// How the fleet of this section finds its servers; nullopt: it does not ask DNS.
[[nodiscard]] std::optional<world::LocatingSpec> read_locating(const Values& values,
                                                               const Names& names,
                                                               const profile::DeviceOptions& device,
                                                               Findings& findings);

/// What is wrong with zones together, and doubtful about fleets that ask for them. Precondition: no errors.
void check_dns(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
