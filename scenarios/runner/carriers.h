#pragma once

// Models : nothing; the choice between the two carriers, made in one place.
// Drives : a run of a sweep, and `trace`.
// Keeps  : the observer is told the same, whichever carries.
// Leaves : captures on the fleet carrier, which has no packets: refused when a configuration is read.

#include "model/ns3/packet_carrier.h"
#include "scenarios/runner/experiment.h"

namespace sipsim::runner
{

struct CarrierCost
{
    double events = 0;
    double sip_messages = 0;
};

/// Runs the world; `options` is for packets only.
CarrierCost run_on(Carrier carrier,
                   const world::World& world,
                   const world::Layout& layout,
                   world::Observer& observer,
                   const ns3carrier::PacketRunOptions& options);

} // namespace sipsim::runner
