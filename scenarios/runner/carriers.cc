#include "scenarios/runner/carriers.h"

#include "model/fleet/fleet_carrier.h"

namespace sipsim::runner
{

CarrierCost
run_on(Carrier carrier,
       const world::World& world,
       const world::Layout& layout,
       world::Observer& observer,
       const ns3carrier::PacketRunOptions& options)
{
    if (carrier == Carrier::kFleet)
    {
        const auto cost = fleet::run_on_fleet(world, layout, observer);
        return {static_cast<double>(cost.events), static_cast<double>(cost.sip_messages)};
    }
    const auto cost = ns3carrier::run_on_packets(world, layout, observer, options);
    return {static_cast<double>(cost.events), static_cast<double>(cost.sip_messages)};
}

} // namespace sipsim::runner
